#include "messages/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "tests/support/temporary_folder.h"

namespace tcps {
namespace {

using test::TemporaryFolder;

size_t count_of(const TemporaryFolder& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

// ---- replacing

TEST(ReplacedFile, IsWholeAndLeavesNothingBeside) {
  TemporaryFolder folder;
  ASSERT_TRUE(replace_file(folder.at("a"), "one").has_value());
  ASSERT_TRUE(replace_file(folder.at("a"), "two").has_value());
  ASSERT_TRUE(copy_file(folder.at("a"), folder.at("b")).has_value());
  EXPECT_EQ(folder.read("a"), "two");
  EXPECT_EQ(folder.read("b"), "two");
  EXPECT_EQ(count_of(folder), 2u);
}

TEST(ReplacedFile, IsTheOldOneWhenTheNewCannotBeWritten) {
  TemporaryFolder folder;
  folder.write("a", "old");
  const auto copied = copy_file(folder.at("missing"), folder.at("a"));
  ASSERT_FALSE(copied.has_value());
  EXPECT_EQ(copied.error().code, ErrorCode::io);
  EXPECT_NE(copied.error().message.find(folder.at("missing")), std::string::npos);
  EXPECT_EQ(copy_file(folder.path(), folder.at("a")).error().code, ErrorCode::io);
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_EQ(count_of(folder), 1u);
  EXPECT_EQ(replace_file(folder.at("no/such/folder"), "x").error().code, ErrorCode::io);
}

TEST(ReplacedFile, LeavesNothingWhenAFolderHasItsName) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder.at("a"));
  EXPECT_EQ(replace_file(folder.at("a"), "x").error().code, ErrorCode::io);
  EXPECT_EQ(count_of(folder), 1u);
}

TEST(ReplacedFile, HasTheModeAskedForWhateverTheOldOneHad) {
  TemporaryFolder folder;
  ASSERT_TRUE(replace_file(folder.at("a"), "open").has_value());
  ASSERT_TRUE(replace_file(folder.at("a"), "secret", mode_of_secrets).has_value());
  EXPECT_EQ(mode_of(folder.at("a")), mode_of_secrets);
}

TEST(ReplacedFile, TakesThePlaceOfALinkAndLeavesItsTarget) {
  TemporaryFolder folder;
  folder.write("target", "kept");
  std::filesystem::create_symlink(folder.at("target"), folder.at("a"));
  ASSERT_TRUE(replace_file(folder.at("a"), "new").has_value());
  EXPECT_EQ(folder.read("a"), "new");
  EXPECT_EQ(folder.read("target"), "kept");
}

TEST(ReplacedFile, IsOneOfThoseThatSeveralWriteAtOnce) {
  TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    writers.emplace_back([&folder, letter] {
      for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(replace_file(folder.at("f"), Bytes(1'000, letter)).has_value());
    });
  }
  for (auto& writer : writers) writer.join();
  const auto text = folder.read("f");
  EXPECT_EQ(text, Bytes(1'000, text.at(0)));
  EXPECT_EQ(count_of(folder), 1u);
}

TEST(FileReplacement, HappensWithItsCommitOnly) {
  TemporaryFolder folder;
  folder.write("a", "old");
  {
    FileReplacement given_up(folder.at("a"));
    ASSERT_TRUE(given_up.write("new").has_value());
  }
  EXPECT_EQ(folder.read("a"), "old");
  FileReplacement file(folder.at("a"));
  ASSERT_TRUE(file.write("n").has_value());
  ASSERT_TRUE(file.write("ew").has_value());
  EXPECT_EQ(folder.read("a"), "old");
  ASSERT_TRUE(file.commit().has_value());
  EXPECT_EQ(folder.read("a"), "new");
  EXPECT_EQ(count_of(folder), 1u);
}

TEST(FileReplacement, SticksToItsFirstError) {
  TemporaryFolder folder;
  FileReplacement file(folder.at("no/such/folder"));
  EXPECT_EQ(file.write("x").error().code, ErrorCode::io);
  EXPECT_EQ(file.commit().error().code, ErrorCode::io);
}

TEST(FilePutInPlace, HasOnlyItsNewName) {
  TemporaryFolder folder;
  ASSERT_TRUE(put_in_place(folder.write("a.part", "text"), folder.at("a")).has_value());
  EXPECT_EQ(folder.read("a"), "text");
  EXPECT_EQ(count_of(folder), 1u);
  EXPECT_EQ(put_in_place(folder.at("missing"), folder.at("a")).error().code, ErrorCode::io);
  EXPECT_EQ(folder.read("a"), "text");
}

TEST(CreatedFile, NeverReplaces) {
  TemporaryFolder folder;
  ASSERT_TRUE(create_file(folder.at("a"), "first", mode_of_secrets).has_value());
  EXPECT_EQ(mode_of(folder.at("a")), mode_of_secrets);
  EXPECT_EQ(create_file(folder.at("a"), "second").error().code, ErrorCode::conflict);
  EXPECT_EQ(folder.read("a"), "first");
  std::filesystem::create_symlink(folder.at("nowhere"), folder.at("b"));
  EXPECT_EQ(create_file(folder.at("b"), "second").error().code, ErrorCode::conflict);
  EXPECT_EQ(create_file(folder.at("no/such/folder"), "x").error().code, ErrorCode::io);
}

TEST(SyncedFolder, MustBeThere) {
  TemporaryFolder folder;
  EXPECT_TRUE(sync_folder(folder.path()).has_value());
  EXPECT_TRUE(sync_folder("").has_value());
  EXPECT_EQ(sync_folder(folder.at("missing")).error().code, ErrorCode::io);
  EXPECT_EQ(sync_folder(folder.write("a", "no folder")).error().code, ErrorCode::io);
}

// ---- reading

TEST(ReadFile, IsBounded) {
  TemporaryFolder folder;
  for (const size_t size : {0u, 1u, 100u, 200'000u}) {
    const auto path = folder.write("a", Bytes(size, 'x'));
    EXPECT_EQ(read_file(path, size)->size(), size);
    EXPECT_EQ(read_file(path, size + 1)->size(), size);
    EXPECT_EQ(read_input(path, size)->size(), size);
    if (size == 0) continue;
    EXPECT_EQ(read_file(path, size - 1).error().code, ErrorCode::full);
  }
  EXPECT_EQ(read_input("/dev/zero", 99).error().code, ErrorCode::full);
}

TEST(ReadFile, ReadsWhatDoesNotTellItsSize) {
  EXPECT_NE(read_file("/proc/self/status", 1u << 20)->find("Pid:"), Bytes::npos);
  EXPECT_EQ(read_file("/proc/self/status", 5).error().code, ErrorCode::full);
}

TEST(ReadFile, TellsAnAbsentFileFromWhatIsNone) {
  TemporaryFolder folder;
  folder.write("a", "text");
  for (auto* read : {&read_file, &read_input, &read_private_file}) {
    EXPECT_EQ((*read)(folder.at("missing"), 99).error().code, ErrorCode::not_found);
    EXPECT_EQ((*read)(folder.at("a/b"), 99).error().code, ErrorCode::not_found);
    EXPECT_EQ((*read)(folder.path(), 99).error().code, ErrorCode::invalid);
  }
}

TEST(ReadFile, WaitsForThePipeThatAPersonNamesAndForNoOther) {
  TemporaryFolder folder;
  const auto pipe = folder.at("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_file(pipe, 99).error().code, ErrorCode::invalid);
  std::thread writer([&pipe] {
    const int file = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
    EXPECT_EQ(::write(file, "said", 4), 4);
    ::close(file);
  });
  EXPECT_EQ(read_input(pipe, 99).value(), "said");
  writer.join();
}

TEST(ReadPrivateFile, RefusesWhatOthersMayTouch) {
  TemporaryFolder folder;
  const auto path = folder.write("secret", "text");
  for (const mode_t mode : {0640u, 0604u, 0620u, 0610u, 0666u}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const auto read = read_private_file(path, 99);
    ASSERT_FALSE(read.has_value()) << mode;
    EXPECT_EQ(read.error().code, ErrorCode::refused);
    EXPECT_NE(read.error().message.find("chmod 600"), std::string::npos);
  }
  ASSERT_EQ(::chmod(path.c_str(), 0400), 0);
  EXPECT_EQ(read_private_file(path, 99).value(), "text");
}

}  // namespace
}  // namespace tcps
