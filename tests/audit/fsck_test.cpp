// tcps-audit fsck on stores that are sound, damaged, and rewritten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/ledger/chain/testing/sample_bundle.h"
#include "actors/ledger/store/checked_row.h"
#include "actors/ledger/store/key_value/key_value_store.h"
#include "actors/ledger/store/ledger_store.h"
#include "actors/ledger/store/testing/sample_group.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "tests/audit/audit_process.h"
#include "tests/support/factory_process.h"

namespace tcps::test {
namespace {

using ledger::KeyValueStore;
using ledger::SampleLog;
using ledger::Table;
using ::testing::HasSubstr;

void write_store(const std::string& folder, SampleLog& log, const tlog::SignedCheckpoint& checkpoint) {
  ledger::StoreOptions options;
  options.data_folder = folder;
  auto store = ledger::LedgerStore::open(options);
  ASSERT_TRUE(store.has_value()) << store.error().message;
  ASSERT_TRUE((*store)->append(group_of(log)).has_value());
  const auto added = (*store)->add_checkpoint(checkpoint);
  ASSERT_TRUE(added.has_value()) << added.error().message;
}

class AuditFsck : public testing::Test {
 protected:
  AuditFsck() {
    for (int i = 0; i < 30; ++i) log.run_whole("wo-" + std::to_string(i));
    write_store(data, log, ledger::signed_head_of(log));
    write_whole(kept, ledger::signed_head_of(log).note.encode());
  }
  Ran fsck(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"fsck", data});
    return run_audit(arguments);
  }
  Ran fsck() { return fsck({"--checkpoint", kept, "--key", ledger::replica_key(log).format()}); }
  // Changes rows below all checks of the ledger.
  void change(const std::function<void(KeyValueStore&, ledger::WriteGroup&)>& make) {
    auto tables = ledger::open_key_value_store({data + "/ledger"});
    ASSERT_TRUE(tables.has_value()) << tables.error().message;
    ledger::WriteGroup group;
    make(**tables, group);
    ASSERT_TRUE((*tables)->write(group).has_value());
  }
  void flip(Table table, const Bytes& key, size_t at) {
    change([&](KeyValueStore& tables, ledger::WriteGroup& group) {
      Bytes value = **tables.get(table, key);
      value.at(at) = static_cast<char>(value[at] ^ 1);
      group.put(table, key, value);
    });
  }
  void expect_fault(const std::string& what) {
    const Ran ran = fsck();
    EXPECT_EQ(ran.exit_code, 1) << ran.out << ran.err;
    EXPECT_THAT(ran.out + ran.err, HasSubstr(what));
  }

  SampleLog log;
  TemporaryFolder folder;
  std::string data = folder.path() + "/replica", kept = folder.path() + "/kept";
};

TEST_F(AuditFsck, ASoundReplicaPasses) {
  const Ran ran = fsck({"--json", "--checkpoint", kept, "--key", ledger::replica_key(log).format()});
  ASSERT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  const auto document = ran.document();
  EXPECT_EQ(document["verdict"], "PASS");
  EXPECT_EQ(document["entries"], 331);
  EXPECT_EQ(document["receipts"], 300);
  EXPECT_EQ(document["covered"], 331);
  EXPECT_EQ(document["tiles"], 3) << "two of leaves, one of their parents";
  EXPECT_EQ(document["checkpoints"], 1);
  EXPECT_GT(document["index_items"], 2900);
  EXPECT_THAT(fsck().out, HasSubstr("Replica check: PASS"));
  for (const char* threads : {"1", "7"}) EXPECT_EQ(fsck({"--threads", threads}).exit_code, 0);
}

TEST_F(AuditFsck, WarnsWhenItMustStartFromWhatLiesBesideTheStore) {
  const Ran ran = fsck({});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, HasSubstr("give a checkpoint that you keep elsewhere"));
  EXPECT_THAT(ran.err, HasSubstr("no --key"));
  EXPECT_EQ(
      fsck({"--checkpoint", kept, "--key", ledger::replica_key(*std::make_unique<SampleLog>()).format()})
          .exit_code,
      1);
}

TEST_F(AuditFsck, NamesWorkOrderAndStageOfADamagedEntry) {
  flip(Table::entries, ledger::big_endian(7), 300);
  expect_fault("work order wo-0, stage build (entry 7)");
}

TEST_F(AuditFsck, AMissingEntryIsFound) {
  change([](KeyValueStore&, ledger::WriteGroup& group) {
    group.remove(Table::entries, ledger::big_endian(200));
  });
  expect_fault("entry 200");
}

