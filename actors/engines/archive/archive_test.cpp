#include "actors/engines/archive/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/temporary_folder.h"

namespace tcps::archive {
namespace {

namespace fs = std::filesystem;

class Archives : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return folder_.at(name); }
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
  std::string read(const std::string& name) const { return folder_.read(name); }
  void make_tree(const std::string& name) const {
    write(name + "/b.txt", "two");
    write(name + "/a.txt", "one");
    write(name + "/bin/run", "#!/bin/sh\n");
    write(name + "/build/junk.o", "junk");
    fs::create_directories(root_ / name / "empty");
    fs::permissions(root_ / name / "bin/run", fs::perms(0700));
    fs::create_symlink("../a.txt", root_ / name / "bin/link");
  }

  struct RawEntry {
    std::string path;
    unsigned kind = AE_IFREG;
    std::string content;
    std::string symlink;
    std::string hardlink;
    int mode = 0644;
  };
  // An archive as an attacker would write it.
  std::string forge(const std::vector<RawEntry>& entries) const {
    const auto file = at("forged.tar");
    auto* writer = archive_write_new();
    archive_write_set_format_pax_restricted(writer);
    archive_write_open_filename(writer, file.c_str());
    for (const auto& raw : entries) {
      auto* entry = archive_entry_new();
      archive_entry_set_pathname(entry, raw.path.c_str());
      archive_entry_set_filetype(entry, raw.kind);
      archive_entry_set_perm(entry, raw.mode);
      archive_entry_set_size(entry, static_cast<la_int64_t>(raw.content.size()));
      if (!raw.symlink.empty()) archive_entry_set_symlink(entry, raw.symlink.c_str());
      if (!raw.hardlink.empty()) archive_entry_set_hardlink(entry, raw.hardlink.c_str());
      EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK) << raw.path;
      archive_write_data(writer, raw.content.data(), raw.content.size());
      archive_entry_free(entry);
    }
    archive_write_free(writer);
    return file;
  }

  test::TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

TEST_F(Archives, PackTheSameBytesAgainAndFromACopyElsewhere) {
  make_tree("one");
  for (const auto* suffix : {".tar", ".tar.gz", ".tar.zst"}) {
    const auto first = pack_tree(at("one"), at(std::string("first") + suffix));
    ASSERT_TRUE(first.has_value()) << first.error().message;
    fs::remove_all(root_ / "other");
    make_tree("other");
    for (const auto* file : {"other/a.txt", "other/bin"})
      fs::last_write_time(root_ / file, fs::file_time_type::clock::now() - std::chrono::hours(99));
    const auto second = pack_tree(at("other") + "/", at(std::string("second") + suffix));
    ASSERT_TRUE(second.has_value()) << second.error().message;
    EXPECT_EQ(first->digest, second->digest) << suffix;
    EXPECT_EQ(read(std::string("first") + suffix), read(std::string("second") + suffix));
    EXPECT_EQ(first->size, fs::file_size(at(std::string("first") + suffix)));
    EXPECT_EQ(first->digest, *digest_of_file(at(std::string("first") + suffix)));
  }
}

TEST_F(Archives, ChangeTheirDigestWithAnyChange) {
  make_tree("one");
  const auto before = pack_tree(at("one"), at("a.tar"))->digest;
  fs::permissions(root_ / "one/a.txt", fs::perms(0755));
  const auto executable = pack_tree(at("one"), at("a.tar"))->digest;
  EXPECT_NE(before, executable);
  write("one/a.txt", "One");
  EXPECT_NE(executable, pack_tree(at("one"), at("a.tar"))->digest);
}

