// C2SP tlog checkpoints: the head of a log at one size, as the text of a signed note (note.h). A line's
// checkpoint is signed by the node that proposes it and cosigned by the replicas that reached the same root.
// Pure rules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/ledger/tlog/note.h"
#include "messages/digest.h"
#include "messages/ids.h"
#include "messages/result.h"

namespace tcps::tlog {

struct Checkpoint {
  std::string origin;  // names the log, one line
  uint64_t size = 0;
  Digest root;
  std::vector<std::string> extensions;  // opaque lines of the origin, usually none

  // "<origin>\n<size>\n<base64 root>\n[<extension>\n...]". Origin and extensions are non-empty lines:
  // asserted.
  std::string body() const;
  // Errors: invalid.
  static Result<Checkpoint> parse(std::string_view body);

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// "tcps.dev/<line>/<first 16 hex digits of the genesis payload digest>": another genesis is another log.
std::string checkpoint_origin(const LineName& line, const Digest& genesis);

struct SignedCheckpoint {
  Checkpoint checkpoint;
  Note note;  // its text is the checkpoint's body

  // Errors: invalid. Form only: ask verify_note() and cosigned_at() of the note.
  static Result<SignedCheckpoint> parse(BytesView bytes);
};

// `key` is the signer's, of type 1: asserted. Errors: unavailable (signer).
Result<SignedCheckpoint> sign_checkpoint(const Checkpoint& checkpoint, const NoteKey& key, Signer& signer);

}  // namespace tcps::tlog
