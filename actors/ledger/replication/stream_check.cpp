#include "actors/ledger/replication/stream_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "messages/files.h"

namespace tcps::ledger {
namespace {

constexpr size_t identity_bytes_max = 4'096;

std::string identity_path(const std::string& folder) { return folder + "/stream"; }

std::string identity_of(const bus::StreamInfo& info) {
  return fmt::format("{} {}", info.name, info.created_unix_ms);
}

// "<name> <time of creation>\n"; a file that was cut lacks the end.
bool is_whole(const Bytes& text) {
  const auto space = text.find(' ');
  if (space == 0 || space == Bytes::npos || !text.ends_with('\n')) return false;
  const auto number = BytesView(text).substr(space + 1, text.size() - space - 2);
  return !number.empty() && number.find_first_not_of("0123456789") == BytesView::npos;
}

// Empty when the identity was never kept, or is that of another epoch's stream. Errors: corrupt, io.
Result<std::string> known_identity(const std::string& folder, const std::string& stream) {
  const auto path = identity_path(folder);
  auto text = read_file(path, identity_bytes_max);
  if (!text && text.error().code == ErrorCode::not_found) return std::string();
  if (!text && text.error().code != ErrorCode::full) return fail(text.error());
  if (!text || !is_whole(*text)) {
    return fail(
        ErrorCode::corrupt,
        fmt::format("{}: does not say which stream the ledger followed: when nobody made stream {} anew "
                    "or brought it back from a backup, remove this file, otherwise the stream; then "
                    "start the node again",
                    path, stream));
  }
  text->pop_back();
  return text->starts_with(stream + " ") ? *text : std::string();
}

}  // namespace

Result<StreamFinding> look_at_stream(bus::Bus& bus, const std::string& stream, LedgerStore& store,
                                     const std::string& folder) {
  const auto head = store.head();
  auto info = bus.stream_info(stream);
  if (!info && info.error().code != ErrorCode::not_found) return fail(info.error());
  if (!info && head.size == 0) return StreamFinding{StreamState::absent, "there is no stream " + stream, {}};
  if (!info) return StreamFinding{StreamState::lost, "stream " + stream + " is gone", {}};
  const auto finding = [&](StreamState state, std::string reason) {
    return StreamFinding{state, std::move(reason), *info};
  };
  if (head.size > 0) {
    const auto known = TCPS_TRY(known_identity(folder, stream));
    if (!known.empty() && known != identity_of(*info))
      return finding(StreamState::lost, "stream " + stream + " was made anew");
    if (info->last_sequence + 1 < head.next.sequence) {
      return finding(StreamState::lost, fmt::format("stream {} ends at {}, the ledger followed it to {}",
                                                    stream, info->last_sequence, head.next.sequence - 1));
    }
  }
  if (info->first_sequence > std::max<uint64_t>(1, head.next.sequence)) {
    return finding(StreamState::cut_off_above,
                   fmt::format("stream {} begins at {}, the ledger followed it to {}", stream,
                               info->first_sequence, head.next.sequence == 0 ? 0 : head.next.sequence - 1));
  }
  if (head.size == 0) return finding(StreamState::sound, {});
  auto last = TCPS_TRY(store.entry(head.size - 1));
  auto message = bus.message_at(stream, last.sequence());
  if (!message && message.error().code == ErrorCode::not_found)
    return finding(StreamState::sound, {});  // trimmed
  if (!message) return fail(message.error());
  if (message->payload == last.envelope()) return finding(StreamState::sound, {});
  return finding(StreamState::lost, fmt::format("stream {} holds another message at {} than the ledger",
                                                stream, last.sequence()));
}

Status remember_stream(const std::string& folder, const bus::StreamInfo& info) {
  const auto known = known_identity(folder, info.name);
  if (known && *known == identity_of(info)) return {};
  return replace_file(identity_path(folder), identity_of(info) + "\n");
}

}  // namespace tcps::ledger
