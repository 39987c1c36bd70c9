// A witness of transparency logs, as C2SP tlog-witness has it: what add-checkpoint answers. Remembers per log
// the newest checkpoint that it cosigned, and cosigns another one only when that continues it. Pure rules:
// the caller cosigns, keeps and answers, in this order, one request at a time.
//
// https://github.com/C2SP/C2SP/blob/main/tlog-witness.md
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/ledger/tlog/checkpoint.h"
#include "actors/ledger/tlog/note.h"
#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::tlog {

inline constexpr size_t witness_proof_lines_max = 63;
inline constexpr size_t add_checkpoint_bytes_max = note_bytes_max + 8192;

// The body of add-checkpoint: "old <size>", proof lines, an empty line, the checkpoint.
struct AddCheckpoint {
  uint64_t old_size = 0;
  std::vector<Digest> proof;
  SignedCheckpoint checkpoint;

  static Result<AddCheckpoint> parse(BytesView body);  // Errors: invalid
  Bytes encode() const;
};

struct WitnessAnswer {
  unsigned status = 200;  // 200: cosign it, keep it, then answer with the cosignature
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;  // of a refusal
};

class Witness {
 public:
  // A log is known by its keys, whose name is its origin. Errors: invalid (a key of type 4).
  static Result<Witness> make(const std::vector<NoteKey>& log_keys);

  std::vector<std::string> origins() const;
  // What was kept before. Errors: invalid (of a log that is not known).
  Status restore(const Checkpoint& cosigned);
  // The size of the newest checkpoint cosigned; 0 before the first.
  uint64_t size_of(const std::string& origin) const;

  WitnessAnswer judge(const AddCheckpoint& request) const;
  // Of a request that was refused: in what way the log, whose key signed it, shows another log than the one
  // that was cosigned, or a shorter one. Nothing, when the request says nothing of the kind.
  std::optional<std::string> contradiction(const AddCheckpoint& request) const;
  // The request was judged good, cosigned and kept: asserted.
  void advance(const AddCheckpoint& request);

 private:
  struct Log {
    std::vector<NoteKey> keys;
    uint64_t size = 0;
    Digest root;
    bool trusts(const Note& note) const;
  };
  std::map<std::string, Log> logs_;
};

}  // namespace tcps::tlog
