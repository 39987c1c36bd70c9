// The actor of one station: one stage and pool on one node. It carries out what the CardDesk decides and
// nothing else.
//
// Messages accepted:  Close; FoldMoved and Certified (from the line actor); internal: deliveries, ends of
//                     runs, answers of the bus, ticks.
// Sends:              Watch and Unwatch to the line actor; CertificateWanted to the replica actor (publish only).
// Errors:             a consumer that cannot be made ends the actor with the reason; its supervisor starts it
//                     again.
// Mailbox:            bounded by the credit given. Timers: one tick while cards are in hand.
// Restart:            cards in hand are redelivered by the server after the ack wait; the fold sorts out what
//                     had been published.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <memory>
#include <string>

#include "actors/line/following/line_messages.h"
#include "actors/runtime/executor.h"
#include "actors/station/card_desk.h"
#include "actors/station/card_work.h"
#include "bus/bus.h"

namespace tcps::station {

struct StationConfig {
  DeskConfig desk;
  bus::ConsumerConfig consumer;
  std::shared_ptr<StationMeans> means;
  bus::Bus* bus = nullptr;
  Executor* crypto = nullptr;         // short work
  std::shared_ptr<Executor> workers;  // of procedures; at least desk.workers threads
  line::LineActor line;
  line::ReplicaActor replica;
};

struct Close {};  // hand back what is in hand and end

using StationActor = caf::typed_actor<caf::reacts_to<Close>>;

StationActor spawn_station(caf::actor_system& system, StationConfig config);

}  // namespace tcps::station

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tcps::station::Close)
