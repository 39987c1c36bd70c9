#include "messages/reply.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace tcps {

using nlohmann::json;

namespace {

constexpr std::array<ErrorCode, 9> codes = {ErrorCode::invalid, ErrorCode::not_found,   ErrorCode::conflict,
                                            ErrorCode::refused, ErrorCode::unavailable, ErrorCode::timeout,
                                            ErrorCode::full,    ErrorCode::corrupt,     ErrorCode::io};

}  // namespace

json error_reply(const Error& error) {
  return {{"error", {{"code", to_string(error.code)}, {"message", error.message}}}};
}

int error_number(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::refused:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::unavailable:
    case ErrorCode::full:
      return 503;
    case ErrorCode::timeout:
      return 504;
    case ErrorCode::corrupt:
    case ErrorCode::io:
      return 500;
  }
  return 500;
}

Status reply_status(const json& reply) {
  const auto error = reply.is_object() ? reply.find("error") : reply.end();
  if (!reply.is_object()) return fail(ErrorCode::invalid, "the reply is not a JSON object");
  if (error == reply.end() || !error->is_object()) return {};
  const std::string name = error->value("code", "");
  const auto code =
      std::find_if(codes.begin(), codes.end(), [&](ErrorCode c) { return to_string(c) == name; });
  return fail(code == codes.end() ? ErrorCode::io : *code, error->value("message", "the query failed"));
}

}  // namespace tcps
