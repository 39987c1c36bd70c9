// What is asked and answered over HTTP, free of sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/digest.h"

namespace tcps::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

// The value of the first field of this name, which is compared without regard to case; empty: there is none.
std::string_view field_of(const Fields& fields, std::string_view name);

struct Request {
  std::string method;  // "POST"
  std::string target;  // "/add-checkpoint", as it was sent
  Fields fields;       // likewise
  Bytes body;
  std::string client;  // address

  std::string_view field(std::string_view name) const { return field_of(fields, name); }
};

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Bytes body;
  Fields fields;                         // further ones
  std::optional<size_t> content_length;  // of HEAD: of the body that GET has; otherwise the body's own
};

}  // namespace tcps::http
