// The connection to the line's bus, for every program alike: the one place that says which adapter stands behind the port
// (bus/bus.h). Today that is NATS JetStream, whatever the address.
#pragma once

#include <memory>
#include <string>

#include "bus/bus.h"
#include "messages/result.h"

namespace tcps::wiring {

struct BusAddress {
  std::string url;               // several servers of one cluster: separated by commas
  std::string name;              // of who connects, for the bus's own monitoring
  std::string credentials_file;  // empty: none
  std::string tls_ca_file;       // who may vouch for the servers; empty: as the address says
};

// Blocks until connected. Errors: unavailable (nobody answers there, or it refused the credentials), invalid.
Result<std::unique_ptr<bus::Bus>> connect_bus(const BusAddress& address);

}  // namespace tcps::wiring
