// A build made again on a second node, from the demand to the release policy that asks for it.
#include "bus/nats/nats_server.h"
#include "tests/features/front_door_fixture.h"

namespace tcps::test {
namespace {

// Without channels: what is made is compared, not published.
std::string line_that_builds(const std::string& command) {
  std::string line = hello_line;
  line.erase(line.find("[release.image]"));
  const auto from = line.find("commands = "), to = line.find("\n[test.unit]");
  line.replace(from, to - from,
               "commands = [[\"sh\", \"-c\", \"" + command + "\"]]\noutputs = [\"out/hello\"]\nrepeat = 1\n");
  return line;
}

class Reproduction : public Commands {
 protected:
  void start(const std::string& build_command) {
    write(repository() / "line.toml", line_that_builds(build_command));
    bus::NatsServerOptions server;
    server.binary = nats_server_binary();
    server.store_folder = folder_.path() + "/nats";
    auto started = bus::NatsServerProcess::start(server);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
    nodes_.push_back(start_node("n1", data().string(), true));
    ASSERT_TRUE(nodes_[0]->wait_ready());
    nodes_.push_back(start_node("n2", folder_.path() + "/second", false));
    ASSERT_TRUE(nodes_[1]->wait_ready());
    Operator person(server_->url(), "hello", (data() / "keys/operator.pem").string());
    const auto admitted = person.add_key(nodes_[1]->key_entry());
    ASSERT_TRUE(admitted) << admitted.error().message;
    ASSERT_TRUE(person.wait_until(
        [&] { return person.ask("nodes").value("replicas", json::array()).size() == 2; }, seconds(30)));
  }
  std::unique_ptr<NodeProcess> start_node(const std::string& id, const std::string& data_folder, bool found) {
    NodeOptions options;
    options.id = id;
    options.data_folder = data_folder;
    options.bus_url = server_->url();
    options.line = "hello";
    options.found = found;
    return NodeProcess::start(options);
  }
  // The one work order, released.
  std::string release() {
    auto made = run(seconds(120));
    EXPECT_EQ(made.exit_code, 0) << made.out << made.err << nodes_[0]->log() << nodes_[1]->log();
    return made.last("result").value("id", "");
  }
  // What the policy says of the release, and whether it passes.
  std::pair<int, std::string> policy(const std::string& work_order) {
    const fs::path in(folder_.path());
    write(in / "policy.toml", "[slo]\nkept = false\n[reproduced]\nnodes = 2\n");
    EXPECT_EQ(tcps({"ledger", "export", work_order, "-o", (in / "bundle").string()}).exit_code, 0);
    const auto genesis = tcps({"status"}).document().value("genesis", "");
    auto child = Child::start({program("tcps-audit"), "policy", (in / "bundle").string(),
                               (in / "policy.toml").string(), "--genesis", genesis},
                              {}, (in / "policy.out").string());
    const auto code = child->wait(seconds(30)).value_or(-1);
    const auto said = contents(in / "policy.out");
    fs::remove(in / "policy.out");
    return {code, said};
  }

  std::unique_ptr<bus::NatsServerProcess> server_;
  std::vector<std::unique_ptr<NodeProcess>> nodes_;
};

TEST_F(Reproduction, ByASecondNodeIsSignedEvidenceThatAPolicyCounts) {
  ASSERT_NO_FATAL_FAILURE(
      start("mkdir -p out && sed s/NAME/world/ src/hello.in > out/hello && chmod 755 out/hello"));
  const auto work_order = release();
  ASSERT_FALSE(work_order.empty());
  const auto builder = receipts({"--stage", "build"}).at(0).value("node", "");
  const auto before = policy(work_order);
  EXPECT_EQ(before.first, 1) << before.second;
  EXPECT_THAT(before.second, HasSubstr("1 nodes made the same build, 2 are needed"));

  EXPECT_EQ(tcps({"work-order", "reproduce", work_order, "--node", builder}).exit_code, 5)
      << "the builder's own word proves nothing";
  auto made = tcps({"work-order", "reproduce", work_order});
  ASSERT_EQ(made.exit_code, 0) << made.out << made.err << nodes_[0]->log() << nodes_[1]->log();
  const auto reply = made.document();
  EXPECT_TRUE(reply.value("same", false)) << reply;
  EXPECT_EQ(reply.value("files", 0), 1);
  EXPECT_EQ(reply.value("built_by", ""), builder);
  EXPECT_EQ(reply.value("node", ""), builder == "n1" ? "n2" : "n1");
  EXPECT_FALSE(reply.value("known", true));
  std::pair<int, std::string> after;
  EXPECT_TRUE(comes_true([&] { return (after = policy(work_order)).first == 0; }, seconds(30)))
      << after.second;
  EXPECT_THAT(after.second, HasSubstr("2 nodes made the same build, 2 are needed"));

  auto again = tcps({"work-order", "reproduce", work_order});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_TRUE(again.document().value("known", false)) << "what the ledger says is not made a second time";
  EXPECT_EQ(tcps({"ledger", "entries", "--kind", "evidence"}).document().at("entries").size(), 1u);
  EXPECT_EQ(tcps({"work-order", "reproduce", "wo-00000000000000000000"}).exit_code, 3);
}

TEST_F(Reproduction, OfABuildThatIsNotRepeatableSaysWhichFileDiffers) {
  ASSERT_NO_FATAL_FAILURE(
      start("mkdir -p out && sed s/NAME/world/ src/hello.in > out/hello && echo exit >> out/hello && date "
            "+%s%N >> out/hello && chmod 755 out/hello"));
  const auto work_order = release();
  ASSERT_FALSE(work_order.empty());
  auto made = tcps({"work-order", "reproduce", work_order});
  EXPECT_EQ(made.exit_code, 1) << made.out << made.err;
  EXPECT_FALSE(made.document().value("same", true));
  EXPECT_EQ(made.document().value("differs", ""), "out/hello");
  const auto judged = policy(work_order);
  EXPECT_EQ(judged.first, 1) << "evidence of a difference counts for nobody: " << judged.second;
}

}  // namespace
}  // namespace tcps::test
