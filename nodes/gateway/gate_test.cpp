#include "nodes/gateway/gate.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace tcps::gateway {
namespace {

Asked question() { return {"GET", "127.0.0.1:8410", "", "127.0.0.1", 1'000}; }

unsigned status(Gate& gate, const Asked& asked) {
  const auto refusal = gate.refusal(asked);
  return refusal ? refusal->status : 200;
}

TEST(Gate, OnLoopbackAnswersToItsOwnNamesOnly) {
  Gate gate({}, "");
  for (const char* name :
       {"127.0.0.1", "127.0.0.1:8410", "localhost", "LocalHost:80", "[::1]", "[::1]:8410"}) {
    EXPECT_TRUE(is_loopback_host(name)) << name;
  }
  for (const char* name : {"", "evil.example", "evil.example:8410", "127.0.0.1.evil.example",
                           "localhost:80:90", "::1", "[::1", "localhost:x", "127.0.0.2"}) {
    Asked asked = question();
    asked.host = name;
    EXPECT_EQ(status(gate, asked), 421u) << name;
  }
  EXPECT_EQ(status(gate, question()), 200u);
}

TEST(Gate, AnswersQuestionsOnly) {
  Gate gate({}, "");
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "", "get"}) {
    Asked asked = question();
    asked.method = method;
    EXPECT_EQ(status(gate, asked), 405u) << method;
  }
  Asked asked = question();
  asked.method = "HEAD";
  EXPECT_EQ(status(gate, asked), 200u);
}

TEST(Gate, AsksForATokenWhereThereIsAFileOfThem) {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/tokens";
  TokenList list;
  const auto token = *list.add("ann", "2026-01-26T10:00:00Z");
  ASSERT_TRUE(save_tokens(list, path).has_value());
  Gate gate({}, path);
  Asked asked = question();
  asked.host = "ledger.example";
  const std::vector<std::string> strangers = {
      "", "Bearer", "Bearer " + token + "x", "Basic " + token, token, "Bearer " + std::string(2'000, 'a')};
  for (const std::string& field : strangers) {
    asked.authorization = field;
    EXPECT_EQ(status(gate, asked), 401u) << field;
  }
  EXPECT_EQ(gate.refusal(asked)->headers.back().first, "WWW-Authenticate");
  asked.authorization = "bearer " + token;
  EXPECT_EQ(status(gate, asked), 200u);
}

TEST(Gate, SlowsThoseDownThatAskTooOften) {
  Gate gate({1, 2, 10}, "");
  EXPECT_EQ(status(gate, question()), 200u);
  EXPECT_EQ(status(gate, question()), 200u);
  EXPECT_EQ(status(gate, question()), 429u);
  Asked other = question();
  other.client = "127.0.0.2";
  EXPECT_EQ(status(gate, other), 200u);
}

}  // namespace
}  // namespace tcps::gateway
