#include "actors/engines/tera/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "actors/engines/tera/catalogue.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

constexpr size_t value_depth_max = 128;

size_t character_size(std::string_view text) {
  auto lead = static_cast<unsigned char>(text.front());
  size_t size = lead < 0x80                   ? 1
                : lead >= 0xc2 && lead < 0xe0 ? 2
                : lead >= 0xe0 && lead < 0xf0 ? 3
                : lead >= 0xf0 && lead < 0xf5 ? 4
                                              : 1;
  if (size > text.size()) return 1;
  for (size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
  }
  return size;
}

// Letters of two bytes, U+0080 to U+07FF, are all whose case is known beyond ASCII.
uint32_t two_byte_code(std::string_view c) {
  return (static_cast<unsigned char>(c[0]) & 0x1fu) << 6 | (static_cast<unsigned char>(c[1]) & 0x3fu);
}

std::string two_byte_text(uint32_t code) { return {char(0xc0 | code >> 6), char(0x80 | (code & 0x3f))}; }

bool is_in(uint32_t code, uint32_t first, uint32_t last) { return code >= first && code <= last; }

// Latin Extended-A pairs an even capital with the next code, but for two stretches that begin at an odd one.
bool is_paired(uint32_t code) { return is_in(code, 0x100, 0x137) || is_in(code, 0x14a, 0x177); }
bool is_oddly_paired(uint32_t code) { return is_in(code, 0x139, 0x148) || is_in(code, 0x179, 0x17e); }
bool has_no_pair(uint32_t code) { return code == 0x130 || code == 0x131 || code == 0xd7 || code == 0xf7; }

uint32_t lower_code(uint32_t code) {
  if (has_no_pair(code)) return code;
  if (is_in(code, 0xc0, 0xde) || is_in(code, 0x391, 0x3a9) || is_in(code, 0x410, 0x42f)) return code + 0x20;
  if (is_in(code, 0x400, 0x40f)) return code + 0x50;
  if (is_paired(code)) return code | 1;
  if (is_oddly_paired(code)) return code % 2 == 1 ? code + 1 : code;
  return code;
}

uint32_t upper_code(uint32_t code) {
  if (has_no_pair(code) || code == 0x3c2) return code == 0x3c2 ? 0x3a3 : code;
  if (is_in(code, 0xe0, 0xfe) || is_in(code, 0x3b1, 0x3c9) || is_in(code, 0x430, 0x44f)) return code - 0x20;
  if (is_in(code, 0x450, 0x45f)) return code - 0x50;
  if (is_paired(code)) return code & ~1u;
  if (is_oddly_paired(code)) return code % 2 == 0 ? code - 1 : code;
  return code;
}

template <class Ascii, class Code>
std::string map_letters(std::string_view text, Ascii ascii, Code code) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t size = character_size(text);
    if (size == 1)
      out += ascii(text.front());
    else if (size == 2)
      out += two_byte_text(code(two_byte_code(text)));
    else
      out += text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

template <class Replacement>
std::string replace_characters(std::string_view text, Replacement replacement) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    std::string_view with = replacement(c);
    if (with.empty())
      out += c;
    else
      out += with;
  }
  return out;
}

std::string_view xml_entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    default:
      return "";
  }
}

std::string floating_text(double value) {
  if (!std::isfinite(value)) return "NaN";
  char buffer[400];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return {buffer, end};
}

void append_value(const json& value, std::string& out, size_t depth) {
  if (depth > value_depth_max) throw Misuse{"the value is nested too deeply to be written", ErrorKind::limit};
  switch (value.type()) {
    case json::value_t::string:
      out += value.get_ref<const std::string&>();
      return;
    case json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return;
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      out += value.dump();
      return;
    case json::value_t::number_float:
      out += floating_text(value.get<double>());
      return;
    case json::value_t::object:
      out += "[object]";
      return;
    case json::value_t::array: {
      out += '[';
      for (size_t i = 0; i < value.size(); ++i) {
        if (i > 0) out += ", ";
        append_value(value[i], out, depth + 1);
      }
      out += ']';
      return;
    }
    default:
      return;
  }
}

size_t weigh(const json& value, size_t enough, size_t level, size_t& depth) {
  constexpr size_t value_bytes = 16;
  depth = std::max(depth, level);
  size_t bytes = value_bytes;
  if (value.is_string()) return bytes + value.get_ref<const std::string&>().size();
  if (!value.is_structured() || level > value_depth_max) return bytes;
  for (auto at = value.begin(); at != value.end() && bytes <= enough; ++at) {
    if (value.is_object()) bytes += at.key().size() + value_bytes;
    bytes += weigh(*at, enough - std::min(enough, bytes), level + 1, depth);
  }
  return bytes;
}

}  // namespace

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    out.push_back(text.substr(0, character_size(text)));
    text.remove_prefix(out.back().size());
  }
  return out;
}

size_t count_characters(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(character_size(text));
  return count;
}

std::string to_lower(std::string_view text) {
  return map_letters(
      text, [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }, lower_code);
}

std::string to_upper(std::string_view text) {
  return map_letters(
      text, [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }, upper_code);
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim_start(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string escape_html(std::string_view text) {
  return replace_characters(text, [](char c) -> std::string_view {
    if (c == '\'') return "&#x27;";
    return c == '/' ? "&#x2F;" : xml_entity(c);
  });
}

std::string escape_xml(std::string_view text) { return replace_characters(text, xml_entity); }

std::string value_text(const json& value) {
  std::string out;
  append_value(value, out, 0);
  return out;
}

bool is_truthy(const json& value) {
  if (value.is_null()) return false;
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0 && !std::isnan(value.get<double>());
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

const json* member(const json& value, std::string_view name) {
  if (value.is_object()) {
    auto at = value.find(std::string(name));
    return at == value.end() ? nullptr : &*at;
  }
  if (!value.is_array()) return nullptr;
  size_t index = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc() || end != name.data() + name.size() || index >= value.size()) return nullptr;
  return &value[index];
}

const json* member_at(const json& value, std::string_view dotted) {
  const json* at = &value;
  while (at) {
    size_t dot = dotted.find('.');
    at = member(*at, dotted.substr(0, dot));
    if (dot == std::string_view::npos) return at;
    dotted.remove_prefix(dot + 1);
  }
  return nullptr;
}

size_t weight(const json& value, size_t enough, size_t& depth) {
  depth = 0;
  return weigh(value, enough, 0, depth);
}

}  // namespace tcps::tera
