// How an error travels in a JSON reply.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "messages/result.h"

namespace tcps {

// {"error": {"code": ..., "message": ...}}: how an error travels as a reply.
nlohmann::json error_reply(const Error& error);
// The number by which HTTP and NATS services name such an error: 404, 503, ...
int error_number(ErrorCode code);
// The error that a reply holds, or nothing.
Status reply_status(const nlohmann::json& reply);

}  // namespace tcps
