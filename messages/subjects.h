// The subjects of a line on the bus, built here and nowhere else. Nobody reads one: what a message is about
// is in the message, and a subject that is not what the message derives is refused (line_message.h).
//
//   tcps.<line>.intake.<source>                                   demand, request/reply, in no stream
//   tcps.<line>.work.<stage>.<pool>.<work order>.<attempt>        a card
//   tcps.<line>.event.<kind>.<work order or ->                    everything else that counts
//   tcps.<line>.ledger.<query>  .checkpoint.<what>  .replica.<node>.<what>
//   tcps.<line>.log.<work order>  .heartbeat.<node>                                    core NATS, no stream
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/ids.h"
#include "messages/result.h"
#include "messages/stage.h"

namespace tcps {

struct CardSubject {
  LineName line;
  Stage stage;
  Pool pool;
  WorkOrderId work_order;
  uint32_t attempt;  // from 1
  friend bool operator==(const CardSubject&, const CardSubject&) = default;
};

struct EventSubject {
  LineName line;
  std::string kind;                       // a token: "failed", "done", "andon-raised", ...
  std::optional<WorkOrderId> work_order;  // "-" on the bus when absent
  friend bool operator==(const EventSubject&, const EventSubject&) = default;
};

std::string to_subject(const CardSubject& subject);
std::string to_subject(const EventSubject& subject);

std::string work_filter(const LineName& line, Stage stage, const Pool& pool);  // every card of a station
std::string work_wildcard(const LineName& line);                               // tcps.<line>.work.>
std::string event_wildcard(const LineName& line);                              // tcps.<line>.event.>
std::string event_filter(const LineName& line, std::string_view kind);         // every event of a kind
std::string intake_subject(const LineName& line, std::string_view source);     // source is a token: asserted
std::string intake_wildcard(const LineName& line);                             // tcps.<line>.intake.*
std::string ledger_subject(const LineName& line, std::string_view query);
std::string ledger_wildcard(const LineName& line);
// What replicas tell each other about tree heads: "proposed", "cosigned", "certified", "wanted".
std::string checkpoint_subject(const LineName& line, std::string_view what);
std::string checkpoint_wildcard(const LineName& line);
// Between replicas: a question ("state", "entries") to one of them, or to any.
std::string replica_subject(const LineName& line, const NodeId& node, std::string_view what);
std::string any_replica_subject(const LineName& line, std::string_view what);
std::string log_subject(const LineName& line, const WorkOrderId& work_order);
std::string waits_subject(const LineName& line, const WorkOrderId& work_order);
std::string waits_wildcard(const LineName& line);
std::string heartbeat_subject(const LineName& line, const NodeId& node);
std::string heartbeat_wildcard(const LineName& line);

std::string stream_name(const LineName& line, uint32_t epoch);  // TCPS_<LINE>_<epoch>, '-' becomes '_'
std::string object_bucket(const LineName& line);                // TCPS_<LINE>
std::string consumer_name(Stage stage, const Pool& pool);       // <stage>-<pool>

}  // namespace tcps
