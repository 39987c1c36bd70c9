// Three replicas of a line: whatever dies, is wiped or lies, they hold one log, and what was certified stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/ledger/store/ledger_store.h"
#include "tests/chaos/certified_log.h"
#include "tests/chaos/replicas.h"

namespace tcps::test {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(ThreeReplicas, HoldOneCertifiedLogWhateverIsKilledOrWiped) {
  Replicas line;
  ASSERT_NO_FATAL_FAILURE(line.start(3));
  ASSERT_NO_FATAL_FAILURE(line.demand("first", 10));
  line.kill_node(1);
  ASSERT_NO_FATAL_FAILURE(line.demand("second", 10));
  ASSERT_NO_FATAL_FAILURE(line.start_node(1));
  ASSERT_NO_FATAL_FAILURE(line.demand("third", 10));
  line.kill_node(2);
  std::filesystem::remove_all(line.line_folder(2));
  ASSERT_NO_FATAL_FAILURE(line.start_node(2));
  ASSERT_NO_FATAL_FAILURE(line.demand("fourth", 10));
  line.kill_node(0);
  ASSERT_NO_FATAL_FAILURE(line.start_node(0));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  EXPECT_TRUE(line.wait_until([&] { return line.agree({0, 1, 2}); })) << line.logs();
  line.expect_one_receipt_per_stage();
  line.nodes.clear();
  for (size_t i : {0, 1, 2}) expect_holds_certified(line.line_folder(i), line.certified());
}

TEST(ThreeReplicas, RebuildAWipedOneWithoutItsKeyFromAPeerAfterTheStreamWasTrimmed) {
  Replicas line;
  ASSERT_NO_FATAL_FAILURE(line.start(3));
  ASSERT_NO_FATAL_FAILURE(line.demand("early", 10));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  const auto stream = stream_name(line.line(), 1);
  ASSERT_TRUE(line.wait_until([&] { return line.person->bus().stream_info(stream)->first_sequence > 50; }));
  line.kill_node(2);
  std::filesystem::remove_all(line.options[2].data_folder);
  ASSERT_NO_FATAL_FAILURE(line.start_node(2));
  EXPECT_THAT(line.nodes[2]->log(), HasSubstr("rebuilt"));
  ASSERT_NO_FATAL_FAILURE(line.add_key(2));
  ASSERT_NO_FATAL_FAILURE(line.demand("late", 5));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  EXPECT_TRUE(line.wait_until([&] { return line.agree({0, 1, 2}); })) << line.logs();
  line.nodes.clear();
  expect_holds_certified(line.line_folder(2), line.certified());
}

// Writes the node's ledger anew without one of its entries: every signature is good, every hash fits, and the
// checkpoint beside it is signed by the node's own key.
void rewrite_history(const std::string& data_folder, const std::string& folder) {
  const auto line = LineName::literal("chaos");
  auto key = PrivateKey::load(data_folder + "/keys/node.pem");
  ASSERT_TRUE(key);
  ledger::Group group;
  {
    auto store = ledger::LedgerStore::open({.data_folder = folder, .read_only = true});
    ASSERT_TRUE(store) << store.error().message;
    bool left_out = false;
    auto read = (*store)->entries(0, (*store)->head().size, [&](const ledger::StoredEntry& stored) {
      auto message = LineMessage::decode(stored.entry->envelope());
      const bool omit = !left_out && std::holds_alternative<proto::WipChanged>(message->predicate);
      left_out |= omit;
      if (!omit) {
        group.admitted.push_back({{stored.entry->epoch(), stored.entry->sequence()},
                                  stored.entry->subject(),
                                  stored.entry->envelope(),
                                  ledger::facets_of(*message)});
      }
      return true;
    });
    ASSERT_TRUE(read);
    ASSERT_TRUE(left_out);
    group.next = (*store)->head().next;
  }
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  auto store = ledger::LedgerStore::open({.data_folder = folder});
  ASSERT_TRUE(store) << store.error().message;
  auto head = (*store)->append(group);
  ASSERT_TRUE(head) << head.error().message;
  const auto origin = tlog::checkpoint_origin(line, head->genesis);
  auto checkpoint = tlog::sign_checkpoint({origin, head->size, head->root, {}},
                                          *ledger::proposer_key(origin, (*key)->public_key()), **key);
  ASSERT_TRUE((*store)->add_checkpoint(*checkpoint));
}

TEST(ThreeReplicas, CatchTheOneWhoseHistoryWasRewrittenAndStopCertifying) {
  Replicas line;
  ASSERT_NO_FATAL_FAILURE(line.start(3));
  proto::WipChanged wip;
  wip.set_wip_limit(5);
  ASSERT_TRUE(line.person->decide(wip));
  ASSERT_NO_FATAL_FAILURE(line.demand("before", 3));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  ASSERT_TRUE(line.wait_until([&] { return line.agree({0, 1, 2}); })) << line.logs();
  line.kill_node(2);
  ASSERT_NO_FATAL_FAILURE(rewrite_history(line.options[2].data_folder, line.line_folder(2)));
  ASSERT_NO_FATAL_FAILURE(line.start_node(2));
  proto::WipChanged again;
  again.set_wip_limit(6);
  ASSERT_TRUE(line.person->decide(again));  // something new to certify
  line.wait_until([&] { return line.agree({0, 1}); }, seconds(5));
  again.set_wip_limit(
      8);  // the rewritten log is one entry shorter: now it reaches the size that was certified
  ASSERT_TRUE(line.person->decide(again));

  const auto call = [&]() -> nlohmann::json {
    for (const auto& one : line.person->ask("andons").value("andons", nlohmann::json::array())) {
      if (one.value("kind", "") == "diverged") return one;
    }
    return nullptr;
  };
  ASSERT_TRUE(line.wait_until([&] { return call().is_object(); }, seconds(30))) << line.logs();
  EXPECT_TRUE(line.wait_until([&] { return line.logs().find("the logs diverge") != std::string::npos; },
                              seconds(10)));
  const auto certified = line.certified().back().checkpoint.size;
  proto::WipChanged more;
  more.set_wip_limit(7);
  ASSERT_TRUE(line.person->decide(more));
  EXPECT_FALSE(
      line.wait_until([&] { return line.certified().back().checkpoint.size > certified + 2; }, seconds(2)))
      << "nothing more is certified while the logs differ";

  line.kill_node(2);
  proto::ReplicaChanged ejected;
  ejected.set_node("n3");
  ejected.set_change("ejected");
  ASSERT_TRUE(line.person->decide(ejected));
  proto::AndonResolved resolved;
  resolved.set_andon_id(call().value("id", call().value("andon_id", "")));
  resolved.set_resolution("n3 was rewritten; it is wiped");
  resolved.set_disposition("keep");
  auto decided = line.person->decide(resolved);
  ASSERT_TRUE(decided) << decided.error().message << call().dump();
  EXPECT_TRUE(line.wait_until([&] { return line.agree({0, 1}); }, seconds(30))) << line.logs();
  std::filesystem::remove_all(line.line_folder(2));
  ASSERT_NO_FATAL_FAILURE(line.start_node(2));
  EXPECT_TRUE(line.wait_until([&] {
    return line.registered() == 3 && line.agree({0, 1, 2});
  })) << line.logs();
}

TEST(ThreeReplicas, GiveAWipedOneNoHistoryThatOneOfThemForged) {
  Replicas line;
  ASSERT_NO_FATAL_FAILURE(line.start(3));
  proto::WipChanged wip;
  wip.set_wip_limit(5);
  ASSERT_TRUE(line.person->decide(wip));
  ASSERT_NO_FATAL_FAILURE(line.demand("before", 10));
  ASSERT_NO_FATAL_FAILURE(line.expect_all_done());
  ASSERT_TRUE(line.wait_until([&] { return line.agree({0, 1, 2}); })) << line.logs();
  const auto stream = stream_name(line.line(), 1);
  ASSERT_TRUE(line.wait_until([&] { return line.person->bus().stream_info(stream)->first_sequence > 50; }));
  for (size_t i : {0, 1, 2}) line.kill_node(i);
  ASSERT_NO_FATAL_FAILURE(rewrite_history(line.options[1].data_folder, line.line_folder(1)));
  std::filesystem::remove_all(line.line_folder(2));

  // The forger alone answers: it is not believed.
  ASSERT_NO_FATAL_FAILURE(line.start_node(1));
  line.nodes[2] = NodeProcess::start(line.options[2]);
  EXPECT_TRUE(line.wait_until(
      [&] {
        return line.nodes[2]->log().find("carries the words of 1 of the 3 replicas") != std::string::npos;
      },
      seconds(20)))
      << line.logs();
  EXPECT_FALSE(line.state(2)) << "it has no log to answer from";

  // An honest one is back: the wiped one has its log from there, and the forger is caught.
  ASSERT_NO_FATAL_FAILURE(line.start_node(0));
  ASSERT_TRUE(line.nodes[2]->wait_ready());
  EXPECT_THAT(line.nodes[2]->log(), HasSubstr("entries from n1"));
  // Its log is one entry shorter: it is caught when it reaches a size that was certified.
  const auto is_caught = [&] { return line.logs().find("the logs diverge") != std::string::npos; };
  for (uint32_t limit = 6; limit < 26 && !is_caught(); ++limit) {
    wip.set_wip_limit(limit);
    ASSERT_TRUE(line.person->decide(wip));
    line.wait_until(is_caught, seconds(1));
  }
  EXPECT_TRUE(is_caught()) << line.logs();
  line.kill_node(1);
  line.nodes.clear();
  for (size_t i : {0, 2}) expect_holds_certified(line.line_folder(i), line.certified());
}

}  // namespace
}  // namespace tcps::test
