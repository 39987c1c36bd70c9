#include "nodes/gateway/gate.h"

#include <algorithm>
#include <cctype>

namespace tcps::gateway {
namespace {

constexpr size_t authorization_bytes_max = 512;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

Answer not_authorized(const std::string& why) {
  Answer answer = error_answer(401, "unauthorized", why);
  answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tcps\"");
  return answer;
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  const std::string_view port = has_port ? host.substr(colon + 1) : std::string_view();
  if (port.find_first_not_of("0123456789") != std::string_view::npos) return false;
  const std::string_view name = has_port ? host.substr(0, colon) : host;
  return name == "127.0.0.1" || name == "[::1]" || equal_ignoring_case(name, "localhost");
}

std::optional<Answer> Gate::refuse_stranger(const Asked& asked) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view field = asked.authorization;
  if (field.empty()) return not_authorized("send a bearer token: tcps-gateway token add makes one");
  if (field.size() > authorization_bytes_max || !equal_ignoring_case(field.substr(0, scheme.size()), scheme))
    return not_authorized("only bearer tokens are taken");
  switch (tokens_->check(field.substr(scheme.size()))) {
    case TokenFile::Admission::admitted:
      return std::nullopt;
    case TokenFile::Admission::without_scope:
      return error_answer(403, "refused", "the token has not the scope 'auditor'");
    case TokenFile::Admission::unknown:
      break;
  }
  return not_authorized("the token is unknown or was revoked");
}

std::optional<Answer> Gate::refusal(const Asked& asked) {
  if (!limiter_.admit(asked.client, asked.now_ms))
    return error_answer(429, "full", "too many requests: ask more slowly");
  if (asked.method != "GET" && asked.method != "HEAD") {
    Answer answer = error_answer(405, "invalid", "the gateway only answers questions: GET or HEAD");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  if (tokens_) return refuse_stranger(asked);
  if (is_loopback_host(asked.host)) return std::nullopt;
  return error_answer(421, "refused", "without tokens the gateway answers to the names of loopback only");
}

}  // namespace tcps::gateway
