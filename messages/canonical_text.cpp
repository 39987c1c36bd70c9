#include "messages/canonical_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "messages/result.h"
#include "messages/utf8.h"

namespace tcps::canonical {
namespace {

enum CharacterClass : uint8_t { plain, escaped, multibyte };

constexpr std::array<CharacterClass, 256> character_classes() {
  std::array<CharacterClass, 256> classes{};
  for (size_t c = 0; c < 256; ++c) classes[c] = c < 0x20 ? escaped : c < 0x80 ? plain : multibyte;
  classes['"'] = escaped;
  classes['\\'] = escaped;
  return classes;
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

template <class Integer>
void append_any(std::string& out, Integer number) {
  if (std::cmp_greater(number, exact_integer_max) || std::cmp_less(number, -exact_integer_max)) {
    append_double(out, static_cast<double>(number));
    return;
  }
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

}  // namespace

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
    const size_t length = kind == multibyte ? utf8::sequence_length(text.substr(i)) : 0;
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

// The shortest digits that read back as the same double, laid out by their
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

void append_integer(std::string& out, int64_t number) { append_any(out, number); }
void append_integer(std::string& out, uint64_t number) { append_any(out, number); }

// The order of UTF-8 bytes is that of UTF-16 units but for one case: U+E000 to U+FFFF (lead bytes ee and ef)
// stand behind the characters that UTF-16 writes as surrogates (lead bytes f0 to f4).
bool name_less(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() || right == b.end()) return left == a.end() && right != b.end();
  const auto rank = [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte == 0xee || byte == 0xef ? byte + 0x10 : byte;
  };
  return rank(*left) < rank(*right);
}

}  // namespace tcps::canonical
