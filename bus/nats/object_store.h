// The object store of NATS ADR-20, content-addressed, so that `nats object get` reads what the factory wrote:
// stream OBJ_<bucket>, chunks of 128 KiB on $O.<bucket>.C.<nuid>, then one rollup message on
// $O.<bucket>.M.<base64url of the name> that makes the object visible. Objects are streamed, never held
// whole, unless the caller asks for bytes.
//
// A put that dies leaves chunks without a meta message; they are removed by the next open of the bucket when
// they are older than a day.
#pragma once

#include "bus/nats/link.h"

namespace tcps::bus {

// Blocks; creates the bucket when it is missing. Errors: unavailable, conflict.
Result<std::unique_ptr<ObjectStore>> open_object_store(std::shared_ptr<Link> link, const std::string& bucket,
                                                       uint64_t bytes_max, int replicas);

}  // namespace tcps::bus
