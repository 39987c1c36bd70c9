// A node whose private key is in another process: it never has the key, waits while the signer is gone, and
// goes on when it is back.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <thread>

#include "tests/support/factory_process.h"
#include "tests/support/places.h"

namespace tcps::test {
namespace {

using std::chrono::seconds;

struct SignedElsewhere : ::testing::Test {
  SignedElsewhere() {
    options.data_folder = folder.path() + "/n1";
    options.signer = folder.path() + "/signer.sock";
  }
  void start_signer() {
    std::filesystem::remove(options.signer);
    signer = Child::start({test::programs_folder() + "/bin/tcps-signer", "--key",
                           folder.path() + "/signer.pem", "--make-key", "--socket", options.signer},
                          {}, folder.path() + "/signer.log");
    for (int i = 0; i < 500 && !std::filesystem::exists(options.signer); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_TRUE(std::filesystem::exists(options.signer));
  }
  void start_node() {
    node = NodeProcess::start(options);
    ASSERT_TRUE(node->wait_ready());
    person = std::make_unique<Operator>(node->factory()["bus_url"], options.line,
                                        options.data_folder + "/keys/operator.pem");
    ASSERT_TRUE(person->publish_product(null_line(options.line)));
  }

  TemporaryFolder folder;
  NodeOptions options;
  std::unique_ptr<Child> signer;
  std::unique_ptr<NodeProcess> node;
  std::unique_ptr<Operator> person;
};

TEST_F(SignedElsewhere, MakesReleasesWithoutAKeyOnTheNodeAndWaitsForALostSigner) {
  start_signer();
  start_node();
  auto first = person->demand("first")["work_order"].get<std::string>();
  ASSERT_TRUE(person->wait_for_status(first, "done", seconds(30))) << node->log();
  EXPECT_FALSE(std::filesystem::exists(options.data_folder + "/keys/node.pem"));

  signer->signal(SIGKILL);
  signer->wait(seconds(5));
  person->send_demand("second");
  auto second = work_order_id(LineName::literal(options.line), "customers", "second").str();
  EXPECT_TRUE(node->child().running()) << node->log();
  start_signer();
  person->send_demand("second");
  ASSERT_TRUE(person->wait_for_status(second, "done", seconds(60))) << node->log();
  auto chain = person->ask("verify-chain");
  EXPECT_TRUE(chain.value("pass", false)) << chain.dump();
}

TEST_F(SignedElsewhere, SaysWhatIsMissingWhenNoSignerIsThere) {
  auto started = NodeProcess::start(options);
  EXPECT_EQ(started->child().wait(seconds(20)), 69) << started->log();
  EXPECT_NE(started->log().find("start tcps-signer there"), std::string::npos) << started->log();
}

}  // namespace
}  // namespace tcps::test
