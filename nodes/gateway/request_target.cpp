#include "nodes/gateway/request_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "messages/utf8.h"

namespace tcps::gateway {
namespace {

// RFC 3986: what a path or query may hold as it is, beside letters and digits.
constexpr std::string_view plain_marks = "-._~!$'()*,;:@";

bool is_plain(unsigned char c) {
  const bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return letter_or_digit || plain_marks.find(static_cast<char>(c)) != std::string_view::npos;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool is_text(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return utf8::is_valid(text) && std::none_of(text.begin(), text.end(), is_control);
}

// `plus_is_space`: in a query, as forms write it.
Result<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(ErrorCode::invalid, "the address has a broken percent escape");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+') {
      out += plus_is_space ? ' ' : '+';
    } else if (is_plain(static_cast<unsigned char>(c)) || (plus_is_space && (c == '/' || c == '?'))) {
      out += c;
    } else {
      return fail(ErrorCode::invalid, "the address holds a character that must be escaped");
    }
  }
  if (!is_text(out)) return fail(ErrorCode::invalid, "the address holds bytes that are no text");
  return out;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(byte)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

Status add_segments(std::string_view path, RequestTarget& target) {
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    auto segment = TCPS_TRY(decoded(path.substr(0, end), false));
    if (segment.empty() || segment == "." || segment == ".." || segment.find('/') != std::string::npos)
      return fail(ErrorCode::invalid, "the address has an empty or dot segment");
    if (target.segments.size() == segments_max)
      return fail(ErrorCode::invalid, "the address has too many segments");
    target.segments.push_back(std::move(segment));
    const bool last = end == path.size();
    path.remove_prefix(last ? end : end + 1);
    if (!last && path.empty()) return fail(ErrorCode::invalid, "the address ends with '/'");
  }
  return {};
}

Status add_parameters(std::string_view query, RequestTarget& target) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == query.size() ? end : end + 1);
    const size_t equals = std::min(pair.find('='), pair.size());
    auto name = TCPS_TRY(decoded(pair.substr(0, equals), true));
    auto value = TCPS_TRY(decoded(pair.substr(std::min(equals + 1, pair.size())), true));
    if (name.empty()) return fail(ErrorCode::invalid, "a parameter of the address has no name");
    if (target.parameters.size() == parameters_max)
      return fail(ErrorCode::invalid, "the address has too many parameters");
    if (!target.parameters.emplace(name, std::move(value)).second)
      return fail(ErrorCode::invalid, fmt::format("the parameter '{}' is given twice", name));
  }
  return {};
}

}  // namespace

Result<RequestTarget> RequestTarget::parse(std::string_view text) {
  if (text.size() > target_bytes_max)
    return fail(ErrorCode::invalid, fmt::format("the address is longer than {} bytes", target_bytes_max));
  if (!text.starts_with('/')) return fail(ErrorCode::invalid, "the address does not begin with '/'");
  const size_t question = std::min(text.find('?'), text.size());
  RequestTarget target;
  TCPS_TRY(add_segments(text.substr(1, question - 1), target));
  if (question == text.size()) return target;
  TCPS_TRY(add_parameters(text.substr(question + 1), target));
  return target;
}

std::string RequestTarget::format() const {
  std::string text;
  for (const std::string& segment : segments) text += "/" + encoded(segment);
  if (text.empty()) text = "/";
  char mark = '?';
  for (const auto& [name, value] : parameters) {
    text += mark + encoded(name) + "=" + encoded(value);
    mark = '&';
  }
  return text;
}

std::string RequestTarget::path() const {
  std::string text;
  for (const std::string& segment : segments) text += (text.empty() ? "" : "/") + segment;
  return text;
}

}  // namespace tcps::gateway
