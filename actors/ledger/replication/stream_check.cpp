#include "actors/ledger/replication/stream_check.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace tcps::ledger {
namespace {

std::string identity_path(const std::string& folder) { return folder + "/stream"; }

std::string identity_of(const bus::StreamInfo& info) {
  return fmt::format("{} {}", info.name, info.created_unix_ms);
}

// Nothing when the identity was never kept, or is that of another epoch's stream.
std::string known_identity(const std::string& folder, const std::string& stream) {
  std::ifstream file(identity_path(folder));
  std::string line;
  std::getline(file, line);
  return line.starts_with(stream + " ") ? line : std::string();
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
    const auto known = known_identity(folder, stream);
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
  const auto path = identity_path(folder);
  if (known_identity(folder, info.name) == identity_of(info)) return {};
  {
    std::ofstream file(path + ".new", std::ios::trunc);
    file << identity_of(info) << '\n';
    if (!file.flush()) return fail(ErrorCode::io, path + ".new cannot be written");
  }
  std::error_code error;
  std::filesystem::rename(path + ".new", path, error);
  if (error) return fail(ErrorCode::io, path + ": " + error.message());
  return {};
}

}  // namespace tcps::ledger
