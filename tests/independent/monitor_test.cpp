// tcps-audit monitor following a real factory through the gateway.
#include "actors/ledger/note.h"
#include "tests/independent/served_factory.h"

namespace tcps::test {
namespace {

class GatewayMonitor : public ServedFactory {
 protected:
  Ran look(const std::string& key) {
    return run({std::string(TCPS_BINARY_DIR) + "/bin/tcps-audit", "monitor", url_, "--key", key, "--state",
                folder_.path() + "/seen", "--once"});
  }
};

TEST_F(GatewayMonitor, FollowsTheServedLogAsItGrows) {
  const std::string key = document("/v1/checkpoint").value("key", "");
  const auto first = look(key);
  ASSERT_EQ(first.code, 0) << first.output;
  make(24);  // beyond one tile
  const auto size = operator_->ask("status")["synced_size"].get<uint64_t>();
  ASSERT_GT(size, 256u);
  const auto second = look(key);
  EXPECT_EQ(second.code, 0) << second.output;
  EXPECT_NE(second.output.find(std::to_string(size) + " entries"), std::string::npos) << second.output;
  const auto stranger = PrivateKey::generate().public_key();
  const auto other = *merkle::NoteKey::make("tcps.dev/other/00", merkle::NoteKeyType::ed25519, stranger);
  EXPECT_EQ(look(other.format()).code, 1);
}

}  // namespace
}  // namespace tcps::test
