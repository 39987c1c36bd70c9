#include "messages/exit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "messages/text.h"
#include "tests/support/document_table.h"

namespace tcps {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Exit, IsListedForPeopleAsTheTableSays) {
  std::string head = "| Code | Name |";
  for (const ProgramKind kind : all_words<ProgramKind>) head += fmt::format(" {} |", to_string(kind));
  std::vector<std::vector<std::string>> said;
  for (const ExitWord& row : Vocabulary<Exit>::rows) {
    auto& cells = said.emplace_back(std::vector{std::to_string(row.number), std::string(row.text)});
    cells.insert(cells.end(), row.meanings.begin(), row.meanings.end());
  }
  EXPECT_EQ(test::document_table("formats/exit-codes.md", head), said);
}

TEST(Exit, HasOneNumberForEachAndEachFitsAStatusOfAProcess) {
  std::set<int> numbers;
  for (const Exit exit : all_words<Exit>) {
    EXPECT_TRUE(numbers.insert(exit_number(exit)).second) << to_string(exit);
    EXPECT_TRUE(exit_number(exit) >= 0 && exit_number(exit) <= 255) << to_string(exit);
  }
  EXPECT_EQ(exit_number(Exit::ok), 0);
}

TEST(Exit, IsSaidByTheHelpOfThoseProgramsOnlyThatEndSo) {
  for (const ProgramKind kind : all_words<ProgramKind>) {
    const std::string help = exit_help(kind);
    EXPECT_THAT(help, StartsWith("Exit codes: 0 "));
    EXPECT_THAT(help, EndsWith("."));
    for (const auto line : split(help, '\n')) EXPECT_LE(line.size(), 100u) << line;
    for (const ExitWord& row : Vocabulary<Exit>::rows) {
      const auto meaning = row.meanings[row_number(kind)];
      if (meaning.empty()) continue;
      EXPECT_THAT(help, HasSubstr(fmt::format("{} {}", row.number, meaning)));
    }
  }
  EXPECT_THAT(exit_help(ProgramKind::verifier), Not(HasSubstr("not found")));
  EXPECT_EQ(exit_help(ProgramKind::engine),
            "Exit codes: 0 there is an answer; 2 there was no job to understand.");
}

// Whoever ends a command because of an error ends it with a number that the command line has.
TEST(Exit, OfAnErrorIsOneOfTheCommandLine) {
  const std::pair<ErrorCode, int> cases[] = {
      {ErrorCode::invalid, 2}, {ErrorCode::not_found, 3}, {ErrorCode::conflict, 5},
      {ErrorCode::refused, 5}, {ErrorCode::full, 5},      {ErrorCode::unavailable, 4},
      {ErrorCode::timeout, 6}, {ErrorCode::corrupt, 1},   {ErrorCode::io, 70}};
  for (const auto& [code, number] : cases) {
    EXPECT_EQ(exit_number(exit_of(code)), number) << to_string(code);
    EXPECT_FALSE(row_of(exit_of(code)).meanings[row_number(ProgramKind::command_line)].empty());
  }
}

}  // namespace
}  // namespace tcps
