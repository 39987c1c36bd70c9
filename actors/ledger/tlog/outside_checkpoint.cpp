#include "actors/ledger/tlog/outside_checkpoint.h"

#include <fmt/format.h>

#include "messages/files.h"

namespace tcps::tlog {
namespace {

Result<std::optional<SignedCheckpoint>> read_note_file(const std::string& path) {
  auto bytes = read_file(path, note_bytes_max);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return std::nullopt;
  // A folder in its place is not what a caller gave wrongly: the disk is not as this node left it.
  if (!bytes && bytes.error().code == ErrorCode::invalid) return fail(ErrorCode::io, bytes.error().message);
  if (!bytes && bytes.error().code != ErrorCode::full) return fail(bytes.error());
  auto checkpoint = SignedCheckpoint::parse(bytes ? *bytes : Bytes());  // none is that long
  if (!checkpoint) {
    return fail(ErrorCode::corrupt, fmt::format("{}: {}: bring the file back from a peer or a backup", path,
                                                checkpoint.error().message));
  }
  return std::optional(std::move(*checkpoint));
}

}  // namespace

std::string outside_checkpoint_path(const std::string& data_folder) { return data_folder + "/checkpoint"; }
std::string last_word_path(const std::string& data_folder) { return data_folder + "/signed"; }

Result<std::optional<SignedCheckpoint>> read_outside_checkpoint(const std::string& data_folder) {
  return read_note_file(outside_checkpoint_path(data_folder));
}
Status write_outside_checkpoint(const std::string& data_folder, const SignedCheckpoint& checkpoint) {
  return replace_file(outside_checkpoint_path(data_folder), checkpoint.note.encode());
}

Result<std::optional<SignedCheckpoint>> read_last_word(const std::string& data_folder) {
  return read_note_file(last_word_path(data_folder));
}
Status write_last_word(const std::string& data_folder, const SignedCheckpoint& word) {
  return replace_file(last_word_path(data_folder), word.note.encode());
}

}  // namespace tcps::tlog