TEST_F(AuditFsck, ADamagedTileIsFound) {
  const Bytes first_tile = Bytes(1, '\0') + ledger::big_endian(0);
  flip(Table::tiles, first_tile, 32 * 100);
  expect_fault("tile/0/000 does not have the root that the tile above it holds");
}

TEST_F(AuditFsck, ADamagedSummaryIsFound) {
  change([](KeyValueStore& tables, ledger::WriteGroup& group) {
    auto facets = *ledger::decode_facets(**tables.get(Table::indexes, ledger::summary_key(9)));
    facets.node = "node-9";
    group.put(Table::indexes, ledger::summary_key(9), ledger::encode_facets(facets));
  });
  expect_fault("entry 9): its summary in the index is not what the message says");
}

TEST_F(AuditFsck, IndexRowsThatAreMissingOrTooManyAreFound) {
  const Bytes row = ledger::index_key(ledger::index_prefix(ledger::IndexTag::node, "node-9"), {1, 5});
  change([&](KeyValueStore&, ledger::WriteGroup& group) { group.put(Table::indexes, row, {}); });
  expect_fault("the index has");
  change([&](KeyValueStore&, ledger::WriteGroup& group) { group.remove(Table::indexes, row); });
  EXPECT_EQ(fsck().exit_code, 0);
  change([&](KeyValueStore&, ledger::WriteGroup& group) {
    group.remove(Table::indexes, ledger::payload_key(log.entries[40].message.payload_digest));
  });
  expect_fault("the index has");
}

TEST_F(AuditFsck, AStoredCheckpointThatIsForgedIsFound) {
  auto stranger = PrivateKey::generate();
  const auto head = ledger::head_of(log);
  const auto key = *tlog::NoteKey::make(head.origin, tlog::NoteKeyType::ed25519, stranger.public_key());
  const auto forged = *tlog::sign_checkpoint(head, key, stranger);
  change([&](KeyValueStore&, ledger::WriteGroup& group) {
    const Bytes key = ledger::big_endian(head.size);
    group.put(Table::checkpoints, key, ledger::checked_row(key, forged.note.encode()));
  });
  expect_fault("is signed by nobody whom the log names");
}

TEST_F(AuditFsck, AWholeStoreRewrittenWithTheNodesOwnKeysIsRefusedByAKeptCheckpoint) {
  SampleLog rewritten = log;
  rewritten.entries.resize(12);
  rewritten.sequence = 12;
  for (int i = 100; i < 129; ++i) rewritten.run_whole("wo-" + std::to_string(i));
  data = folder.path() + "/rewritten";
  write_store(data, rewritten, ledger::signed_head_of(rewritten));
  EXPECT_EQ(fsck({"--key", ledger::replica_key(log).format()}).exit_code, 0)
      << "nothing beside the store can tell";
  expect_fault("the checkpoint says");
}

TEST_F(AuditFsck, AStoreThatWasCutShortIsRefused) {
  SampleLog shorter = log;
  shorter.entries.resize(100);
  data = folder.path() + "/short";
  write_store(data, shorter, ledger::signed_head_of(shorter));
  expect_fault("the end was cut off");
}

TEST_F(AuditFsck, KeysCountFromTheirPlaceOn) {
  auto second = PrivateKey::generate();
  proto::KeyAdded added;
  *added.mutable_key() = SampleLog::entry_of(second, "node-2", "intake");
  log.add(added, log.root);
  std::swap(log.intake, second);
  for (int i = 100; i < 110; ++i) log.run_whole("wo-" + std::to_string(i));
  data = folder.path() + "/rotated";
  write_store(data, log, ledger::signed_head_of(log));
  EXPECT_EQ(fsck({}).exit_code, 0);

  SampleLog revoking = log;
  proto::KeyRevoked revoked;
  revoked.set_key_id(log.intake.public_key().id().to_string());
  revoking.add(revoked, log.root);
  revoking.accept("wo-late");
  data = folder.path() + "/revoked";
  write_store(data, revoking, ledger::signed_head_of(revoking));
  const Ran ran = fsck({});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, HasSubstr("does not count at this position"));
}

TEST_F(AuditFsck, SaysWhereItFindsNoLedger) {
  EXPECT_EQ(run_audit({"fsck", folder.path() + "/gone"}).exit_code, 2);
  EXPECT_EQ(run_audit({"fsck"}).exit_code, 2);
  std::filesystem::remove(data + "/checkpoint");
  EXPECT_THAT(fsck({}).err, HasSubstr("there is nothing to start from"));
}

}  // namespace
}  // namespace tcps::test
