// What the signer's key may be put to, and what not.
#include "nodes/signer/signing_rules.h"

#include <gtest/gtest.h>

#include "actors/ledger/tlog/checkpoint.h"
#include "messages/dsse.h"
#include "messages/line_message.h"

namespace tcps::signer {
namespace {

std::string checkpoint() {
  return tlog::Checkpoint{"tcps.dev/line/0123456789abcdef", 7, Digest::of("root"), {}}.body();
}

TEST(SigningRules, AllowWhatANodeSigns) {
  EXPECT_TRUE(may_sign(pre_authentication_encoding(in_toto_payload_type, "{}")));
  EXPECT_TRUE(may_sign(checkpoint()));
  EXPECT_TRUE(may_sign("cosignature/v1\ntime 1700000000\n" + checkpoint()));
}

TEST(SigningRules, RefuseEverythingElse) {
  const auto message = pre_authentication_encoding(in_toto_payload_type, "{}");
  for (const std::string& other :
       {std::string(), std::string("hello"), std::string(10'000, '\0'), message + "x",
        message.substr(0, message.size() - 1), pre_authentication_encoding("application/x-pem-file", "{}"),
        checkpoint() + "x", checkpoint().substr(3, 20), "cosignature/v1\ntime \n" + checkpoint(),
        "cosignature/v1\ntime -1\n" + checkpoint(), std::string("cosignature/v1\ntime 1700000000\n"),
        "cosignature/v2\ntime 1700000000\n" + checkpoint()}) {
    const auto may = may_sign(other);
    ASSERT_FALSE(may) << other;
    EXPECT_EQ(may.error().code, ErrorCode::refused);
  }
}

}  // namespace
}  // namespace tcps::signer
