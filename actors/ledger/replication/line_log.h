// One line's log on this node: its folder, the ledger store, and the fold rebuilt from it.
#pragma once

#include <memory>
#include <string>

#include "actors/ledger/certification/pinned_key.h"
#include "actors/ledger/store/ledger_store.h"
#include "actors/line/following/shared_line.h"
#include "actors/line/following/signature_memo.h"

namespace tcps::ledger {

struct LineLog {
  std::string folder;
  std::shared_ptr<LedgerStore> store;
  std::shared_ptr<line::SignatureMemo> memo;
  std::shared_ptr<line::SharedLine> line;
  uint64_t follow_from = 1;
};

std::string line_folder(const std::string& data_folder, const LineName& line);

// `pinned`: where it is not empty, the checkpoint kept beside the store must be signed by one of these
// replicas, whose words are then what the store is held against. Errors: those of the store; corrupt, when
// the fold refuses what the ledger holds.
Result<LineLog> open_line_log(const std::string& data_folder, const LineName& line,
                              const std::vector<PinnedKey>& pinned = {});

// The fold of a store: its newest snapshot and all entries after it.
Result<line::LineState> rebuild_fold(LedgerStore& store, const LineName& line, line::SignatureCheck check);

}  // namespace tcps::ledger
