#include "actors/engines/sandbox/hand_over.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace tcps {
namespace {

namespace fs = std::filesystem;

uid_t owner(const fs::path& path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0 ? status.st_uid : static_cast<uid_t>(-1);
}

class HandOver : public testing::Test {
 protected:
  test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(HandOver, RefusesTopLevelFoldersAndMissingOnes) {
  for (const auto* path : {"/", "/usr", "/usr/", "/usr/../usr"}) {
    const auto status = hand_over(path, getuid());
    ASSERT_FALSE(status.has_value()) << path;
    EXPECT_EQ(status.error().code, ErrorCode::refused) << path;
  }
  EXPECT_EQ(hand_over((folder_ / "missing").string(), getuid()).error().code, ErrorCode::io);
}

TEST_F(HandOver, RefusesAFolderThatIsALink) {
  fs::create_directory(folder_ / "real");
  fs::create_symlink("real", folder_ / "link");
  EXPECT_FALSE(hand_over((folder_ / "link").string(), getuid()).has_value());
}

TEST_F(HandOver, GivesEverythingBelowButNotWhatLinksPointAt) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  fs::create_directories(folder_ / "work/sub");
  std::ofstream(folder_ / "outside") << "x";
  std::ofstream(folder_ / "work/sub/file") << "x";
  std::ofstream(folder_ / "shared") << "x";
  fs::create_symlink("../outside", folder_ / "work/link");
  fs::create_hard_link(folder_ / "shared", folder_ / "work/shared");
  ASSERT_TRUE(hand_over((folder_ / "work").string(), 65534).has_value());
  EXPECT_EQ(owner(folder_ / "work"), 65534u);
  EXPECT_EQ(owner(folder_ / "work/sub/file"), 65534u);
  EXPECT_EQ(owner(folder_ / "work/link"), 65534u);
  EXPECT_EQ(owner(folder_ / "outside"), 0u);
  EXPECT_EQ(owner(folder_ / "shared"), 0u);
}

}  // namespace
}  // namespace tcps
