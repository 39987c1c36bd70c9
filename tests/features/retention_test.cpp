// The retention policy through the front door: what is due goes, what is needed or released stays, and no
// receipt is touched.
#include "actors/line/following/sealed_message.h"
#include "messages/digest.h"
#include "messages/subjects.h"
#include "tests/features/front_door_fixture.h"

namespace tcps::test {
namespace {

// Artifacts go a second after their work order's last entry, and after twice what a stage may take: short
// deadlines make that soon.
std::string short_kept_line() {
  std::string line = hello_line;
  line.erase(line.find("[release.image]"));  // and all channels
  for (auto stage : all_stages) line += "[stage." + std::string(to_string(stage)) + "]\nslo = \"6s\"\n";
  return line + "[artifacts]\nkeep = \"1s\"\n";
}

class Retention : public Commands {
 protected:
  void SetUp() override {
    Commands::SetUp();
    write(repository() / "line.toml", short_kept_line());
    start_node("");
  }
  void start_node(const std::string& more) {
    node_.reset();
    NodeOptions options;
    options.data_folder = data().string();
    options.line = "hello";
    options.ack_wait_ms = 500;
    options.extra_toml = more;
    node_ = NodeProcess::start(options);
    ASSERT_TRUE(node_->wait_ready());
  }
  // Asks again until there is an answer: a node that has just started has no service yet.
  json plan() {
    json plan;
    comes_true(
        [&] {
          plan = tcps({"artifact", "sweep", "--dry-run"}).document();
          return plan.is_object();
        },
        seconds(20));
    return plan.is_object() ? plan : json::object();
  }
  // Whether everything stored is old enough to be judged: artifacts come of age one after the other.
  bool all_of_age() {
    const auto planned = plan();
    return planned.contains("kept") && !planned["kept"].contains("recent");
  }
  Outcome fetch(const std::string& digest) {
    return tcps({"artifact", "fetch", digest, "--output", (fs::path(folder_.path()) / "fetched").string()});
  }
  // Of the one file that the stage made whose name ends so.
  std::string output_of(const std::string& stage, const std::string& ending) {
    std::string digest;
    const auto subjects = show(receipts({"--stage", stage}).at(0)).at("statement").at("subject");
    for (const auto& subject : subjects) {
      if (subject.value("name", "").ends_with(ending))
        digest = "sha256:" + subject["digest"].value("sha256", "");
    }
    EXPECT_FALSE(digest.empty()) << stage << " made nothing that ends with " << ending << ": " << subjects;
    return digest;
  }
  std::string manifest_of(const std::string& stage) {
    return show(receipts({"--stage", stage}).at(0)).at("statement").at("predicate").value("manifest", "");
  }

  std::unique_ptr<NodeProcess> node_;
};

TEST_F(Retention, SweepsWhatIsDueAndNothingThatIsNeededReleasedOrAReceipt) {
  auto made = run();
  ASSERT_EQ(made.exit_code, 0) << made.out << made.err << node_->log();
  const auto program = output_of("build", "out/hello"), tarball = output_of("release", ".tar.gz");
  const auto manifest = manifest_of("verify");
  const auto snapshot = tcps({"status"}).document().at("product").value("snapshot", "");
  ASSERT_EQ(fetch(program).exit_code, 0);

  // A day's work later: only what was named is due, and a dry run takes nothing.
  ASSERT_TRUE(comes_true([&] { return all_of_age(); }, seconds(60))) << plan();
  const auto planned = plan();
  EXPECT_EQ(planned.value("keep_ms", 0), 1'000);
  EXPECT_EQ(planned.value("attempt_max_ms", 0), 13'000);
  std::set<std::string> named;
  for (const auto& row : planned.at("artifacts")) named.insert(row.value("digest", ""));
  EXPECT_TRUE(named.contains(program)) << planned;
  EXPECT_FALSE(named.contains(tarball) || named.contains(manifest) || named.contains(snapshot)) << planned;
  ASSERT_EQ(fetch(program).exit_code, 0);

  // By hand, then by the node that supervises.
  auto swept = tcps({"artifact", "sweep"});
  ASSERT_EQ(swept.exit_code, 0) << swept.err;
  EXPECT_GE(swept.document().at("swept").value("artifacts", 0u), named.size());
  auto gone = fetch(program);
  EXPECT_EQ(gone.exit_code, 3);
  EXPECT_THAT(gone.err, HasSubstr("swept by retention policy (since 20"));
  Operator person(node_->factory().at("bus_url"), "hello", (data() / "keys/operator.pem").string());
  auto objects = person.bus().objects(object_bucket(person.line()), 0, 1);
  ASSERT_TRUE(objects) << objects.error().message;
  const std::string orphan = "stored, and never named by anybody";
  ASSERT_TRUE((*objects)->put(Digest::of(orphan), orphan));
  objects->reset();
  node_->child().signal(SIGTERM);
  ASSERT_TRUE(node_->child().wait(seconds(20)));
  start_node("[artifacts]\nsweep_interval_ms = 200\n");
  const auto orphan_name = Digest::of(orphan).to_string();
  EXPECT_TRUE(comes_true(
      [&] { return fetch(orphan_name).err.find("swept by retention policy") != std::string::npos; },
      seconds(60)));
  EXPECT_THAT(node_->log(), HasSubstr("swept 1 artifacts of " + std::to_string(orphan.size()) +
                                      " bytes by the retention policy"));

  EXPECT_EQ(fetch(tarball).exit_code, 0) << "what is released stays";
  EXPECT_EQ(fetch(manifest).exit_code, 0);
  EXPECT_EQ(fetch(snapshot).exit_code, 0) << "the product in force is needed";
  auto verified = tcps({"receipt", "verify-chain"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_EQ(verified.document().value("verdict", ""), "PASS");
  EXPECT_EQ(receipts().size(), 10u);

  // What was swept is made again by the next work order that needs it.
  write(repository() / "demand.json",
        R"([{"signal_id": "req-2", "source": "customers", "type": "request"}])");
  auto again = run();
  ASSERT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_EQ(fetch(program).exit_code, 0) << "the same bytes, stored again";
}

}  // namespace
}  // namespace tcps::test
