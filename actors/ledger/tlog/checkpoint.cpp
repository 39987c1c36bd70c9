#include "actors/ledger/tlog/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "messages/text.h"

namespace tcps::tlog {
namespace {

constexpr size_t extensions_max = 64;

bool is_line(std::string_view text) { return !text.empty() && text.find('\n') == std::string_view::npos; }

tl::unexpected<Error> bad_checkpoint(const std::string& why) {
  return fail(ErrorCode::invalid, "the checkpoint " + why);
}

// Takes the next line off `text`; nothing when there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string Checkpoint::body() const {
  TCPS_CHECK(is_line(origin));
  std::string text = fmt::format("{}\n{}\n{}\n", origin, size, to_base64(root.raw()));
  for (const std::string& extension : extensions) {
    TCPS_CHECK(is_line(extension));
    text += extension + "\n";
  }
  return text;
}

Result<Checkpoint> Checkpoint::parse(std::string_view body) {
  Checkpoint checkpoint;
  std::string_view rest = body;
  const auto origin = take_line(rest);
  const auto size = take_line(rest);
  const auto root = take_line(rest);
  if (!origin || !size || !root) return bad_checkpoint("has fewer than three lines");
  checkpoint.origin = *origin;
  const auto number = whole_number(*size);
  if (!number) return bad_checkpoint("has a size that is not a number");
  checkpoint.size = *number;
  auto raw = from_base64(*root);
  auto digest = raw ? Digest::from_raw(*raw) : Result<Digest>(tl::unexpect, raw.error());
  if (!digest) return bad_checkpoint("has a root that is not base64 of 32 bytes");
  checkpoint.root = *digest;
  while (const auto line = take_line(rest)) {
    if (checkpoint.extensions.size() == extensions_max)
      return bad_checkpoint("has more than 64 extension lines");
    checkpoint.extensions.emplace_back(*line);
  }
  const bool lines_good =
      is_line(checkpoint.origin) && std::all_of(checkpoint.extensions.begin(), checkpoint.extensions.end(),
                                                [](const std::string& line) { return is_line(line); });
  // Writing it again settles leading zeros, padding and a missing last newline.
  if (!lines_good || checkpoint.body() != body) return bad_checkpoint("is not in its one canonical form");
  return checkpoint;
}

std::string checkpoint_origin(const LineName& line, const Digest& genesis) {
  return fmt::format("tcps.dev/{}/{}", line.str(), genesis.hex().substr(0, 16));
}

Result<SignedCheckpoint> SignedCheckpoint::parse(BytesView bytes) {
  auto note = TCPS_TRY(Note::parse(bytes));
  auto checkpoint = TCPS_TRY(Checkpoint::parse(note.text));
  return SignedCheckpoint{std::move(checkpoint), std::move(note)};
}

Result<SignedCheckpoint> sign_checkpoint(const Checkpoint& checkpoint, const NoteKey& key, Signer& signer) {
  Note note{checkpoint.body(), {}};
  auto signature = TCPS_TRY(sign_note(note.text, key, signer));
  note.signatures.push_back(std::move(signature));
  return SignedCheckpoint{checkpoint, std::move(note)};
}

}  // namespace tcps::tlog
