// The log as strangers check it: node's crypto and the specifications, nothing of the factory's code.
#include <signal.h>

#include "tests/independent/served_factory.h"
#include "tests/support/places.h"

namespace tcps::test {
namespace {

using nlohmann::json;

const std::string scripts = test::source_folder() + "/tests/independent/";

class IndependentVerifier : public ServedFactory {
 protected:
  void SetUp() override {
    ServedFactory::SetUp();
    if (HasFatalFailure()) return;
    verifier_key_ = document("/v1/checkpoint").value("key", "");
    const auto genesis = document("/v1/receipts/0");
    for (const auto& key : genesis.at("statement").at("predicate").at("keys"))
      keys_[key.at("key_id")] = key.at("public_key");
  }
  Ran verify(const std::string& verifier_key, const json& keys, std::vector<std::string> more = {}) {
    const std::string file = folder_.path() + "/keys.json";
    std::ofstream(file) << keys;
    std::vector<std::string> argv = {TCPS_NODE_EXECUTABLE, scripts + "verify_log.mjs", url_, verifier_key,
                                     file};
    argv.insert(argv.end(), more.begin(), more.end());
    return run(argv);
  }
  // A receipt as the command line exports it.
  std::string exported(const std::string& work_order, const std::string& stage) {
    const auto shown = run({program("tcps"), "receipt", "show", work_order, "--stage", stage, "--format",
                            "dsse", "--data", options_.data_folder});
    EXPECT_EQ(shown.code, 0) << shown.output;
    const std::string file = folder_.path() + "/" + stage + ".dsse.json";
    std::ofstream(file, std::ios::binary) << shown.output;
    return file;
  }

  std::string verifier_key_;
  json keys_ = json::object();
};

TEST_F(IndependentVerifier, FindsTheServedLogGoodAndEveryFlippedBitBad) {
  const auto ran = verify(
      verifier_key_, keys_,
      {"--flip", "--envelope", exported(orders_[0], "build"), "--envelope", exported(orders_[1], "verify")});
  ASSERT_EQ(ran.code, 0) << ran.output;
  const auto report = json::parse(ran.output);
  EXPECT_EQ(report["size"], operator_->ask("status")["synced_size"]);
  EXPECT_EQ(report["envelopes"], report["size"]);
  EXPECT_GE(report["envelopes"], work_orders * 11);
  EXPECT_EQ(report["exported"], 2);
  EXPECT_GT(report["flips"], 300);
  EXPECT_NE(ran.output.find("https://tcps.dev/receipt/v1"), std::string::npos);
}

TEST_F(IndependentVerifier, FindsALogOfSeveralTilesGood) {
  make(24);
  const auto ran = verify(verifier_key_, keys_);
  ASSERT_EQ(ran.code, 0) << ran.output;
  const auto report = json::parse(ran.output);
  EXPECT_GT(report["size"], 256) << "more than one tile of leaves, and one above them";
  EXPECT_EQ(report["files"], 6) << "checkpoint, two tiles of leaves, one above, two bundles";
}

TEST_F(IndependentVerifier, TrustsNoOtherKeys) {
  // The same name with another key: its id is made to fit, so that only the signature tells.
  const auto other = PrivateKey::generate().public_key();
  const std::string name = verifier_key_.substr(0, verifier_key_.find('+'));
  const Bytes material = Bytes(1, '\x01') + Bytes(other.raw());
  const auto id = Digest::of(name + "\n" + material).hex().substr(0, 8);
  const auto stranger = verify(name + "+" + id + "+" + to_base64(material), keys_);
  EXPECT_EQ(stranger.code, 1);
  EXPECT_NE(stranger.output.find("not signed by the log's key"), std::string::npos) << stranger.output;
  json exchanged = keys_;
  for (auto& key : exchanged) key = other.base64();
  EXPECT_NE(verify(verifier_key_, exchanged).output.find("is wrong"), std::string::npos);
  EXPECT_NE(verify(verifier_key_, json::object()).output.find("unknown key"), std::string::npos);
}

TEST_F(IndependentVerifier, FindsTheLogOfAStoppedFactoryGoodToo) {
  node_->child().signal(SIGTERM);
  ASSERT_TRUE(node_->child().wait(std::chrono::seconds(20)).has_value());
  ASSERT_TRUE(
      operator_->wait_until([&] { return get("/v1/status").status == 200; }, std::chrono::seconds(20)))
      << "the gateway goes on from the data folder";
  const auto ran = verify(verifier_key_, keys_);
  EXPECT_EQ(ran.code, 0) << ran.output;
}

TEST_F(IndependentVerifier, FindsTheServiceInTheWordsOfTheMicroProtocol) {
  const std::string bus = node_->factory().at("bus_url");
  const auto ask = [&](const std::string& subject, const std::string& body = "") {
    const auto ran = run({TCPS_NODE_EXECUTABLE, scripts + "ask_service.mjs", "127.0.0.1",
                          bus.substr(bus.rfind(':') + 1), subject, body});
    EXPECT_EQ(ran.code, 0) << ran.output;
    return json::parse(ran.output, nullptr, false);
  };
  const auto pings = ask("$SRV.PING");
  ASSERT_EQ(pings.size(), 1u) << pings;
  const auto ping = json::parse(pings[0]["body"].get<std::string>());
  EXPECT_EQ(ping["type"], "io.nats.micro.v1.ping_response");
  EXPECT_EQ(ping["metadata"]["line"], options_.line);
  const std::string id = ping["id"];
  const auto info = json::parse(ask("$SRV.INFO.tcps-ledger." + id)[0]["body"].get<std::string>());
  for (const auto& endpoint : info["endpoints"])
    EXPECT_EQ(endpoint["subject"],
              "tcps." + options_.line + ".ledger." + endpoint["name"].get<std::string>());
  const auto wrong = ask("tcps." + options_.line + ".ledger.receipt", R"({"index": 100000})");
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0]["headers"]["Nats-Service-Error-Code"], "404");
  EXPECT_NE(wrong[0]["headers"].value("Nats-Service-Error", ""), "");
  const auto stats = json::parse(ask("$SRV.STATS.tcps-ledger")[0]["body"].get<std::string>());
  for (const auto& endpoint : stats["endpoints"]) {
    if (endpoint["name"] != "receipt") continue;
    EXPECT_GE(endpoint["num_errors"], 1);
    EXPECT_EQ(endpoint["last_error"].get<std::string>().substr(0, 4), "404:");
    EXPECT_GT(endpoint["processing_time"], 0);
  }
  EXPECT_TRUE(ask("$SRV.PING.another").empty() || ask("$SRV.PING.another")[0]["body"] == "");
}

}  // namespace
}  // namespace tcps::test
