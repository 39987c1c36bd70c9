// A node whose ledger was put aside for another: what the person who runs it pinned decides whether it opens.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/ledger/certification/certificate.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "tests/support/factory_process.h"

namespace tcps::test {
namespace {

using std::chrono::seconds;
namespace fs = std::filesystem;

class PinnedNode : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.data_folder = folder_.path() + "/factory";
    auto node = NodeProcess::start(options_);
    ASSERT_TRUE(node->wait_ready());
    own_key_ = node->key_entry().at("public_key");
    Operator person(node->factory().at("bus_url"), options_.line, node->factory().at("operator_key"));
    ASSERT_TRUE(person.publish_product(null_line(options_.line)));
    ASSERT_TRUE(person.wait_until(
        [&] {
          const auto status = person.ask("status");
          return status.contains("checkpoint") && status["checkpoint"].is_object() &&
                 status["checkpoint"]["size"] == status["synced_size"];
        },
        seconds(20)));
    stop(*node);
  }
  void stop(NodeProcess& node) {
    node.child().signal(SIGTERM);
    ASSERT_EQ(node.child().wait(seconds(20)), std::optional(0)) << node.log();
  }
  std::string line_folder() const { return options_.data_folder + "/lines/" + options_.line; }
  // Whether it starts; what it says when it does not.
  bool starts(const std::string& pinned, std::string* said = nullptr) {
    std::filesystem::remove(options_.data_folder + "/tcpsd.log");
    auto options = options_;
    options.extra_line_toml = pinned.empty() ? "" : "checkpoint_keys = [\"n1=" + pinned + "\"]";
    auto node = NodeProcess::start(options);
    const bool ready = node->wait_ready();
    if (ready) stop(*node);
    if (said) *said = node->log();
    return ready;
  }

  TemporaryFolder folder_;
  NodeOptions options_;
  std::string own_key_;
};

TEST_F(PinnedNode, OpensItsLedgerOnlyUnderACheckpointOfAPinnedKey) {
  EXPECT_TRUE(starts(own_key_)) << "what it signed itself";
  const auto stranger = PrivateKey::generate();
  std::string said;
  EXPECT_FALSE(starts(stranger.public_key().base64(), &said));
  EXPECT_NE(said.find("is not signed by a key of this line"), std::string::npos) << said;

  // The same tree under the word of a key that nobody pinned: as who rewrote the store would leave it.
  const auto kept = tlog::read_outside_checkpoint(line_folder());
  ASSERT_TRUE(kept && *kept);
  const auto& body = (*kept)->checkpoint;
  auto forger = PrivateKey::generate();
  const auto forged =
      tlog::sign_checkpoint(body, *ledger::proposer_key(body.origin, forger.public_key()), forger);
  ASSERT_TRUE(forged);
  ASSERT_TRUE(tlog::write_outside_checkpoint(line_folder(), *forged));
  EXPECT_FALSE(starts(own_key_, &said));
  EXPECT_NE(said.find("is not signed by a key of this line"), std::string::npos) << said;
  ASSERT_TRUE(tlog::write_outside_checkpoint(line_folder(), **kept));
  EXPECT_TRUE(starts(own_key_)) << "what it kept, put back";
}

}  // namespace
}  // namespace tcps::test
