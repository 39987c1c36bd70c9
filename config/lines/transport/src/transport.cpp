#include "src/transport.h"

#include <algorithm>

namespace transport {

std::string_view name_of(Protocol protocol) { return protocol == Protocol::kStdio ? "stdio" : "tcp"; }

const Transport* find_transport(std::string_view name) {
  const auto all = transports();
  const auto found = std::ranges::find(all, name, &Transport::name);
  return found == all.end() ? nullptr : &*found;
}

const Transport* first_transport(Protocol protocol) {
  const auto all = transports();
  const auto found = std::ranges::find(all, protocol, &Transport::protocol);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace transport
