#include "actors/engines/tera/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "actors/engines/tera/catalogue.h"
#include "messages/text.h"
#include "messages/utf8.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

// A byte that is no UTF-8 is a character of its own.
size_t character_size(std::string_view text) { return std::max<size_t>(1, utf8::sequence_length(text)); }

utf8proc_int32_t capital_of(utf8proc_int32_t point) {
  constexpr utf8proc_int32_t sharp_s = 0xdf;  // utf8proc's capital of it is a rarity, Unicode's would be SS
  return point == sharp_s ? point : utf8proc_toupper(point);
}

// Every code point by itself, so that no letter becomes two.
template <class Map>
std::string map_letters(std::string_view text, Map map) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto before = text;
    if (const auto point = utf8::take_code_point(text)) {
      utf8::append(out, static_cast<uint32_t>(map(static_cast<utf8proc_int32_t>(*point))));
    } else {
      out += before.front();
      text.remove_prefix(1);
    }
  }
  return out;
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

std::string to_lower(std::string_view text) { return map_letters(text, utf8proc_tolower); }
std::string to_upper(std::string_view text) { return map_letters(text, capital_of); }

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
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto entity = c == '\'' ? "&#x27;" : c == '/' ? "&#x2F;" : xml_entity(c);
    out += entity.empty() ? std::string_view(&c, 1) : entity;
  }
  return out;
}

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
