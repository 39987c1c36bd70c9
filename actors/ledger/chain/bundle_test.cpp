#include "actors/ledger/chain/bundle.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/chain/testing/sample_bundle.h"
#include "messages/canonical_json.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

class BundleTest : public testing::Test {
 protected:
  BundleTest() {
    log.run_whole("wo-0");
    log.run_whole("wo-1");
  }
  BundlePins pins() {
    BundlePins pins;
    pins.keys = {replica_key(log)};
    pins.genesis = log.entries.front().message.payload_digest;
    return pins;
  }
  // What is wrong, or "" when it passes.
  static std::string fault_of(BytesView bytes, const BundlePins& pins) {
    auto bundle = Bundle::decode(bytes);
    if (!bundle) return bundle.error().message;
    const auto report = verify_bundle(*bundle, pins);
    return report.passed() ? "" : report.fault.value_or("unpinned");
  }
  std::string fault_of(const Bundle& bundle) { return fault_of(bundle.encode(), pins()); }

  SampleLog log;
};

TEST_F(BundleTest, TellsWhatItChecked) {
  const auto report = verify_bundle(*Bundle::decode(bundle_of(log, "wo-1").encode()), pins());
  ASSERT_TRUE(report.passed()) << *report.fault;
  EXPECT_EQ(report.verdict(), "PASS");
  EXPECT_EQ(report.messages.size(), 12u);
  EXPECT_EQ(report.chain.receipts, 10u);
  EXPECT_EQ(report.signed_by, 1u);
  EXPECT_EQ(report.replicas, 1u);
  EXPECT_EQ(report.checkpoint.size, 23u);
  const json document = to_json(report);
  EXPECT_EQ(document["chain"]["state"], "done");
  EXPECT_EQ(document["checked"].size(), 8u) << document["checked"];
}

TEST_F(BundleTest, IsNotTrustedWithoutAPin) {
  const auto report = verify_bundle(bundle_of(log, "wo-1"), {});
  EXPECT_FALSE(report.passed());
  EXPECT_FALSE(report.fault);
  EXPECT_EQ(report.verdict(), "UNPINNED");
  EXPECT_EQ(to_json(report)["genesis"], log.genesis_digest);
}

TEST_F(BundleTest, HoldsEnvelopesThatOtherToolsRead) {
  const json document = json::parse(bundle_of(log, "wo-1").encode());
  const json& envelope = document["entries"][1]["envelope"];
  EXPECT_EQ(envelope["payloadType"], "application/vnd.in-toto+json");
  EXPECT_EQ(canonical_json(envelope), log.entries[12].envelope);
}

// Over a small log: genesis, acceptance, one receipt.
TEST(Bundle, EveryFlippedBitIsFoundOut) {
  SampleLog log;
  log.accept("wo-1");
  log.pass(Stage::pull);
  Bundle bundle = bundle_of(log, "wo-1", 2);
  bundle.state = "open";
  BundlePins pins;
  pins.keys = {replica_key(log)};
  const Bytes good = bundle.encode();
  const auto passes = [&](BytesView bytes) {
    const auto read = Bundle::decode(bytes);
    return read && verify_bundle(*read, pins).passed();
  };
  ASSERT_TRUE(passes(good));
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(passes(bytes)) << "bit " << bit % 8 << " of byte " << bit / 8 << ": "
                                << bytes.substr(bit / 8, 40);
  }
}

TEST_F(BundleTest, EveryTruncationIsFoundOut) {
  const Bytes good = bundle_of(log, "wo-1").encode();
  for (size_t size = 0; size < good.size(); ++size)
    ASSERT_FALSE(Bundle::decode(BytesView(good).substr(0, size)).has_value()) << size;
}

// Every place in the document where a value stands.
std::vector<json::json_pointer> places_of(const json& document) {
  std::vector<json::json_pointer> places;
  const json flat = document.flatten();
  for (const auto& [path, value] : flat.items()) {
    for (json::json_pointer place(path); !place.empty(); place.pop_back()) {
      if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
    }
  }
  return places;
}

