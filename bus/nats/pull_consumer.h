// PullConsumer on raw $JS.API.CONSUMER.MSG.NEXT requests: one inbox per connection life, requests for all
// credit not asked for, renewed when they end, and all forgotten and asked anew (on a new inbox, so that the
// server drops the old ones) after a reconnect or when the server's heartbeats stay away. A delivery beyond
// the credit is handed back.
#pragma once

#include "bus/nats/link.h"

namespace tcps::bus {

// The durable consumer must exist. Errors: unavailable.
Result<std::unique_ptr<PullConsumer>> start_pulling(std::shared_ptr<Link> link, const ConsumerConfig& config,
                                                    DeliveryHandler handler);

}  // namespace tcps::bus
