#include "nodes/http/end_signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace tcps::http {
namespace {

// In processes of their own, whose signals may be changed.
void write_to_nobody() {
  const EndSignals ends;
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0 || close(pipe_ends[0]) != 0) _exit(1);
  const bool refused = write(pipe_ends[1], "x", 1) == -1 && errno == EPIPE;
  _exit(refused ? 0 : 2);
}

void wait_for(int end) {
  const EndSignals ends;
  raise(end);
  ends.wait();
  _exit(0);
}

TEST(EndSignalsDeathTest, LeaveAProgramWhoseLogNobodyReadsAlive) {
  EXPECT_EXIT(write_to_nobody(), ::testing::ExitedWithCode(0), "");
}

TEST(EndSignalsDeathTest, AreTakenByWhoWaitsForThem) {
  EXPECT_EXIT(wait_for(SIGINT), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(wait_for(SIGTERM), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tcps::http
