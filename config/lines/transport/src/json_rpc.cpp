#include "src/json_rpc.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

namespace transport {
namespace {

using nlohmann::json;

/// Printing and comparing recurse, so the depth is bounded before anything is parsed.
bool is_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDepthMax) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::optional<json> parse(std::string_view text) {
  if (is_too_deep(text)) return std::nullopt;
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::string print(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json error_answer(const json& id, int code, std::string_view message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}};
}

bool is_id(const json& id) { return id.is_null() || id.is_string() || id.is_number(); }

bool is_request(const json& request) {
  if (!request.is_object()) return false;
  const auto version = request.find("jsonrpc");
  const auto method = request.find("method");
  const auto params = request.find("params");
  const auto id = request.find("id");
  return version != request.end() && *version == "2.0" && method != request.end() && method->is_string() &&
         (params == request.end() || params->is_structured()) && (id == request.end() || is_id(*id));
}

/// The id of a broken request, as far as it can be told.
json id_of(const json& request) {
  if (!request.is_object()) return nullptr;
  const auto id = request.find("id");
  return id != request.end() && is_id(*id) ? *id : json(nullptr);
}

}  // namespace

void Dispatcher::add(std::string name, Method method) {
  methods_.insert_or_assign(std::move(name), std::move(method));
}

std::optional<std::string> Dispatcher::handle(std::string_view text) const {
  const auto request = parse(text);
  if (!request) return print(error_answer(nullptr, kParseError, "This is not JSON, or is nested too deep"));
  if (!request->is_array()) {
    const json single = answer(*request);
    return single.is_null() ? std::nullopt : std::optional(print(single));
  }
  if (request->empty() || request->size() > kBatchMax) {
    return print(error_answer(nullptr, kInvalidRequest,
                              "A batch holds 1 to " + std::to_string(kBatchMax) + " requests"));
  }
  json answers = json::array();
  for (const json& each : *request) {
    json single = answer(each);
    if (!single.is_null()) answers.push_back(std::move(single));
  }
  return answers.empty() ? std::nullopt : std::optional(print(answers));
}

json Dispatcher::answer(const json& request) const {
  if (!is_request(request)) {
    return error_answer(id_of(request), kInvalidRequest, "This is not a JSON-RPC 2.0 request");
  }
  const auto id = request.find("id");
  json outcome = call(request, id == request.end() ? json(nullptr) : *id);
  return id == request.end() ? json(nullptr) : outcome;
}

json Dispatcher::call(const json& request, const json& id) const {
  const auto& name = request["method"].get_ref<const std::string&>();
  const auto method = methods_.find(name);
  if (method == methods_.end()) return error_answer(id, kMethodNotFound, "There is no such method");
  const auto params = request.find("params");
  try {
    json result = method->second(params == request.end() ? json(nullptr) : *params);
    return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
  } catch (const MethodError& error) {
    return error_answer(id, error.code, error.message);
  } catch (const std::exception& error) {
    return error_answer(id, kInternalError, error.what());
  }
}

Result<std::string> make_request(std::int64_t id, std::string_view method, std::string_view params) {
  const auto parsed = parse(params);
  if (!parsed || !parsed->is_structured()) {
    return Error{"The parameters are not a JSON array or object: write [] for none"};
  }
  return print({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", *parsed}});
}

Result<Answer> parse_answer(std::string_view text, std::int64_t id) {
  const auto answer = parse(text);
  if (!answer || !answer->is_object()) return Error{"The answer is not a JSON object"};
  const auto version = answer->find("jsonrpc");
  if (version == answer->end() || *version != "2.0") return Error{"The answer is not JSON-RPC 2.0"};
  const auto answered = answer->find("id");
  const auto error = answer->find("error");
  const auto result = answer->find("result");
  const bool unreadable_request = error != answer->end() && answered != answer->end() && answered->is_null();
  if (!unreadable_request && (answered == answer->end() || *answered != id)) {
    return Error{"The answer is to another request"};
  }
  if ((error == answer->end()) == (result == answer->end())) {
    return Error{"The answer holds not exactly one of result and error"};
  }
  if (result != answer->end()) return Answer{.is_error = false, .text = print(*result)};
  if (!error->is_object() || !error->contains("code") || !(*error)["code"].is_number_integer() ||
      !error->contains("message") || !(*error)["message"].is_string()) {
    return Error{"The answer's error has no code or no message"};
  }
  return Answer{.is_error = true, .text = (*error)["message"], .error_code = (*error)["code"]};
}

bool same_json(std::string_view left, std::string_view right) {
  const auto parsed_left = parse(left);
  const auto parsed_right = parse(right);
  return parsed_left && parsed_right && *parsed_left == *parsed_right;
}

}  // namespace transport
