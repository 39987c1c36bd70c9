// JSON-RPC 2.0 (https://www.jsonrpc.org/specification): from the text of a request to the text of its answer,
// and the client's side of the same. Input comes from outside: anything at all is answered or refused, never
// trusted. Text nested deeper than kDepthMax is refused as a parse error, a batch above kBatchMax as an
// invalid request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "src/result.h"

namespace transport {

inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;

inline constexpr std::size_t kDepthMax = 64;
inline constexpr std::size_t kBatchMax = 64;

/// What a method throws to answer with an error object of this code and sentence.
struct MethodError {
  int code;
  std::string message;
};

/// Takes the parameters (null, array or object), gives the result; a throw is answered as an error.
using Method = std::function<nlohmann::json(const nlohmann::json& params)>;

/// The methods of a server, by name. Not changed once a server uses it; handle() is then safe in any thread
/// in which its methods are.
class Dispatcher {
 public:
  /// A second method of the same name replaces the first.
  void add(std::string name, Method method);

  /// The answer to a request or batch; nothing when there is none to give (notifications).
  std::optional<std::string> handle(std::string_view text) const;

 private:
  nlohmann::json answer(const nlohmann::json& request) const;
  nlohmann::json call(const nlohmann::json& request, const nlohmann::json& id) const;

  std::map<std::string, Method, std::less<>> methods_;
};

/// The text of a request. Error: `params` is not a JSON array or object.
Result<std::string> make_request(std::int64_t id, std::string_view method, std::string_view params);

struct Answer {
  bool is_error = false;
  std::string text;    // the result, or the error's message
  int error_code = 0;  // with is_error
};

/// Reads the answer to the request `id`. Error: it is no JSON-RPC 2.0 answer to that request.
Result<Answer> parse_answer(std::string_view text, std::int64_t id);

/// Whether two JSON texts mean the same; false when either is not JSON.
bool same_json(std::string_view left, std::string_view right);

}  // namespace transport