TEST_F(Archives, ComeBackAsTheyWere) {
  make_tree("one");
  PackOptions options;
  options.exclude = {"build"};
  options.prefix = "name-1.0";
  options.modified_unix_s = 1'000'000'000;
  const auto packed = pack_tree(at("one"), at("a.tar.gz"), options);
  ASSERT_TRUE(packed.has_value());
  EXPECT_EQ(packed->entries, 6u);
  EXPECT_EQ(packed->content_bytes, 16u);
  const auto unpacked = unpack(at("a.tar.gz"), at("out"));
  ASSERT_TRUE(unpacked.has_value()) << unpacked.error().message;
  EXPECT_EQ(unpacked->entries, 6u);
  EXPECT_EQ(unpacked->content_bytes, 16u);
  EXPECT_EQ(read("out/name-1.0/bin/link"), "one");
  EXPECT_TRUE(fs::is_empty(root_ / "out/name-1.0/empty"));
  EXPECT_FALSE(fs::exists(root_ / "out/name-1.0/build"));
  struct stat status;
  ASSERT_EQ(stat(at("out/name-1.0/bin/run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
  EXPECT_EQ(status.st_mtime, 1'000'000'000);
}

TEST_F(Archives, KeepLongAndForeignNames) {
  const auto name = "\xC3\xBCn\xC3\xAF/" + std::string(150, 'x') + "/" + std::string(120, 'y') + " \xFF.txt";
  write("one/" + name, "text");
  const auto packed = pack_tree(at("one"), at("a.tar.gz"));
  ASSERT_TRUE(packed.has_value()) << packed.error().message;
  const auto unpacked = unpack(at("a.tar.gz"), at("out"));
  ASSERT_TRUE(unpacked.has_value()) << unpacked.error().message;
  EXPECT_EQ(read("out/" + name), "text");
}

TEST_F(Archives, AreReadByGnuTarWithoutAWarning) {
  make_tree("one");
  write("one/" + std::string(120, 'x') + "/" + std::string(120, 'y') + ".txt", "text");
  ASSERT_TRUE(pack_tree(at("one"), at("a.tar.gz")).has_value());
  ASSERT_EQ(
      std::system(
          ("tar -tf '" + at("a.tar.gz") + "' >'" + at("list") + "' 2>'" + at("warnings") + "'").c_str()),
      0);
  EXPECT_NE(read("list").find("a.txt"), std::string::npos);
  EXPECT_EQ(read("warnings"), "");
}

TEST_F(Archives, PackOnlyWhatTheGlobsChoose) {
  make_tree("one");
  PackOptions options;
  options.include = {"**/*.txt", "bin/run"};
  ASSERT_EQ(pack_tree(at("one"), at("a.tar"), options)->entries, 3u);
  ASSERT_TRUE(unpack(at("a.tar"), at("out")).has_value());
  EXPECT_TRUE(fs::exists(at("out/bin/run")));
  EXPECT_FALSE(fs::exists(at("out/build")));
}

TEST_F(Archives, RefuseToPackWhatCannotBeUnpacked) {
  make_tree("one");
  const auto code = [this](const std::string& out = "a.tar", const PackOptions& options = {}) {
    const auto packed = pack_tree(at("one"), at(out), options);
    EXPECT_FALSE(fs::exists(at(out)));
    EXPECT_FALSE(fs::exists(at(out) + ".part"));
    return packed ? ErrorCode::io : packed.error().code;
  };
  EXPECT_EQ(code("a.zip"), ErrorCode::invalid);
  PackOptions few;
  few.limits.entries_max = 2;
  EXPECT_EQ(code("a.tar", few), ErrorCode::full);
  PackOptions small;
  small.limits.bytes_max = 5;
  EXPECT_EQ(code("a.tar", small), ErrorCode::full);
  fs::create_symlink("/etc/passwd", at("one/absolute"));
  EXPECT_EQ(code(), ErrorCode::refused);
  fs::remove(at("one/absolute"));
  ASSERT_EQ(mkfifo(at("one/pipe").c_str(), 0600), 0);
  EXPECT_EQ(code(), ErrorCode::refused);
  EXPECT_EQ(pack_tree(at("missing"), at("a.tar")).error().code, ErrorCode::not_found);
}

TEST_F(Archives, RefuseToUnpackWhatLeavesTheFolder) {
  struct Case {
    const char* name;
    std::vector<RawEntry> entries;
  };
  const std::vector<Case> cases{
      {"absolute path", {{"/tmp/tcps-evil", AE_IFREG, "x"}}},
      {"dot dot", {{"a/../../evil", AE_IFREG, "x"}}},
      {"dot dot inside", {{"a/../evil", AE_IFREG, "x"}}},
      {"absolute link", {{"l", AE_IFLNK, "", "/etc"}}},
      {"climbing link", {{"a/l", AE_IFLNK, "", "../../x"}}},
      {"hidden climb", {{"a/b/c/l", AE_IFLNK, "", "."}, {"a/b/c/m", AE_IFLNK, "", "l/../../../../x"}}},
      {"write through a link",
       {{"d", AE_IFDIR, "", "", "", 0755}, {"l", AE_IFLNK, "", "d"}, {"l/file", AE_IFREG, "x"}}},
      {"hard link outside", {{"h", AE_IFREG, "", "", "/etc/passwd"}}},
      {"hard link climbing", {{"h", AE_IFREG, "", "", "../outside"}}},
      {"hard link through a link",
       {{"d/f", AE_IFREG, "x"}, {"l", AE_IFLNK, "", "d"}, {"h", AE_IFREG, "", "", "l/f"}}},
      {"device", {{"dev", AE_IFCHR}}},
      {"pipe", {{"pipe", AE_IFIFO}}},
  };
  write("outside", "safe");
  for (const auto& [name, entries] : cases) {
    const auto result = unpack(forge(entries), at("out"));
    ASSERT_FALSE(result.has_value()) << name;
    EXPECT_EQ(result.error().code, ErrorCode::refused) << name << ": " << result.error().message;
    fs::remove_all(root_ / "out");
  }
  EXPECT_FALSE(fs::exists("/tmp/tcps-evil"));
  EXPECT_FALSE(fs::exists(at("evil")));
}

TEST_F(Archives, KeepLinksThatStayInside) {
  const auto file = forge({{"d/f", AE_IFREG, "x"},
                           {"d/l", AE_IFLNK, "", "f"},
                           {"e/m", AE_IFLNK, "", "../d/l"},
                           {"h", AE_IFREG, "", "", "d/f"}});
  ASSERT_TRUE(unpack(file, at("out")).has_value());
  EXPECT_EQ(read("out/e/m"), "x");
  EXPECT_EQ(read("out/h"), "x");
}

TEST_F(Archives, DropSetUserIdBitsWhenUnpacked) {
  ASSERT_TRUE(unpack(forge({{"tool", AE_IFREG, "x", "", "", 06755}}), at("out")).has_value());
  struct stat status;
  ASSERT_EQ(stat(at("out/tool").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
}

TEST_F(Archives, KeepWithinLimitsWhenUnpacked) {
  const auto file = forge({{"a", AE_IFREG, "12345"}, {"b", AE_IFREG, "12345"}});
  EXPECT_EQ(unpack(file, at("one"), {1, 100}).error().code, ErrorCode::full);
  EXPECT_EQ(unpack(file, at("two"), {10, 9}).error().code, ErrorCode::full);
  EXPECT_TRUE(unpack(file, at("three"), {2, 10}).has_value());
}

TEST_F(Archives, RefuseAFolderInUseAndBytesThatAreNoArchive) {
  make_tree("one");
  ASSERT_TRUE(pack_tree(at("one"), at("a.tar.gz")).has_value());
  EXPECT_EQ(unpack(at("a.tar.gz"), at("one")).error().code, ErrorCode::conflict);
  EXPECT_EQ(unpack(at("missing.tar"), at("out")).error().code, ErrorCode::not_found);
  write("noise.tar", std::string(5000, 'n'));
  EXPECT_EQ(unpack(at("noise.tar"), at("noise")).error().code, ErrorCode::corrupt);
  const auto whole = read("a.tar.gz");
  write("cut.tar.gz", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(unpack(at("cut.tar.gz"), at("cut")).error().code, ErrorCode::corrupt);
}

TEST(Links, StayInsideOnlyWhenEveryClimbIsInFrontAndWithinDepth) {
  EXPECT_TRUE(link_stays_inside("l", "x/y"));
  EXPECT_TRUE(link_stays_inside("a/l", "../x"));
  EXPECT_TRUE(link_stays_inside("a/b/l", "./../../x"));
  EXPECT_FALSE(link_stays_inside("l", "../x"));
  EXPECT_FALSE(link_stays_inside("a/l", "x/../y"));
  EXPECT_FALSE(link_stays_inside("a/l", "/x"));
  EXPECT_FALSE(link_stays_inside("a/l", ""));
}

}  // namespace
}  // namespace tcps::archive
