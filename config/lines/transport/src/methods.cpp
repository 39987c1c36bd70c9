#include "src/methods.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "src/transport.h"
#include "src/version.h"

namespace transport {
namespace {

using nlohmann::json;

json sum(const json& params) {
  if (!params.is_array()) throw MethodError{kInvalidParams, "sum takes an array of whole numbers"};
  std::int64_t total = 0;
  for (const json& number : params) {
    const bool too_large = number.is_number_unsigned() && number.get<std::uint64_t>() > INT64_MAX;
    if (!number.is_number_integer() || too_large) {
      throw MethodError{kInvalidParams, "sum takes an array of whole numbers"};
    }
    if (__builtin_add_overflow(total, number.get<std::int64_t>(), &total)) {
      throw MethodError{kInvalidParams, "the sum does not fit into 64 bits"};
    }
  }
  return total;
}

json list(const json&) {
  json rows = json::array();
  for (const Transport& each : transports()) {
    rows.push_back({{"name", each.name},
                    {"protocol", name_of(each.protocol)},
                    {"framing", name_of(each.framing)},
                    {"default_port", each.default_port},
                    {"description", each.description}});
  }
  return rows;
}

}  // namespace

Dispatcher standard_methods(std::function<void()> on_shutdown) {
  Dispatcher dispatcher;
  dispatcher.add("ping", [](const json&) { return json("pong"); });
  dispatcher.add("echo", [](const json& params) { return params; });
  dispatcher.add("sum", sum);
  dispatcher.add("transport.list", list);
  dispatcher.add("transport.version", [](const json&) { return json(version()); });
  dispatcher.add("shutdown", [stop = std::move(on_shutdown)](const json&) {
    stop();
    return json(true);
  });
  return dispatcher;
}

}  // namespace transport
