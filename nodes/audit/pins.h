// What an auditor pins outside of what is checked, as options of a command and as rules take it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/ledger/chain/bundle.h"
#include "nodes/audit/program.h"

namespace tcps::audit {

struct PinOptions {
  std::vector<std::string> keys;  // verifier keys, or files of them, one a line
  size_t keys_needed = 0;
  std::string checkpoint;  // file
  std::string genesis;

  void add_key_options(CLI::App* command);
  void add_all_options(CLI::App* command);
};

// Each text is a verifier key ("name+id+base64") or the path of a file with one a line; lines that are empty
// or start with '#' are skipped. Errors: invalid (also a file that holds no key), not_found.
Result<std::vector<tlog::NoteKey>> read_keys(const std::vector<std::string>& texts);
// Errors: invalid, not_found.
Result<tlog::SignedCheckpoint> read_checkpoint(const std::string& path);
// A pinned checkpoint must be signed by a pinned key where there are any. Errors: invalid, not_found.
Result<ledger::BundlePins> read_pins(const PinOptions& options);

bool signed_by(const tlog::Note& note, const tlog::NoteKey& key);

}  // namespace tcps::audit
