// A line as commands see it: questions answered by a running factory over the bus, or from a stopped
// factory's data folder; and decisions of people, which a running factory alone can take.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "bus/bus.h"
#include "messages/keys.h"
#include "messages/line_message.h"
#include "nodes/client/context.h"

namespace tcps::client {

class LineAccess {
 public:
  virtual ~LineAccess() = default;
  virtual const LineName& line() const = 0;
  // Blocks; from any thread. Later answers never come from fewer entries than earlier ones. Errors: those of
  // the query; unavailable and timeout when the factory does not answer, or only replicas that are behind do.
  virtual Result<nlohmann::json> ask(const std::string& query, const nlohmann::json& request) = 0;
  // The bus of the running factory. Errors: unavailable, telling how to start it.
  virtual Result<bus::Bus*> bus() = 0;

  std::optional<RunningFactory> factory;  // when it runs on this machine's data folder
  std::string operator_key;               // path; empty: none is known
  std::string data_folder;                // empty: reached over a bus
};

// Errors: unavailable, invalid or not_found (the line).
Result<std::unique_ptr<LineAccess>> open_line(const Context& context);

// Blocks for one answer.
Result<Bytes> request_blocking(bus::Bus& bus, const std::string& subject, BytesView payload,
                               bus::Milliseconds timeout);

// Signs what a person decides, publishes it on the line and waits for the fold's word. Returns its position.
// The message's log origin is filled in. Errors: refused, with the line's reason; those of the key and the
// bus.
Result<uint64_t> decide(LineAccess& access, Predicate predicate);

// Who decides, as messages name it: the user of this process.
std::string person_name();
std::string now_text();

}  // namespace tcps::client
