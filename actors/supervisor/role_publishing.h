// Sealing and publishing what a role decided, shared by the planner and the supervisor.
#pragma once

#include "actors/line/following/sealed_message.h"
#include "actors/supervisor/planner_actor.h"

namespace tcps::supervisor {

// The origin of an event signed now.
proto::LogOrigin event_origin(const RoleConfig& config);

// Seals and publishes; failures are logged, and the fold shows what did not arrive.
void publish(
    const RoleConfig& config, const Predicate& predicate, bus::PublishHandler handler = [](auto) {});

// Publishes the claim of a role at a term.
void publish_claim(const RoleConfig& config, Role role, uint32_t term);

}  // namespace tcps::supervisor
