// tcps ledger export and tcps-audit verify bundle, from a running factory, a stopped one, and files by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "actors/ledger/chain/testing/sample_bundle.h"
#include "tests/audit/audit_process.h"
#include "tests/support/factory_process.h"

namespace tcps::test {
namespace {

using ledger::SampleLog;
using std::chrono::seconds;
using ::testing::HasSubstr;

class AuditBundle : public testing::Test {
 protected:
  AuditBundle() {
    log.run_whole("wo-1");
    write_whole(file, ledger::bundle_of(log, "wo-1").encode());
    write_whole(checkpoint, ledger::signed_head_of(log).note.encode());
  }
  Ran verify(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"verify", "bundle", file});
    return run_audit(arguments);
  }

  SampleLog log;
  TemporaryFolder folder;
  std::string file = folder.path() + "/wo-1.bundle", checkpoint = folder.path() + "/checkpoint";
};

TEST_F(AuditBundle, PassesWithWhateverIsPinned) {
  const std::string key = ledger::replica_key(log).format();
  const std::string keys = folder.path() + "/keys";
  write_whole(keys, "# of the line\n" + key + "\n");
  for (const std::vector<std::string>& pins :
       {std::vector<std::string>{"--key", key},
        {"--key", keys},
        {"--genesis", log.genesis_digest},
        {"--checkpoint", checkpoint},
        {"--checkpoint", checkpoint, "--key", key, "--genesis", log.genesis_digest}}) {
    const Ran ran = verify(pins);
    EXPECT_EQ(ran.exit_code, 0) << pins[0] << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("Bundle verification: PASS"));
  }
  const auto document = verify({"--json", "--key", key}).document();
  EXPECT_EQ(document["verdict"], "PASS");
  EXPECT_EQ(document["chain"]["stages"].size(), 10u);
}

TEST_F(AuditBundle, SaysThatNothingIsPinnedAndFails) {
  const Ran ran = verify({});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, HasSubstr("UNPINNED"));
  EXPECT_THAT(ran.out, HasSubstr(log.genesis_digest));
}

TEST_F(AuditBundle, NamesTheFirstThingWrong) {
  SampleLog other;
  EXPECT_EQ(verify({"--key", ledger::replica_key(other).format()}).exit_code, 1);
  EXPECT_THAT(verify({"--genesis", other.genesis_digest}).out, HasSubstr("this is another log"));
  Bytes bytes = read_whole(file);
  bytes[bytes.find("payload") + 30] ^=
      1;  // in the statement's type: further on it may hit a key, and leave a well-formed genesis
  write_whole(file, bytes);
  const Ran flipped = verify({"--genesis", log.genesis_digest});
  EXPECT_EQ(flipped.exit_code, 1);
  EXPECT_THAT(flipped.out + flipped.err, HasSubstr("entry 0"));
  write_whole(file, "{}");
  EXPECT_EQ(verify({"--genesis", log.genesis_digest}).exit_code, 1);
}

TEST_F(AuditBundle, RefusesPinsThatItCannotRead) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--key", "gone"}, "gone"},
      {{"--key", "a+00000000+AAAA"}, "a+00000000+AAAA"},
      {{"--genesis", "abc"}, "--genesis"},
      {{"--checkpoint", file}, "wo-1.bundle"},
      {{"--keys-needed", "1"}, "--keys-needed"},
      {{"--checkpoint", checkpoint, "--key", ledger::replica_key(*std::make_unique<SampleLog>()).format()},
       "signed by none of the given keys"},
  };
  for (const auto& [pins, what] : cases) {
    const Ran ran = verify(pins);
    EXPECT_EQ(ran.exit_code, 2) << what;
    EXPECT_THAT(ran.err, HasSubstr(what));
  }
}

// A store rewritten as a whole by somebody who has the node's keys.
TEST_F(AuditBundle, ARewrittenHistoryIsRefusedByAKeptCheckpoint) {
  SampleLog rewritten = log;
  rewritten.entries.resize(1);
  rewritten.sequence = 1;
  rewritten.run_whole("wo-2");
  rewritten.run_whole("wo-1");
  const std::string key = ledger::replica_key(log).format();
  write_whole(file, ledger::bundle_of(rewritten, "wo-1", 12).encode());
  EXPECT_EQ(verify({"--key", key}).exit_code, 0) << "a key alone cannot tell";
  const Ran ran = verify({"--key", key, "--checkpoint", checkpoint});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, HasSubstr("the log was rewritten"));
}

TEST(AuditBundleOfAFactory, IsExportedRunningAndStoppedAndVerifiesWithNothingElse) {
  const TemporaryFolder folder;
  NodeOptions options;
  options.data_folder = folder.path() + "/data";
  auto node = NodeProcess::start(options);
  ASSERT_TRUE(node->wait_ready());
  const auto factory = node->factory();
  Operator person(factory["bus_url"], options.line, factory["operator_key"]);
  ASSERT_TRUE(person.publish_product(null_line(options.line)).has_value());
  const std::string id = person.demand("one")["work_order"];
  const std::string other = person.demand("two")["work_order"];
  for (const std::string& order : {id, other})
    ASSERT_TRUE(person.wait_for_status(order, "done", seconds(60)));

  const std::string file = folder.path() + "/bundle.json", kept = folder.path() + "/kept";
  const Ran exported =
      run_program("tcps", {"ledger", "export", id, "-o", file, "--data", options.data_folder, "--json"});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(exported.document()["state"], "done");
  const auto head = person.ask("checkpoint");
  write_whole(kept, head["note"]);
  const std::string key = head["key"], genesis = person.ask("status")["genesis"];
  for (const std::vector<std::string>& pin :
       {std::vector<std::string>{"--key", key}, {"--genesis", genesis}}) {
    const Ran ran = run_audit({"verify", "bundle", file, pin[0], pin[1]});
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  }
  EXPECT_EQ(run_program("tcps", {"ledger", "export", "wo-0", "-o", file + "2", "--data", options.data_folder})
                .exit_code,
            3);

  // The same factory by the other judges, while it runs.
  write_whole(folder.path() + "/policy.toml", "[builders]\nallowed = [\"" + options.id + "\"]\n");
  const Ran policy = run_audit({"policy", file, folder.path() + "/policy.toml", "--key", key});
  EXPECT_EQ(policy.exit_code, 0) << policy.out << policy.err;
  const auto fsck = [&] {
    return run_audit({"fsck", options.data_folder, "--key", key, "--checkpoint", kept});
  };
  const Ran running = fsck();
  EXPECT_EQ(running.exit_code, 0) << running.out << running.err;

  const std::string third = person.demand("three")["work_order"];
  ASSERT_TRUE(person.wait_for_status(third, "done", seconds(60)));
  ASSERT_TRUE(person.wait_until(
      [&] { return person.ask("checkpoint")["size"] == person.ask("status")["synced_size"]; }, seconds(30)));
  node->child().signal(SIGTERM);
  ASSERT_TRUE(node->child().wait(seconds(20)).has_value());
  const Ran stopped = run_program(
      "tcps", {"ledger", "export", third, "-o", file, "--checkpoint", kept, "--data", options.data_folder});
  ASSERT_EQ(stopped.exit_code, 0) << stopped.err;
  const Ran ran = run_audit({"verify", "bundle", file, "--key", key, "--checkpoint", kept});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("it continues the checkpoint you pinned"));
  const Ran at_rest = fsck();
  EXPECT_EQ(at_rest.exit_code, 0) << at_rest.out << at_rest.err;
}

}  // namespace
}  // namespace tcps::test
