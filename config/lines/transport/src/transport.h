// What a transport is: a name for a protocol, a framing and their defaults. The descriptions themselves are
// rendered from the ontology (generated/registry.cpp); a name that no implementation serves does not compile.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "src/framing.h"

namespace transport {

enum class Protocol : std::uint8_t { kStdio, kTcp };

/// The name that the ontology uses.
std::string_view name_of(Protocol protocol);

struct Transport {
  std::string_view name;
  Protocol protocol = Protocol::kStdio;
  Framing framing = Framing::kLine;
  std::string_view description;
  std::uint16_t default_port = 0;  // 0: the protocol has no ports
  std::chrono::milliseconds connect_timeout{0};
  std::chrono::milliseconds request_timeout{0};
  std::chrono::milliseconds idle_timeout{0};  // 0: never
};

/// An entry in the ontology's own words.
struct Entry {
  std::string_view name;
  std::string_view protocol;
  std::string_view framing;
  std::string_view description;
  std::uint16_t default_port;
  std::int64_t connect_timeout_ms;
  std::int64_t request_timeout_ms;
  std::int64_t idle_timeout_ms;
};

/// Turns an entry into a description while compiling; a throw is a compile error that shows the sentence.
consteval Transport describe(const Entry& entry) {
  Transport described;
  if (entry.protocol == "tcp") {
    described.protocol = Protocol::kTcp;
  } else if (entry.protocol != "stdio") {
    throw "no implementation serves this protocol: use stdio or tcp";
  }
  if (entry.framing == "length") {
    described.framing = Framing::kLength;
  } else if (entry.framing == "content-length") {
    described.framing = Framing::kContentLength;
  } else if (entry.framing != "line") {
    throw "no implementation serves this framing: use line, length or content-length";
  }
  if ((described.protocol == Protocol::kTcp) != (entry.default_port != 0)) {
    throw "a transport over tcp has a default port, and one over stdio has none";
  }
  described.name = entry.name;
  described.description = entry.description;
  described.default_port = entry.default_port;
  described.connect_timeout = std::chrono::milliseconds(entry.connect_timeout_ms);
  described.request_timeout = std::chrono::milliseconds(entry.request_timeout_ms);
  described.idle_timeout = std::chrono::milliseconds(entry.idle_timeout_ms);
  return described;
}

/// Every transport compiled in, by name. Defined in generated/registry.cpp.
std::span<const Transport> transports();

/// Null when no such transport is compiled in.
const Transport* find_transport(std::string_view name);
/// The first transport over `protocol`, or null.
const Transport* first_transport(Protocol protocol);

}  // namespace transport
