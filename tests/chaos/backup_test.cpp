// A backup of a running factory under load: a prefix of its log, that verifies and is put back.
#include <gtest/gtest.h>

#include "messages/codec.h"
#include "messages/digest.h"
#include "tests/audit/audit_process.h"
#include "tests/chaos/load.h"

namespace tcps::test {
namespace {

using std::chrono::seconds;

constexpr int backup_work_orders_max = 5'000;
constexpr int backups = 6;

struct Backup : ::testing::Test {
  void SetUp() override {
    options.data_folder = folder.path() + "/n1";
    node = NodeProcess::start(options);
    ASSERT_TRUE(node->wait_ready());
    bus_url = node->factory()["bus_url"];
    person = std::make_unique<Operator>(bus_url, options.line, operator_key());
    ASSERT_TRUE(person->publish_product(null_line(options.line)));
  }
  std::string operator_key() const { return options.data_folder + "/keys/operator.pem"; }
  size_t done() { return person->ask("status").value("done", size_t{0}); }

  // What a command said; it must succeed.
  nlohmann::json run(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Ran ran = run_program("tcps", arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.document();
  }
  nlohmann::json back_up(const std::string& name) {
    return run({"ledger", "backup", folder.path() + "/" + name, "--data", options.data_folder});
  }
  // The factory proves that its log of now, as certified, begins with that of the backup.
  void expect_grown_from(const nlohmann::json& backup) {
    const auto proof = run({"ledger", "proof", "--old", std::to_string(backup["entries"].get<uint64_t>()),
                            "--data", options.data_folder});
    const auto checkpoint = run({"ledger", "checkpoint", "--data", options.data_folder});
    EXPECT_EQ(proof["root1"], to_base64(Digest::parse(backup["root"].get<std::string>())->raw()));
    EXPECT_EQ(proof["size2"], checkpoint["size"]);
    EXPECT_GT(proof["size2"], backup["entries"]);
    write_whole(folder.path() + "/proof.json", proof.dump());
    EXPECT_EQ(run_audit({"proof", "consistency", folder.path() + "/proof.json"}).exit_code, 0);
  }

  TemporaryFolder folder;
  NodeOptions options;
  std::unique_ptr<NodeProcess> node;
  std::string bus_url;
  std::unique_ptr<Operator> person;
};

TEST_F(Backup, TakenUnderLoadIsAPrefixOfTheLogVerifiesAndIsPutBack) {
  Load load(bus_url, options.line, operator_key(), backup_work_orders_max);
  nlohmann::json last = {{"entries", 0}};
  for (int i = 0; i < backups; ++i) {
    const size_t before = done();
    ASSERT_TRUE(person->wait_until([&] { return done() >= before + 10; }, seconds(30))) << node->log();
    const auto next = back_up("kept-up");
    EXPECT_EQ(next["copied"], next["entries"].get<uint64_t>() - last["entries"].get<uint64_t>());
    EXPECT_GT(next["entries"], last["entries"]);
    last = next;
  }
  const auto whole = back_up("whole");
  EXPECT_GE(whole["entries"], last["entries"]);
  for (const auto& id : load.stop())
    ASSERT_TRUE(person->wait_for_status(id, "done", seconds(60))) << node->log();
  expect_grown_from(last);
  expect_grown_from(whole);

  for (const auto& [name, backup] : {std::pair("kept-up", last), std::pair("whole", whole)}) {
    const auto other = folder.path() + "/restored-from-" + name;
    const auto restored = run({"ledger", "restore", folder.path() + "/" + name, "--data", other});
    EXPECT_EQ(restored["entries"], backup["entries"]);
    EXPECT_EQ(restored["root"], backup["root"]);
    EXPECT_EQ(run({"receipt", "verify-chain", "--data", other})["pass"], true);
  }
}

}  // namespace
}  // namespace tcps::test
