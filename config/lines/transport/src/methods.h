// What a transport-server answers:
//
//   ping             "pong"
//   echo             its parameters
//   sum              the sum of an array of whole numbers
//   transport.list   the transports compiled in, as objects
//   transport.version  the version of the program
//   shutdown         true, after which the server ends
#pragma once

#include <functional>

#include "src/json_rpc.h"

namespace transport {

/// `on_shutdown` is called within the shutdown method, before its answer is sent.
Dispatcher standard_methods(std::function<void()> on_shutdown);

}  // namespace transport
