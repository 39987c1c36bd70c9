// tcps-audit monitor following a real factory through the gateway.
#include "actors/ledger/tlog/note.h"
#include "nodes/http/testing/tls_certificate.h"
#include "tests/independent/served_factory.h"

namespace tcps::test {
namespace {

class GatewayMonitor : public ServedFactory {
 protected:
  Ran look(const std::string& key, const std::vector<std::string>& more = {}) {
    std::vector<std::string> argv = {program("tcps-audit"),    "monitor", url_, "--key", key, "--state",
                                     folder_.path() + "/seen", "--once"};
    argv.insert(argv.end(), more.begin(), more.end());
    return run(argv);
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
  const auto other = *tlog::NoteKey::make("tcps.dev/other/00", tlog::NoteKeyType::ed25519, stranger);
  EXPECT_EQ(look(other.format()).code, 1);
}

TEST_F(GatewayMonitor, FollowsALogBehindTlsAndTokens) {
  const std::string key = document("/v1/checkpoint").value("key", "");
  const std::string in = folder_.path() + "/", tokens = in + "tokens";
  http::testing::write_certificate(in + "cert.pem", in + "key.pem");
  http::testing::write_certificate(in + "other.pem", in + "other-key.pem");
  const auto made = run({program("tcps-gateway"), "token", "add", "ann", "--tokens", tokens});
  ASSERT_EQ(made.code, 0) << made.output;
  const auto words = made.output.substr(0, made.output.find_last_not_of('\n') + 1);
  std::ofstream(in + "token") << words.substr(words.rfind('\n') + 1) << "\n";
  std::ofstream(in + "wrong") << "AAAA\n";
  start_gateway({"--certificate", in + "cert.pem", "--key", in + "key.pem", "--tokens", tokens});
  ASSERT_EQ(url_.substr(0, 8), "https://");

  const auto followed = look(key, {"--ca", in + "cert.pem", "--token-file", in + "token"});
  EXPECT_EQ(followed.code, 0) << followed.output;
  EXPECT_NE(followed.output.find(" entries, root sha256:"), std::string::npos) << followed.output;
  EXPECT_EQ(look(key, {"--ca", in + "other.pem", "--token-file", in + "token"}).code, 2)
      << "another's certificate";
  EXPECT_EQ(look(key, {"--token-file", in + "token"}).code, 2)
      << "nobody that this machine trusts vouches for it";
  EXPECT_EQ(look(key, {"--ca", in + "cert.pem"}).code, 2) << "without a token";
  EXPECT_EQ(look(key, {"--ca", in + "cert.pem", "--token-file", in + "wrong"}).code, 2);
  const std::string by_name = "https://localhost" + url_.substr(url_.rfind(':'));
  const auto other_name =
      run({program("tcps-audit"), "monitor", by_name, "--key", key, "--state", in + "fresh", "--once", "--ca",
           in + "cert.pem", "--token-file", in + "token"});
  EXPECT_EQ(other_name.code, 2) << "the certificate is for 127.0.0.1: " << other_name.output;
  const auto in_the_clear = run({program("tcps-audit"), "monitor", "http://192.0.2.1/", "--key", key,
                                 "--state", in + "fresh", "--once", "--token-file", in + "token"});
  EXPECT_EQ(in_the_clear.code, 2);
  EXPECT_NE(in_the_clear.output.find("not sent to another machine in the clear"), std::string::npos)
      << in_the_clear.output;
}

}  // namespace
}  // namespace tcps::test
