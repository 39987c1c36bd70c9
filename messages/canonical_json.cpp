#include "messages/canonical_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace tcps {
namespace {

using nlohmann::json;

constexpr int64_t exact_integer_max = int64_t{1} << 53;

// ---- writing
// ------------------------------------------------------------------------------------------------------

enum CharacterClass : uint8_t { plain, escaped, multibyte };

constexpr std::array<CharacterClass, 256> character_classes() {
  std::array<CharacterClass, 256> classes{};
  for (size_t c = 0; c < 256; ++c) classes[c] = c < 0x20 ? escaped : c < 0x80 ? plain : multibyte;
  classes['"'] = escaped;
  classes['\\'] = escaped;
  return classes;
}

// Length of the well-formed UTF-8 sequence of two or more bytes at the start of `text`; 0 when there is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const uint8_t lead = byte(0);
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
    return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += digits[static_cast<uint8_t>(c) >> 4];
      out += digits[static_cast<uint8_t>(c) & 15];
  }
}

void append_string(std::string& out, std::string_view text) {
  static constexpr auto classes = character_classes();
  out += '"';
  size_t run = 0;  // start of the characters that are copied as they are
  size_t i = 0;
  while (i < text.size()) {
    const CharacterClass kind = classes[static_cast<uint8_t>(text[i])];
    if (kind == plain) {
      ++i;
      continue;
    }
    const size_t length = kind == multibyte ? sequence_length(text.substr(i)) : 0;
    if (length > 0) {
      i += length;
      continue;
    }
    out.append(text, run, i - run);
    if (kind == escaped) {
      append_escape(out, text[i]);
    } else {
      out += "\xef\xbf\xbd";
    }
    run = ++i;
  }
  out.append(text, run, text.size() - run);
  out += '"';
}

// ECMAScript's Number::toString: the shortest digits that read back as the same double, laid out by their
// exponent.
void append_double(std::string& out, double number) {
  TCPS_CHECK(std::isfinite(number));
  if (number == 0) {
    out += '0';
    return;
  }
  if (number < 0) out += '-';
  char text[40];
  const char* const end =
      std::to_chars(text, text + sizeof text, std::fabs(number), std::chars_format::scientific).ptr;
  const char* const mark = std::find<const char*>(text, end, 'e');
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);
  std::string digits(1, text[0]);
  if (mark - text > 2) digits.append(text + 2, static_cast<size_t>(mark - text) - 2);

  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // where the decimal point stands, counted in digits
  if (count <= point && point <= 21) {
    out.append(digits).append(static_cast<size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out.append(digits, 0, static_cast<size_t>(point))
        .append(1, '.')
        .append(digits, static_cast<size_t>(point));
  } else if (-6 < point && point <= 0) {
    out.append("0.").append(static_cast<size_t>(-point), '0').append(digits);
  } else {
    out += digits[0];
    if (count > 1) out.append(1, '.').append(digits, 1);
    out += exponent < 0 ? "e-" : "e+";
    out += std::to_string(std::abs(exponent));
  }
}

template <class Integer>
void append_integer(std::string& out, Integer number) {
  if (std::cmp_greater(number, exact_integer_max) || std::cmp_less(number, -exact_integer_max)) {
    append_double(out, static_cast<double>(number));
    return;
  }
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

// The order of UTF-8 bytes is that of UTF-16 units but for one case: U+E000 to U+FFFF (lead bytes ee and ef)
// stand behind the characters that UTF-16 writes as surrogates (lead bytes f0 to f4).
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() || right == b.end()) return left == a.end() && right != b.end();
  const auto rank = [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte == 0xee || byte == 0xef ? byte + 0x10 : byte;
  };
  return rank(*left) < rank(*right);
}

bool needs_utf16_order(const json::object_t& object) {
  return std::any_of(object.begin(), object.end(), [](const auto& member) {
    return std::any_of(member.first.begin(), member.first.end(),
                       [](char c) { return static_cast<uint8_t>(c) >= 0xf0; });
  });
}

void append_value(std::string& out, const json& value);

