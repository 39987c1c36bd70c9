#include "actors/ledger/chain/chain.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "actors/ledger/chain/testing/sample_log.h"
#include "actors/ledger/tlog/merkle.h"
#include "actors/ledger/tlog/testing/naive_merkle.h"

namespace tcps::ledger {
namespace {

// Entries in memory, in their stored form.
class MemorySource final : public ChainSource {
 public:
  explicit MemorySource(const std::vector<SampleEntry>& entries) {
    for (const SampleEntry& sample : entries) {
      proto::LedgerEntry entry;
      entry.set_index(stored.size());
      entry.set_epoch(1);
      entry.set_sequence(sample.sequence);
      entry.set_subject(sample.subject);
      entry.set_payload_digest(std::string(sample.message.payload_digest.raw()));
      entry.set_envelope(sample.envelope);
      stored.push_back(encode_entry(entry));
      leaves.push_back(tlog::leaf_hash(sample.envelope));
      labels.push_back({sample.work_order, sample.stage});
    }
  }

  TrustedHead head() const { return {leaves.size(), tlog::naive::root_of(leaves)}; }

  Status entries(const EntryVisitor& visitor) override {
    for (uint64_t i = 0; i < stored.size(); ++i) {
      if (!visitor({i, decode_entry(i, stored[i])})) break;
    }
    return {};
  }
  Status entries_about(const std::string& work_order, const EntryVisitor& visitor) override {
    for (uint64_t i = 0; i < stored.size(); ++i) {
      const bool wanted = i == 0 || labels[i].work_order == work_order;
      if (wanted && !visitor({i, decode_entry(i, stored[i])})) break;
    }
    return {};
  }
  Result<std::vector<Digest>> inclusion(uint64_t index, uint64_t size) override {
    tlog::naive::LeafReader reader(leaves);
    return tlog::inclusion_proof(index, size, reader);
  }
  EntryLabel label(uint64_t index) override { return labels[index]; }

  // Rewrites an entry so that only what `change` does is wrong with it.
  template <class Change>
  void alter(uint64_t index, Change change) {
    auto entry = *decode_entry(index, stored[index]);
    change(entry);
    stored[index] = encode_entry(entry);
  }

