// Following on an ephemeral push consumer with flow control and heartbeats, owned by this process. The
// consumer counts its deliveries; a hole in that count, silence, a reconnect or a refusal throws the consumer
// away and creates another from the last message handed on, so that the handler sees every message once and
// in order.
#pragma once

#include "bus/nats/link.h"

namespace tcps::bus {

// Never fails: a stream that is not there yet is asked for again until it is.
std::unique_ptr<Following> start_following(std::shared_ptr<Link> link, const std::string& stream,
                                           uint64_t from_sequence, DeliveryHandler handler);

}  // namespace tcps::bus