TEST_F(BundleTest, EveryRemovedDoubledSwappedOrForeignFieldIsFoundOut) {
  const BundlePins pins = this->pins();
  const json good = json::parse(bundle_of(log, "wo-1", 5).encode());
  const json other = json::parse(bundle_of(log, "wo-0", 4).encode());
  const auto detected = [&](const json& changed) {
    return !fault_of(canonical_json(changed) + "\n", pins).empty();
  };
  ASSERT_FALSE(detected(good));
  size_t tried = 0;
  for (const auto& place : places_of(good)) {
    const json::json_pointer parent = place.parent_pointer();
    if (place.to_string() == "/continues") continue;  // may be absent
    json removed = good;
    if (removed[parent].is_array()) {
      removed[parent].erase(std::stoul(place.back()));
    } else {
      removed[parent].erase(place.back());
    }
    EXPECT_TRUE(detected(removed)) << "without " << place;
    ++tried;
    if (other.contains(place) && other[place] != good[place]) {
      json foreign = good;
      foreign[place] = other[place];
      EXPECT_TRUE(detected(foreign)) << "foreign " << place;
    }
    if (!good[parent].is_array()) continue;
    const size_t index = std::stoul(place.back());
    json doubled = good;
    doubled[parent].insert(doubled[parent].begin() + static_cast<ptrdiff_t>(index), good[place]);
    EXPECT_TRUE(detected(doubled)) << "doubled " << place;
    if (index + 1 < good[parent].size() && good[parent][index] != good[parent][index + 1]) {
      json swapped = good;
      std::swap(swapped[parent][index], swapped[parent][index + 1]);
      EXPECT_TRUE(detected(swapped)) << "swapped " << place;
    }
  }
  EXPECT_GT(tried, 150u);
}

TEST_F(BundleTest, AnotherLogUnderTheSameNamesIsRefusedByEveryPin) {
  SampleLog forged;
  forged.run_whole("wo-0");
  forged.run_whole("wo-1");
  const Bundle bundle = bundle_of(forged, "wo-1");
  BundlePins genesis, key, checkpoint;
  genesis.genesis = pins().genesis;
  key.keys = pins().keys;
  checkpoint.checkpoint = head_of(log);
  for (const BundlePins& pin : {genesis, key, checkpoint}) EXPECT_FALSE(verify_bundle(bundle, pin).passed());
}

TEST_F(BundleTest, AHistoryRewrittenWithTheNodesOwnKeysIsRefusedByThePinnedCheckpoint) {
  const tlog::Checkpoint pinned = head_of(log);
  SampleLog rewritten = log;  // the same keys and genesis
  rewritten.entries.resize(12);
  rewritten.sequence = 12;
  rewritten.run_whole("wo-2");
  rewritten.run_whole("wo-1");
  BundlePins pins = this->pins();
  EXPECT_EQ(fault_of(bundle_of(rewritten, "wo-1").encode(), pins), "");  // nothing else could tell
  pins.checkpoint = pinned;
  EXPECT_NE(fault_of(bundle_of(rewritten, "wo-1").encode(), pins).find("does not prove that it continues"),
            std::string::npos);
  EXPECT_NE(fault_of(bundle_of(rewritten, "wo-1", pinned.size).encode(), pins).find("the log was rewritten"),
            std::string::npos);
  log.run_whole("wo-2");
  EXPECT_EQ(fault_of(bundle_of(log, "wo-1", pinned.size).encode(), pins), "");
}