void append_member(std::string& out, const json::object_t::value_type& member) {
  if (out.back() != '{') out += ',';
  append_string(out, member.first);
  out += ':';
  append_value(out, member.second);
}

void append_object(std::string& out, const json::object_t& object) {
  out += '{';
  if (needs_utf16_order(object)) {
    std::vector<const json::object_t::value_type*> members;
    members.reserve(object.size());
    for (const auto& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return utf16_less(a->first, b->first); });
    for (const auto* member : members) append_member(out, *member);
  } else {
    for (const auto& member : object) append_member(out, member);
  }
  out += '}';
}

void append_array(std::string& out, const json::array_t& array) {
  out += '[';
  for (size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out += ',';
    append_value(out, array[i]);
  }
  out += ']';
}

void append_value(std::string& out, const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      out += "null";
      return;
    case json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return;
    case json::value_t::number_integer:
      append_integer(out, value.get<int64_t>());
      return;
    case json::value_t::number_unsigned:
      append_integer(out, value.get<uint64_t>());
      return;
    case json::value_t::number_float:
      append_double(out, value.get<double>());
      return;
    case json::value_t::string:
      append_string(out, value.get_ref<const std::string&>());
      return;
    case json::value_t::array:
      append_array(out, value.get_ref<const json::array_t&>());
      return;
    case json::value_t::object:
      append_object(out, value.get_ref<const json::object_t&>());
      return;
    case json::value_t::binary:
    case json::value_t::discarded:
      TCPS_CHECK(false);  // neither is a JSON value
  }
}

// ---- reading
// ------------------------------------------------------------------------------------------------------

// Receives nlohmann's parse events and builds the value; returning false stops the parser.
class Builder {
 public:
  explicit Builder(size_t depth_max) : depth_max_(depth_max) {}

  json root;
  std::string problem;

  bool null() { return place(nullptr); }
  bool boolean(bool value) { return place(value); }
  bool number_integer(int64_t value) { return place(value); }
  bool number_unsigned(uint64_t value) { return place(value); }
  bool number_float(double value, const std::string&) { return place(value); }
  bool string(std::string& value) { return place(std::move(value)); }
  bool binary(json::binary_t&) { return false; }
  bool start_object(size_t) { return open(json::value_t::object); }
  bool start_array(size_t) { return open(json::value_t::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto& object = containers_.back()->get_ref<json::object_t&>();
    const size_t before = object.size();
    const auto position = object.try_emplace(object.end(), std::move(name));
    member_ = &position->second;
    if (object.size() > before) return true;
    problem = fmt::format("JSON names the member '{}' twice in one object", position->first.substr(0, 64));
    return false;
  }

  bool parse_error(size_t position, const std::string&, const json::exception&) {
    problem = fmt::format("text is not well-formed JSON at byte {}", position);
    return false;
  }

 private:
  template <class Value>
  bool place(Value&& value) {
    put(json(std::forward<Value>(value)));
    return true;
  }

  json* put(json value) {
    if (containers_.empty()) {
      root = std::move(value);
      return &root;
    }
    if (containers_.back()->is_array()) {
      return &containers_.back()->get_ref<json::array_t&>().emplace_back(std::move(value));
    }
    *member_ = std::move(value);
    return member_;
  }

  bool open(json::value_t type) {
    if (containers_.size() == depth_max_) {
      problem = fmt::format("JSON is nested deeper than {} levels", depth_max_);
      return false;
    }
    containers_.push_back(put(json(type)));
    return true;
  }

  bool close() {
    containers_.pop_back();
    return true;
  }

  const size_t depth_max_;
  std::vector<json*> containers_;  // open arrays and objects, innermost last
  json* member_ = nullptr;         // value of the key read last
};

}  // namespace

std::string canonical_json(const json& value) {
  std::string out;
  out.reserve(1024);
  append_value(out, value);
  return out;
}

Result<json> parse_json(std::string_view text, size_t depth_max) {
  Builder builder(depth_max);
  if (!json::sax_parse(text.data(), text.data() + text.size(), &builder)) {
    return fail(ErrorCode::invalid, std::move(builder.problem));
  }
  return std::move(builder.root);
}

}  // namespace tcps
