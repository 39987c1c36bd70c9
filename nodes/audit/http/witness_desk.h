// A witness's service: judges, cosigns, keeps, answers, one request at a time. What it kept is on disk before
// the answer, so that a crash never makes it forget a checkpoint that it cosigned. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/ledger/tlog/witness.h"
#include "messages/keys.h"
#include "nodes/http/message.h"

namespace tcps::audit {

class WitnessDesk {
 public:
  using UnixClock = std::function<uint64_t()>;  // seconds
  using Alarm = std::function<void(const std::string& what)>;

  // Reads what was kept in `folder`, which is made when missing. Errors: invalid, corrupt (what was kept is
  // not this witness's), io.
  static Result<std::unique_ptr<WitnessDesk>> open(const std::string& folder, const std::string& name,
                                                   std::shared_ptr<PrivateKey> key,
                                                   const std::vector<tlog::NoteKey>& logs, UnixClock clock,
                                                   Alarm alarm);

  const tlog::NoteKey& key() const { return note_key_; }
  const tlog::Witness& witness() const { return witness_; }
  // A checkpoint by which a log contradicts what was cosigned is kept as evidence, and told to the alarm.
  http::Response answer(const http::Request& request);

 private:
  WitnessDesk(std::string folder, tlog::NoteKey note_key, std::shared_ptr<PrivateKey> key,
              tlog::Witness witness, UnixClock clock, Alarm alarm)
      : folder_(std::move(folder)),
        note_key_(std::move(note_key)),
        key_(std::move(key)),
        witness_(std::move(witness)),
        clock_(std::move(clock)),
        alarm_(std::move(alarm)) {}

  std::string folder_of(const std::string& origin) const;
  Status restore(const std::string& origin);
  void shout(const tlog::AddCheckpoint& request, const std::string& what);
  http::Response add_checkpoint(const tlog::AddCheckpoint& request);

  std::string folder_;
  tlog::NoteKey note_key_;
  std::shared_ptr<PrivateKey> key_;
  tlog::Witness witness_;
  UnixClock clock_;
  Alarm alarm_;
};

}  // namespace tcps::audit
