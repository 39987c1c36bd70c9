// Bringing a line's log and the bus together before the line runs: the same way at every start, after a
// reconnect that found the bus changed, and on a node that was wiped or is new.
//
// - The stream goes on from where the log stands: nothing to do.
// - The log was wiped, taken away, or the stream was cut off above it: rebuilt from a peer (rebuild.h) up
//   to its newest certificate.
// - The stream is lost or rolled back: halted. With a majority of the replicas the largest log opens the next
//   epoch's stream (epoch_plan.h); the others join it. The old stream is never continued.
// - Another node has opened the next epoch: joined. What a log holds beyond the one that the epoch
//   went on from was never certified; it is cut off, and published again as ordinary messages.
//
// Blocks as long as it takes: a halted line waits for replicas, and answers them meanwhile.
#pragma once

#include <functional>

#include "actors/ledger/replication/line_log.h"
#include "actors/ledger/replication/replica_service.h"

namespace tcps::ledger {

struct RecoveryContext {
  bus::Bus* bus = nullptr;
  const Clock* clock = nullptr;
  LineName line;
  NodeId node;
  std::shared_ptr<Signer> signer;
  std::string data_folder;
  std::string pinned_genesis;  // "sha256:..."; empty: none
  std::vector<PinnedKey> pinned_keys;
  bool found = false;        // may begin a log of its own
  bus::StreamConfig stream;  // what a new stream is like; its name and first sequence are set here
  ReplicaService* service = nullptr;
  std::function<bool()> keep_going;  // asked while waiting; false ends it
};

struct ReadyLine {
  LineLog log;
  uint32_t epoch = 1;
  std::string stream;
  struct Message {
    std::string subject;
    Bytes bytes;
  };
  std::vector<Message> cut_off;  // to be published again
};

// Errors: corrupt (a person must look), unavailable (told to stop), and those of bus and disk.
Result<ReadyLine> recover_line(const RecoveryContext& context);

}  // namespace tcps::ledger
