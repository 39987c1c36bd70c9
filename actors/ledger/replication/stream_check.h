// Whether the bus still holds the stream that a ledger has followed: asked before anything is consumed, at
// every start and after every reconnect.
#pragma once

#include <string>

#include "actors/ledger/store/ledger_store.h"
#include "bus/bus.h"

namespace tcps::ledger {

enum class StreamState {
  absent,  // and the ledger is empty: nothing is lost
  sound,
  cut_off_above,  // trimmed beyond the ledger's position: the entries between must come from a peer
  lost,           // gone, made anew, rolled back, or other messages stand at the same positions
};

struct StreamFinding {
  StreamState state = StreamState::sound;
  std::string reason;  // unless sound
  bus::StreamInfo info;
};

// `folder` is the line's, where remember_stream() wrote. An identity that cannot be read is not one that was
// never kept: the stream is then not judged. Errors: corrupt (call a person), unavailable, timeout, io, and
// those of the store.
Result<StreamFinding> look_at_stream(bus::Bus& bus, const std::string& stream, LedgerStore& store,
                                     const std::string& folder);

// Keeps the stream's identity (name and time of creation) in <folder>/stream, on the disk when this has
// returned. For a stream that was judged, or that the ledger begins: one that cannot be read is replaced.
// Errors: full, io.
Status remember_stream(const std::string& folder, const bus::StreamInfo& info);

}  // namespace tcps::ledger