  std::vector<Bytes> stored;
  std::vector<Digest> leaves;
  std::vector<EntryLabel> labels;
};

class ChainTest : public testing::Test {
 protected:
  // The sentence of the fault, or nothing when the log passes.
  std::string fault_of(MemorySource& source) {
    auto report = verify_log(log.line, source.head(), source);
    return report->fault ? report->fault->sentence() : "";
  }
  std::string fault() {
    MemorySource source(log.entries);
    return fault_of(source);
  }
  SampleLog log;
};

TEST_F(ChainTest, AWholeLineOfTwoWorkOrdersPasses) {
  log.run_whole("wo-1");
  log.run_whole("wo-2");
  MemorySource source(log.entries);
  const auto report = *verify_log(log.line, source.head(), source);
  ASSERT_TRUE(report.passed()) << report.fault->sentence();
  EXPECT_EQ(report.entries, 23u);
  EXPECT_EQ(report.receipts, 20u);
  EXPECT_EQ(report.work_orders, 2u);
  EXPECT_EQ(report.root, source.head().root);
  ASSERT_EQ(report.chains.size(), 2u);
  EXPECT_EQ(report.chains[0].work_order, "wo-1");
  EXPECT_EQ(report.chains[1].state, ChainState::done);
  Bytes digests;
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(report.chains[0].outcomes[i].stage, all_stages[i]);
    digests.append(log.entries[2 + i].message.payload_digest.raw());
  }
  EXPECT_EQ(report.chains[0].hash(), Digest::of(digests));
  EXPECT_EQ(to_json(report)["verdict"], "PASS");
  EXPECT_EQ(to_json(report)["chains"][1]["stages"][9]["stage"], "verify");
}

TEST_F(ChainTest, AFailedStageResumesAtItsNextAttempt) {
  log.accept("wo-1");
  for (Stage stage : {Stage::pull, Stage::plan, Stage::generate}) log.pass(stage);
  log.fail_at(Stage::extract, "F4.1");
  log.resume_at(Stage::extract);
  for (Stage stage : all_stages) {
    if (stage >= Stage::extract) log.pass(stage);
  }
  MemorySource source(log.entries);
  const auto whole = *verify_log(log.line, source.head(), source);
  ASSERT_TRUE(whole.passed()) << whole.fault->sentence();
  EXPECT_EQ(whole.chains[0].outcomes.size(), 11u);
  EXPECT_EQ(whole.chains[0].outcomes[3].failure_mode, "F4.1");
  EXPECT_EQ(whole.chains[0].outcomes[4].attempt, 2u);
  const auto one = *verify_work_order(log.line, source.head(), "wo-1", source);
  ASSERT_TRUE(one.passed()) << one.fault->sentence();
  EXPECT_EQ(one.chains[0].hash(), whole.chains[0].hash());
}

TEST_F(ChainTest, AFlippedBitNamesWorkOrderAndStage) {
  log.run_whole("wo-1");
  MemorySource source(log.entries);
  source.stored[1 + static_cast<size_t>(Stage::build)][500] ^= 4;
  EXPECT_EQ(
      fault_of(source),
      "work order wo-1, stage build (entry 7): entry 7 has stored bytes that do not match their check value: "
      "restore this replica from a peer or a backup");
}

TEST_F(ChainTest, EveryFlippedBitOfAStoredEntryIsFoundOut) {
  log.accept("wo-1");
  log.pass(Stage::pull);
  MemorySource source(log.entries);
  const Bytes good = source.stored[2];
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    source.stored[2] = good;
    source.stored[2][bit / 8] = static_cast<char>(good[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(decode_entry(2, source.stored[2]).has_value()) << bit;
    if (bit % 64 == 0) {
      ASSERT_TRUE(fault_of(source).starts_with("work order wo-1, stage pull (entry 2): "));
    }
  }
}

TEST_F(ChainTest, AnAlteredEnvelopeWithAFreshCheckValueIsFoundOutToo) {
  log.accept("wo-1");
  log.pass(Stage::pull);
  const MemorySource good(log.entries);
  for (size_t at = 0; at < log.entries[2].envelope.size(); ++at) {
    MemorySource source = good;
    source.alter(2, [&](proto::LedgerEntry& entry) { (*entry.mutable_envelope())[at] ^= 1; });
    const auto report = *verify_log(log.line, good.head(), source);
    ASSERT_FALSE(report.passed()) << at;
    ASSERT_EQ(report.fault->work_order, "wo-1") << at;
    ASSERT_EQ(report.fault->stage, "pull") << at;
  }
}

TEST_F(ChainTest, FieldsThatNoSignatureCoversAreHeldToTheMessage) {
  log.run_whole("wo-1");
  const MemorySource good(log.entries);
  const std::pair<std::function<void(proto::LedgerEntry&)>, const char*> cases[] = {
      {[](auto& e) { e.set_subject("tcps.transport.work.plan.any.wo-1.1"); }, "its subject is"},
      {[](auto& e) { e.set_payload_digest(std::string(32, 'x')); }, "its payload bytes have digest"},
      {[](auto& e) { e.set_sequence(1); }, "its position in the stream"},
      {[](auto& e) { e.set_epoch(0); }, "its position in the stream"},
      {[](auto& e) { e.set_index(8); }, "carries the number"},
      {[](auto& e) { e.set_envelope("{}"); }, ""},
  };
  for (const auto& [change, what] : cases) {
    MemorySource source = good;
    source.alter(7, change);
    const auto fault = fault_of(source);
    EXPECT_TRUE(fault.starts_with("work order wo-1, stage build (entry 7): ")) << fault;
    EXPECT_NE(fault.find(what), std::string::npos) << fault;
  }
}

TEST_F(ChainTest, MissingSwappedDoubledAndCutOffEntriesAreFoundOut) {
  log.run_whole("wo-1");
  const auto& all = log.entries;
  const TrustedHead head = MemorySource(log.entries).head();
  const auto passes = [&](const std::vector<SampleEntry>& entries) {
    MemorySource source(entries);
    return verify_log(log.line, head, source)->passed();
  };
  ASSERT_TRUE(passes(all));
  for (size_t i = 0; i < all.size(); ++i) {
    auto missing = all;
    missing.erase(missing.begin() + i);
    EXPECT_FALSE(passes(missing)) << i;
    auto doubled = all;
    doubled.insert(doubled.begin() + i, all[i]);
    EXPECT_FALSE(passes(doubled)) << i;
    if (i + 1 < all.size()) {
      auto swapped = all;
      std::swap(swapped[i], swapped[i + 1]);
      EXPECT_FALSE(passes(swapped)) << i;
    }
  }
}

TEST_F(ChainTest, AConsistentlyRewrittenLogIsRefusedByTheCheckpoint) {
  log.run_whole("wo-1");
  const TrustedHead head = MemorySource(log.entries).head();
  SampleLog forged;
  forged.run_whole("wo-1");
  MemorySource source(forged.entries);
  EXPECT_TRUE(verify_log(log.line, source.head(), source)->passed());
  const auto report = *verify_log(log.line, head, source);
  ASSERT_FALSE(report.passed());
  EXPECT_NE(report.fault->what.find("the checkpoint says"), std::string::npos);
  EXPECT_FALSE(verify_work_order(log.line, head, "wo-1", source)->passed());
}

TEST_F(ChainTest, SignaturesAreJudgedByTheKeysInForceAtTheirPosition) {
  auto second = PrivateKey::generate();
  log.accept("wo-1");
  auto early = log;
  early.add(early.receipt(Stage::pull), second);
  MemorySource too_early(early.entries);
  EXPECT_NE(fault_of(too_early).find("does not count at this position"), std::string::npos);

  const Digest card = log.last;
  proto::KeyAdded added;
  *added.mutable_key() = SampleLog::entry_of(second, "node-2", "station");
  log.add(added, log.root);
  log.last = card;
  log.add(log.receipt(Stage::pull), second);
  EXPECT_EQ(fault(), "");
  const Digest pulled = log.last;

  proto::KeyRevoked revoked;
  revoked.set_key_id(log.station.public_key().id().to_string());
  log.add(revoked, log.root);
  log.last = pulled;
  log.pass(Stage::plan);
  EXPECT_EQ(fault(), "");
  log.pass(Stage::generate);
  EXPECT_EQ(fault().find("work order wo-1, stage generate"), 0u);
}

TEST_F(ChainTest, KeysSayOnlyWhatTheirRolesAllow) {
  proto::KeyAdded added;
  *added.mutable_key() = SampleLog::entry_of(PrivateKey::generate(), "x", "root");
  log.add(added, log.station);
  EXPECT_NE(fault().find("root keys only"), std::string::npos);
}

struct Wrong {
  const char* name;
  std::function<void(SampleLog&)> make;
};

TEST_F(ChainTest, ChainsThatBreakTheOrderOfWorkAreRefused) {
  const Wrong cases[] = {
      {"no acceptance",
       [](SampleLog& l) {
         l.work_order.set_id("wo-9");
         l.pass(Stage::pull);
       }},
      {"accepted twice",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.accept("wo-1");
       }},
      {"accepted again after it is done",
       [](SampleLog& l) {
         l.run_whole("wo-1");
         l.accept("wo-1");
       }},
      {"stage left out",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.pass(Stage::pull);
         l.pass(Stage::generate);
       }},
      {"second outcome",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.pass(Stage::pull);
         l.pass(Stage::pull);
       }},
      {"another predecessor",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.last = Digest::of("x");
         l.pass(Stage::pull);
       }},
      {"attempt out of nothing",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.attempt = 2;
         l.pass(Stage::pull);
       }},
      {"work after a failure",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.fail_at(Stage::pull, "F1.1");
         l.last = l.passed;
         l.attempt = 2;
         l.pass(Stage::pull);
       }},
      {"work after it is done",
       [](SampleLog& l) {
         l.run_whole("wo-1");
         l.pass(Stage::verify);
       }},
      {"planned by a station",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.pass(Stage::pull);
         l.add(l.receipt(Stage::plan), l.station);
       }},
      {"worked by the planner",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.add(l.receipt(Stage::pull), l.planner);
       }},
      {"other content",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.work_order.set_title("other");
         l.pass(Stage::pull);
       }},
      {"resume of what runs",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.resume_at(Stage::pull);
         l.entries.pop_back();
       }},
      {"dispatch to a later stage",
       [](SampleLog& l) {
         l.accept("wo-1");
         l.fail_at(Stage::pull, "F1.1");
         l.resume_at(Stage::build);
       }},
  };
  for (const Wrong& c : cases) {
    SampleLog sample;
    c.make(sample);
    MemorySource source(sample.entries);
    const auto report = *verify_log(sample.line, source.head(), source);
    ASSERT_FALSE(report.passed()) << c.name;
    EXPECT_EQ(report.fault->index, source.stored.size() - 1) << c.name << ": " << report.fault->sentence();
  }
}

