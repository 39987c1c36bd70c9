// What a replica remembers outside its store, in plain files beside it: the newest certified checkpoint, so
// that a store which was rolled back, cut short or rewritten is noticed (RocksDB drops a damaged end of its
// log in silence); and the replica's own last word on a tree head, which binds it.
#pragma once

#include <optional>
#include <string>

#include "actors/ledger/tlog/checkpoint.h"
#include "messages/result.h"

namespace tcps::tlog {

std::string outside_checkpoint_path(const std::string& data_folder);

// Nothing when the file is not there. Errors: corrupt (unreadable as a checkpoint), io.
Result<std::optional<SignedCheckpoint>> read_outside_checkpoint(const std::string& data_folder);

// The file holds the old checkpoint or the new one whatever happens, and the new one for good when this has
// returned. Errors: full, io.
Status write_outside_checkpoint(const std::string& data_folder, const SignedCheckpoint& checkpoint);

// The greatest tree head that this replica signed, as proposer or cosigner: written before the word is sent,
// with the same guarantees and errors.
std::string last_word_path(const std::string& data_folder);
Result<std::optional<SignedCheckpoint>> read_last_word(const std::string& data_folder);
Status write_last_word(const std::string& data_folder, const SignedCheckpoint& word);

}  // namespace tcps::tlog
