// What was certified is in the log that a stopped replica's folder holds.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "actors/ledger/replication/line_log.h"
#include "actors/ledger/replication/rebuild.h"
#include "actors/ledger/store/ledger_store.h"

namespace tcps::test {

// Every certificate that was ever heard is of a prefix of the log, and the last one is vouched for by a
// majority of the replicas that the log names.
inline void expect_holds_certified(const std::string& line_folder,
                                   const std::vector<tlog::SignedCheckpoint>& certificates) {
  auto store = ledger::LedgerStore::open({.data_folder = line_folder, .read_only = true});
  ASSERT_TRUE(store) << store.error().message;
  auto fold = ledger::rebuild_fold(**store, LineName::literal("chaos"), line::LineState::verify_directly);
  ASSERT_TRUE(fold) << fold.error().message;
  ASSERT_FALSE(certificates.empty());
  for (const auto& certificate : certificates) {
    auto root = (*store)->root(certificate.checkpoint.size);
    ASSERT_TRUE(root) << root.error().message;
    EXPECT_EQ(*root, certificate.checkpoint.root) << "at " << certificate.checkpoint.size << " entries";
  }
  const auto replicas = ledger::registered_replicas(*fold).set();
  EXPECT_TRUE(ledger::is_certified(certificates.back(), replicas)) << certificates.back().note.encode();
}

}  // namespace tcps::test
