#include "nodes/wiring/bus_connection.h"

#include "bus/nats/nats_bus.h"

namespace tcps::wiring {

Result<std::unique_ptr<bus::Bus>> connect_bus(const BusAddress& address) {
  bus::NatsOptions options;
  options.url = address.url;
  options.name = address.name;
  options.credentials_file = address.credentials_file;
  options.tls_ca_file = address.tls_ca_file;
  return bus::connect_nats(options);
}

}  // namespace tcps::wiring
