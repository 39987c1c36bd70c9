#include "actors/engines/reports/checksums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace tcps::reports {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class Checksums : public testing::Test {
 protected:
  void SetUp() override {
    write("a.txt", "abc");
    write("sub/b.o", "");
    fs::create_symlink("a.txt", root_ / "link");
  }
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }

  test::TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

TEST_F(Checksums, ListFilesAsSha256sumDoes) {
  const auto manifest = checksum_folder(root_);
  ASSERT_TRUE(manifest.has_value());
  EXPECT_EQ(manifest->to_text(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  sub/b.o\n");
  EXPECT_EQ(manifest->total_bytes(), 3u);
  const auto parsed = parse_checksums(manifest->to_text());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(verify_checksums(root_, *parsed).has_value());
}

TEST_F(Checksums, ListOnlyWhatTheGlobsChoose) {
  EXPECT_EQ(checksum_folder(root_, {"**/*.o"})->files.size(), 1u);
  EXPECT_EQ(checksum_folder(root_, {"../x"}).error().code, ErrorCode::invalid);
  EXPECT_EQ(checksum_folder(root_ / "missing").error().code, ErrorCode::not_found);
}

TEST_F(Checksums, NameWhatDiffersBetweenTwoBuilds) {
  const auto one = *checksum_folder(root_);
  EXPECT_THAT(differences(one, one), ElementsAre());
  write("a.txt", "abd");
  write("c", "new");
  fs::remove(root_ / "sub/b.o");
  const auto two = *checksum_folder(root_);
  EXPECT_THAT(differences(one, two), ElementsAre("a.txt", "c", "sub/b.o"));
  EXPECT_THAT(differences(two, one), ElementsAre("a.txt", "c", "sub/b.o"));
  EXPECT_NE(one.digest(), two.digest());
}

TEST_F(Checksums, FindFilesThatChangedOrVanished) {
  const auto expected = *parse_checksums(checksum_folder(root_)->to_text());
  write("a.txt", "abd");
  EXPECT_EQ(verify_checksums(root_, expected).error().code, ErrorCode::corrupt);
  fs::remove(root_ / "a.txt");
  EXPECT_EQ(verify_checksums(root_, expected).error().code, ErrorCode::corrupt);
}

TEST_F(Checksums, RefuseMalformedLists) {
  for (const auto* text :
       {"abc  file\n", "\n", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad file\n",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  "}) {
    const auto parsed = parse_checksums(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
  }
}

TEST_F(Checksums, KnowMd5) {
  EXPECT_EQ(*md5_of_file(root_ / "a.txt"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5_of_file(root_ / "missing").error().code, ErrorCode::io);
}

}  // namespace
}  // namespace tcps::reports
