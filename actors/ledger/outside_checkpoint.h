// The newest checkpoint, kept in a plain file beside the store, so that a store which was rolled back, cut
// short or rewritten is noticed: RocksDB drops a damaged end of its log in silence.
#pragma once

#include <optional>
#include <string>

#include "actors/ledger/checkpoint.h"
#include "messages/result.h"

namespace tcps::ledger {

std::string outside_checkpoint_path(const std::string& data_folder);

// Nothing when the file is not there. Errors: corrupt (unreadable as a checkpoint), io.
Result<std::optional<merkle::SignedCheckpoint>> read_outside_checkpoint(const std::string& data_folder);

// The file holds the old checkpoint or the new one whatever happens, and the new one for good when this has
// returned. Errors: full, io.
Status write_outside_checkpoint(const std::string& data_folder, const merkle::SignedCheckpoint& checkpoint);

}  // namespace tcps::ledger
