// Small rules about text that every room needs: taken apart, read as a number, made fit to be shown.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcps {

// The parts between the separators, empty ones too: one more than there are separators.
std::vector<std::string_view> split(std::string_view text, char separator);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Decimal digits and nothing else, leading zeros among them. Nothing when the number does not fit.
template <std::integral Number = uint64_t>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// With a space for every control character, so that nothing from outside steers a terminal.
std::string printable(std::string_view text);

// As elements and attributes of XML hold it.
std::string escape_xml(std::string_view text);
std::string_view xml_entity(char c);  // empty when it stands for itself

}  // namespace tcps