TEST_F(BundleTest, AWitnessMustHaveSignedWhenItsKeyIsPinned) {
  auto witness = PrivateKey::generate();
  const auto key =
      *tlog::NoteKey::make("witness.example", tlog::NoteKeyType::cosignature, witness.public_key());
  BundlePins pins = this->pins();
  pins.keys.push_back(key);
  Bundle bundle = bundle_of(log, "wo-1");
  EXPECT_EQ(fault_of(bundle.encode(), pins),
            "the checkpoint carries good signatures of 1 pinned keys, 2 are needed");
  pins.keys_needed = 1;
  EXPECT_EQ(fault_of(bundle.encode(), pins), "");
  pins.keys_needed = 2;
  auto& note = bundle.checkpoint.note;
  note.signatures.push_back(*tlog::cosign_note(note.text, key, 1'800'000'000, witness));
  EXPECT_EQ(fault_of(bundle.encode(), pins), "");
  EXPECT_NE(fault_of(bundle).find("neither listed in its place nor pinned"), std::string::npos);
}

TEST_F(BundleTest, AMinorityOfReplicasDoesNotCertify) {
  for (int i = 0; i < 2; ++i) {
    proto::KeyAdded added;
    *added.mutable_key() = SampleLog::entry_of(PrivateKey::generate(), "node-9", "replica");
    log.add(added, log.root);
  }
  BundlePins pins;
  pins.genesis = this->pins().genesis;
  EXPECT_NE(fault_of(bundle_of(log, "wo-1").encode(), pins).find("only 1 of 3 replicas"), std::string::npos);
  EXPECT_EQ(fault_of(bundle_of(log, "wo-1")), "") << "a pinned key is enough";
}

TEST_F(BundleTest, ARevokedReplicaDoesNotVouch) {
  proto::KeyRevoked revoked;
  revoked.set_key_id(log.replica.public_key().id().to_string());
  log.add(revoked, log.root);
  EXPECT_NE(fault_of(bundle_of(log, "wo-1")).find("is no replica's"), std::string::npos);
}

TEST_F(BundleTest, EntriesBeyondTheCheckpointOrAboutOthersAreRefused) {
  Bundle bundle = bundle_of(log, "wo-1");
  Bundle foreign = bundle;
  foreign.entries.insert(foreign.entries.begin() + 1, bundle_of(log, "wo-0").entries[1]);
  EXPECT_EQ(fault_of(foreign), "entry 1: it is not about work order wo-1");
  Bundle renamed = bundle;
  renamed.work_order = "wo-2";
  EXPECT_EQ(fault_of(renamed), "entry 12: it is not about work order wo-2");
  const auto older = signed_head_of(log);
  log.run_whole("wo-2");
  Bundle late = bundle_of(log, "wo-2");
  late.checkpoint = older;
  EXPECT_EQ(fault_of(late), "entry 23: the checkpoint covers 23 entries only");
}

TEST_F(BundleTest, AnswersToTheWorkOrdersOwnCallsBelongToIt) {
  const auto call = [&](const char* id, const char* work_order) {
    proto::AndonRaised raised;
    raised.set_andon_id(id);
    raised.set_work_order_id(work_order);
    log.add(raised, log.station);
  };
  const auto resolve = [&](const char* id) {
    proto::AndonResolved resolved;
    resolved.set_andon_id(id);
    resolved.set_disposition("resume");
    log.add(resolved, log.person);
  };
  log.accept("wo-2");
  log.pass(Stage::pull);
  log.pass(Stage::plan);
  log.fail_at(Stage::generate, "F3.1");
  call("call-2", "wo-2");
  resolve("call-2");
  proto::Dispatch dispatch;
  dispatch.set_work_order_id("wo-2");
  dispatch.set_attempt(++log.attempt);
  dispatch.mutable_next()->set_stage("generate");
  dispatch.mutable_next()->set_pool("any");
  dispatch.set_predecessor(log.passed.to_string());
  log.add(dispatch, log.planner);
  for (Stage stage : all_stages) {
    if (stage >= Stage::generate) log.pass(stage);
  }
  const Bundle good = bundle_of(log, "wo-2");
  EXPECT_EQ(fault_of(good), "");
  const auto report = verify_bundle(good, pins());
  EXPECT_TRUE(std::any_of(report.messages.begin(), report.messages.end(), [](const BundleMessage& entry) {
    return std::holds_alternative<proto::AndonResolved>(entry.message.predicate);
  }));
  resolve("call-9");
  EXPECT_NE(fault_of(bundle_of(log, "wo-2")).find("it is not about work order wo-2"), std::string::npos);
}

TEST_F(BundleTest, SignaturesOfStrangersAreTakenOff) {
  auto stranger = PrivateKey::generate();
  auto note = signed_head_of(log).note;
  const auto key = *tlog::NoteKey::make("x", tlog::NoteKeyType::ed25519, stranger.public_key());
  note.signatures.insert(note.signatures.begin(), *tlog::sign_note(note.text, key, stranger));
  const auto keys = keep_signatures_of(note, {log.replica.public_key()});
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].format(), replica_key(log).format());
  EXPECT_EQ(note.signatures.size(), 1u);
}

}  // namespace
}  // namespace tcps::ledger
