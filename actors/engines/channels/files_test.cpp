#include "actors/engines/channels/files.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace tcps::channels {
namespace {

using test::TemporaryFolder;

TEST(Files, ReplaceWholeAndLeaveNothingBeside) {
  TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder.at("a"), "one").has_value());
  ASSERT_TRUE(write_file(folder.at("a"), "two").has_value());
  ASSERT_TRUE(copy_file(folder.at("a"), folder.at("b")).has_value());
  EXPECT_EQ(folder.read("a"), "two");
  EXPECT_EQ(folder.read("b"), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.at("")), {}), 2);
}

TEST(Files, KeepTheOldOneWhenTheNewCannotBeWritten) {
  TemporaryFolder folder;
  folder.write("a", "old");
  const auto copied = copy_file(folder.at("missing"), folder.at("a"));
  ASSERT_FALSE(copied.has_value());
  EXPECT_EQ(copied.error().code, ErrorCode::io);
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.at("")), {}), 1);
  EXPECT_EQ(write_file(folder.at("no/such/folder"), "x").error().code, ErrorCode::io);
}

TEST(Files, AreReadWithABound) {
  TemporaryFolder folder;
  folder.write("a", std::string(100, 'x'));
  EXPECT_EQ(read_file(folder.at("a"), 100)->size(), 100u);
  EXPECT_EQ(read_file(folder.at("a"), 99).error().code, ErrorCode::full);
  EXPECT_EQ(read_file(folder.at("b"), 99).error().code, ErrorCode::not_found);
}

TEST(Times, AreWrittenInUtc) {
  EXPECT_EQ(utc_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_time(1'769'426'400), "2026-01-26T11:20:00Z");
}

}  // namespace
}  // namespace tcps::channels
