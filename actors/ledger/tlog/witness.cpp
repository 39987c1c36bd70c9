#include "actors/ledger/tlog/witness.h"

#include <fmt/format.h>

#include <algorithm>

#include "actors/ledger/tlog/merkle.h"
#include "messages/text.h"

namespace tcps::tlog {
namespace {

constexpr std::string_view old_mark = "old ";
constexpr const char* size_type = "text/x.tlog.size";

tl::unexpected<Error> bad(const std::string& what) {
  return fail(ErrorCode::invalid, "add-checkpoint: " + what);
}

WitnessAnswer refusal(unsigned status, std::string why) {
  WitnessAnswer answer;
  answer.status = status;
  answer.body = std::move(why) + "\n";
  return answer;
}

WitnessAnswer conflict(uint64_t size) { return {409, size_type, fmt::format("{}\n", size)}; }

Result<uint64_t> parse_old_size(std::string_view line) {
  if (!line.starts_with(old_mark)) return bad("the first line must be 'old <size>'");
  line.remove_prefix(old_mark.size());
  const auto size = whole_number(line);
  if (!size || std::to_string(*size) != line)
    return bad("the old size must be a decimal number without leading zeroes");
  return *size;
}

}  // namespace

Result<AddCheckpoint> AddCheckpoint::parse(BytesView body) {
  if (body.size() > add_checkpoint_bytes_max) return bad("is too long");
  AddCheckpoint request;
  bool first = true;
  for (;;) {
    const size_t end = body.find('\n');
    if (end == BytesView::npos) return bad("has no empty line before the checkpoint");
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(end + 1);
    if (first) {
      request.old_size = TCPS_TRY(parse_old_size(line));
      first = false;
      continue;
    }
    if (line.empty()) break;
    if (request.proof.size() == witness_proof_lines_max) return bad("has more than 63 proof lines");
    auto raw = from_base64(line);
    auto hash =
        raw && to_base64(*raw) == line ? Digest::from_raw(*raw) : Result<Digest>(tl::unexpect, Error{});
    if (!hash) return bad("has a proof line that is not base64 of 32 bytes");
    request.proof.push_back(*hash);
  }
  auto checkpoint = SignedCheckpoint::parse(body);
  if (!checkpoint) return fail(checkpoint.error().at("add-checkpoint"));
  request.checkpoint = std::move(*checkpoint);
  return request;
}

Bytes AddCheckpoint::encode() const {
  Bytes body = fmt::format("old {}\n", old_size);
  for (const Digest& hash : proof) body += to_base64(hash.raw()) + "\n";
  return body + "\n" + checkpoint.note.encode();
}

Result<Witness> Witness::make(const std::vector<NoteKey>& log_keys) {
  Witness witness;
  for (const NoteKey& key : log_keys) {
    if (key.type() != NoteKeyType::ed25519)
      return fail(ErrorCode::invalid,
                  fmt::format("{}: is the key of a cosigner, not of a log", key.format()));
    Log& log = witness.logs_[key.name()];
    log.keys.push_back(key);
    log.root = empty_root();
  }
  return witness;
}

std::vector<std::string> Witness::origins() const {
  std::vector<std::string> names;
  for (const auto& [origin, log] : logs_) names.push_back(origin);
  return names;
}

Status Witness::restore(const Checkpoint& cosigned) {
  const auto log = logs_.find(cosigned.origin);
  if (log == logs_.end())
    return fail(ErrorCode::invalid, fmt::format("log {} is not known", cosigned.origin));
  log->second.size = cosigned.size;
  log->second.root = cosigned.root;
  return {};
}

uint64_t Witness::size_of(const std::string& origin) const {
  const auto log = logs_.find(origin);
  return log == logs_.end() ? 0 : log->second.size;
}

bool Witness::Log::trusts(const Note& note) const {
  return std::any_of(keys.begin(), keys.end(), [&](const NoteKey& key) { return verify_note(note, key); });
}

std::optional<std::string> Witness::contradiction(const AddCheckpoint& request) const {
  const Checkpoint& checkpoint = request.checkpoint.checkpoint;
  const auto found = logs_.find(checkpoint.origin);
  if (found == logs_.end() || !found->second.trusts(request.checkpoint.note)) return std::nullopt;
  const Log& log = found->second;
  if (checkpoint.size < log.size)
    return fmt::format(
        "ROLLBACK: {} shows a checkpoint of {} entries after one of {} was cosigned; unless it is an old "
        "one, the log was "
        "cut off",
        checkpoint.origin, checkpoint.size, log.size);
  if (checkpoint.size == log.size && checkpoint.root != log.root)
    return fmt::format("SPLIT VIEW: {} signed two checkpoints of {} entries with roots {} and {}",
                       checkpoint.origin, log.size, log.root.to_string(), checkpoint.root.to_string());
  if (request.old_size == log.size &&
      !verify_consistency(log.size, checkpoint.size, request.proof, log.root, checkpoint.root))
    return fmt::format(
        "INCONSISTENT: {} does not show that its {} entries continue the {} that were cosigned",
        checkpoint.origin, checkpoint.size, log.size);
  return std::nullopt;
}

WitnessAnswer Witness::judge(const AddCheckpoint& request) const {
  const Checkpoint& checkpoint = request.checkpoint.checkpoint;
  const auto found = logs_.find(checkpoint.origin);
  if (found == logs_.end()) return refusal(404, "the log's origin is not known here");
  const Log& log = found->second;
  if (!log.trusts(request.checkpoint.note))
    return refusal(403, "the checkpoint is signed by no key of the log that is trusted here");
  if (request.old_size > checkpoint.size) return refusal(400, "the old size is above the checkpoint's");
  if (request.old_size != log.size) return conflict(log.size);
  if (checkpoint.size == log.size && log.size != 0 && checkpoint.root != log.root) return conflict(log.size);
  if (!verify_consistency(log.size, checkpoint.size, request.proof, log.root, checkpoint.root))
    return refusal(422, "the proof does not show that the checkpoint continues the one cosigned before");
  return {};
}

void Witness::advance(const AddCheckpoint& request) {
  TCPS_CHECK(judge(request).status == 200);
  Log& log = logs_.at(request.checkpoint.checkpoint.origin);
  log.size = request.checkpoint.checkpoint.size;
  log.root = request.checkpoint.checkpoint.root;
}

}  // namespace tcps::tlog
