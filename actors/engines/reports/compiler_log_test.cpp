#include "actors/engines/reports/compiler_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/engines/reports/testing/compiler_text.h"

namespace tcps::reports {
namespace {

TEST(CompilerLog, CountsWarningsAndErrorsOfCommonTools) {
  const auto log = log_of(
      "[1/2] Building CXX object a.o\n"
      "src/a.cpp: In function 'int main()':\n"
      "src/a.cpp:3:7: warning: unused variable 'x' [-Wunused-variable]\n"
      "    3 |   int x; // ::1: error: not me\n"
      "src/a.cpp:3:7: note: declared here\n"
      "src/b.cpp:1:10: fatal error: missing.h: No such file or directory\r\n"
      "src/c.erl:5:2: Warning: variable 'Y' is unused\n"
      "collect2: error: ld returned 1 exit status\n"
      "make: *** [Makefile:2: all] Error 1\n"
      "0 warnings and 2 errors generated.\n"
      "src/d.cpp:1:1: error: no newline at end: warning: of file");
  EXPECT_EQ(log.warnings, 2u);
  EXPECT_EQ(log.errors, 3u);
  EXPECT_THAT(log.messages,
              testing::Contains("src/b.cpp:1:10: fatal error: missing.h: No such file or directory"));
}

TEST(CompilerLog, IsEmptyForACleanBuildAndBoundsWhatItKeeps) {
  EXPECT_EQ(log_of("").warnings, 0u);
  EXPECT_EQ(log_of("[2/2] Linking\n: error: no place\n").errors, 0u);
  CompilerLog log;
  for (int i = 0; i < 100; ++i) log.add_line("a.c:1:1: warning: " + std::string(1000, 'w'));
  EXPECT_EQ(log.warnings, 100u);
  EXPECT_EQ(log.messages.size(), kept_messages_max);
  EXPECT_EQ(log.messages.front().size(), 500u);
}

}  // namespace
}  // namespace tcps::reports