TEST_F(ChainTest, AnotherLinesLogIsRefused) {
  log.accept("wo-1");
  MemorySource source(log.entries);
  EXPECT_FALSE(verify_log(LineName::literal("other"), source.head(), source)->passed());
  auto without_genesis = log.entries;
  without_genesis.erase(without_genesis.begin());
  MemorySource headless(without_genesis);
  EXPECT_FALSE(verify_log(log.line, headless.head(), headless)->passed());
}

TEST_F(ChainTest, AWorkOrderThatIsNotThereIsAFault) {
  MemorySource source(log.entries);
  const auto report = *verify_work_order(log.line, source.head(), "wo-7", source);
  ASSERT_FALSE(report.passed());
  EXPECT_EQ(report.fault->work_order, "wo-7");
  EXPECT_EQ(to_json(report)["verdict"], "FAIL");
}

TEST_F(ChainTest, ClosedWorkOrdersAreHandedOverAsTheyClose) {
  log.run_whole("wo-1");
  log.accept("wo-2");
  MemorySource source(log.entries);
  std::map<std::string, ChainState> seen;
  const auto report = *verify_log(log.line, source.head(), source,
                                  [&](const WorkOrderChain& chain) { seen[chain.work_order] = chain.state; });
  EXPECT_TRUE(report.passed() && report.chains.empty());
  EXPECT_EQ(seen,
            (std::map<std::string, ChainState>{{"wo-1", ChainState::done}, {"wo-2", ChainState::open}}));
}

}  // namespace
}  // namespace tcps::ledger
