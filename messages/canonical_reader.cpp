#include "messages/canonical_reader.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "messages/canonical_text.h"
#include "messages/text.h"
#include "messages/utf8.h"

namespace tcps {
namespace {

constexpr std::array<bool, 256> plain_characters() {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}

// Whether all eight characters are plain. Takes one from each byte of a word: a borrow sets the top bit of a
// byte that was zero, and may set it needlessly in the byte above one; the caller then looks at each
// character.
bool are_plain(const char* characters) {
  constexpr uint64_t ones = 0x0101010101010101u;
  uint64_t word = 0;
  std::memcpy(&word, characters, sizeof word);
  const uint64_t quotes = (word ^ ones * '"') - ones;
  const uint64_t backslashes = (word ^ ones * '\\') - ones;
  const uint64_t controls = word - ones * 0x20;
  return ((word | quotes | backslashes | controls) & ones * 0x80) == 0;
}

// Where the characters that stand for themselves end, from `at` on.
size_t end_of_plain(std::string_view text, size_t at) {
  static constexpr auto plain = plain_characters();
  while (text.size() - at >= 8 && are_plain(text.data() + at)) at += 8;
  while (at < text.size() && plain[static_cast<uint8_t>(text[at])]) ++at;
  return at;
}

bool may_stand_in_number(char c) { return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e'; }

// An integer of at most 15 digits, which has one form only; nothing for every other token.
std::optional<int64_t> short_integer(std::string_view token) {
  const std::string_view digits = token.substr(token.starts_with('-') ? 1 : 0);
  const bool is_zero = token == "0";
  if (digits.empty() || digits.size() > 15 || (digits.front() == '0' && !is_zero)) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return value;
}

}  // namespace

JsonKind CanonicalReader::kind() {
  const char next = malformed_ || at_end() ? '\0' : text_[position_];
  switch (next) {
    case 'n':
      return JsonKind::null;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case '"':
      return JsonKind::string;
    case '[':
      return JsonKind::array;
    case '{':
      return JsonKind::object;
    default:
      if (is_digit(next) || next == '-') return JsonKind::number;
      malformed_ = true;
      return JsonKind::malformed;
  }
}

bool CanonicalReader::accept(char c) {
  if (malformed_ || at_end() || text_[position_] != c) return false;
  ++position_;
  return true;
}

bool CanonicalReader::literal(std::string_view expected) {
  if (malformed_ || !text_.substr(position_).starts_with(expected)) return malformed();
  position_ += expected.size();
  return true;
}

bool CanonicalReader::enter(char opening) {
  if (depth_left_ == 0 || !accept(opening)) return malformed();
  --depth_left_;
  return true;
}

bool CanonicalReader::null() { return literal("null"); }

bool CanonicalReader::boolean(bool& value) {
  value = kind() == JsonKind::boolean && text_[position_] == 't';
  return literal(value ? "true" : "false");
}

bool CanonicalReader::number(JsonNumber& value) {
  if (kind() != JsonKind::number) return malformed();
  size_t end = position_;
  while (end < text_.size() && may_stand_in_number(text_[end])) ++end;
  const std::string_view token = text_.substr(position_, end - position_);
  value = {};
  value.integer = short_integer(token);
  if (value.integer) {
    value.real = static_cast<double>(*value.integer);
  } else {
    const auto [stop, error] = std::from_chars(token.data(), token.data() + token.size(), value.real);
    if (error != std::errc() || stop != token.data() + token.size() || !std::isfinite(value.real))
      return malformed();
    std::string form;
    canonical::append_double(form, value.real);
    if (form != token) return malformed();
    const bool has_digits_only = token.find_first_of(".e") == std::string_view::npos;
    if (has_digits_only && std::fabs(value.real) <= static_cast<double>(canonical::exact_integer_max)) {
      value.integer = static_cast<int64_t>(value.real);
    }
  }
  position_ = end;
  return true;
}

bool CanonicalReader::string(std::string_view& value) {
  if (!accept('"')) return malformed();
  bool has_escapes = false;
  size_t run = position_;  // start of the characters that stand for themselves
  for (position_ = end_of_plain(text_, position_); !at_end(); position_ = end_of_plain(text_, position_)) {
    const char c = text_[position_];
    if (c == '"') {
      const std::string_view rest = text_.substr(run, position_++ - run);
      value = has_escapes ? std::string_view(unescaped_.append(rest)) : rest;
      return true;
    } else if (c == '\\') {
      if (!has_escapes) unescaped_.clear();
      has_escapes = true;
      unescaped_.append(text_, run, position_ - run);
      if (!escape(unescaped_)) return malformed();
      run = position_;
    } else {
      const size_t length = utf8::sequence_length(text_.substr(position_));
      if (length < 2) return malformed();  // a control character, or no UTF-8
      position_ += length;
    }
  }
  return malformed();
}

// Only the shortest escape of a character that needs one is canonical.
bool CanonicalReader::escape(std::string& out) {
  constexpr std::string_view letters = "\"\\bfnrt";
  constexpr std::string_view meanings = "\"\\\b\f\n\r\t";
  constexpr std::string_view digits = "0123456789abcdef";
  const std::string_view rest = text_.substr(position_ + 1);
  if (rest.empty()) return false;
  if (const size_t letter = letters.find(rest.front()); letter != std::string_view::npos) {
    out += meanings[letter];
    position_ += 2;
    return true;
  }
  if (rest.size() < 5 || !(rest.starts_with("u000") || rest.starts_with("u001"))) return false;
  const size_t low = digits.find(rest[4]);
  if (low == std::string_view::npos) return false;
  const char c = static_cast<char>((rest[3] - '0') << 4 | static_cast<int>(low));
  if (meanings.find(c) != std::string_view::npos) return false;
  out += c;
  position_ += 6;
  return true;
}

bool CanonicalReader::name(std::string_view before, bool is_first, std::string_view& name,
                           std::string& room) {
  if (!string(name)) return false;
  if (name.data() == unescaped_.data()) {
    room = name;
    name = room;
  }
  if (!is_first && !canonical::name_less(before, name)) return malformed();
  return accept(':') || malformed();
}

bool CanonicalReader::skip() {
  std::string_view text;
  bool flag = false;
  JsonNumber ignored;
  switch (kind()) {
    case JsonKind::null:
      return null();
    case JsonKind::boolean:
      return boolean(flag);
    case JsonKind::number:
      return number(ignored);
    case JsonKind::string:
      return string(text);
    case JsonKind::array:
      return elements([](size_t, CanonicalReader& reader) { return reader.skip(); });
    case JsonKind::object:
      return members([](std::string_view, CanonicalReader& reader) { return reader.skip(); });
    case JsonKind::malformed:
      break;
  }
  return malformed();
}

}  // namespace tcps
