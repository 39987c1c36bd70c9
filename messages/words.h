// A vocabulary: an enum that has a text form on the wire and in the ledger, and one table that says it. What
// follows from a word stands in the table's row beside it. A stored log stays readable, and code compares
// values: text is read once, where a message comes in, and written once, where it goes out.
//
//   enum class Disposition : uint8_t { resume, keep };
//   template <>
//   struct Vocabulary<Disposition> {
//     static constexpr std::string_view name = "disposition";
//     static constexpr std::array rows = {Word{Disposition::resume, "resume"}, Word{Disposition::keep, "keep"}};
//   };
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.h"

namespace tcps {

// A row of a table from which nothing else follows. Other tables have rows of their own, which begin alike.
template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};
template <class Enum>
Word(Enum, std::string_view) -> Word<Enum>;  // clang 14 does not deduce an aggregate's

// `name` is what people call it, for errors; `rows` are in the order of the enum.
template <class Enum>
struct Vocabulary;

template <class Enum>
concept Worded = requires {
  Vocabulary<Enum>::rows;
};

// The place of a value in its table, whatever number the enum begins with.
template <Worded Enum>
constexpr size_t row_number(Enum value) {
  return static_cast<size_t>(value) - static_cast<size_t>(Vocabulary<Enum>::rows[0].value);
}

template <Worded Enum>
constexpr bool is_in_order() {
  const auto& rows = Vocabulary<Enum>::rows;
  for (size_t at = 0; at < rows.size(); ++at) {
    if (row_number(rows[at].value) != at) return false;
  }
  return true;
}

// A value that is none of the enum's is asserted.
template <Worded Enum>
constexpr const auto& row_of(Enum value) {
  static_assert(is_in_order<Enum>(), "each row stands where the enum has its value");
  TCPS_CHECK(row_number(value) < Vocabulary<Enum>::rows.size());
  return Vocabulary<Enum>::rows[row_number(value)];
}

template <Worded Enum>
constexpr std::string_view to_string(Enum value) {
  return row_of(value).text;
}

// Every value, in order.
template <Worded Enum>
inline constexpr auto all_words = [] {
  std::array<Enum, Vocabulary<Enum>::rows.size()> values{};
  for (size_t at = 0; at < values.size(); ++at) values[at] = Vocabulary<Enum>::rows[at].value;
  return values;
}();

// Nothing when the vocabulary has no such word.
template <Worded Enum>
constexpr std::optional<Enum> find_word(std::string_view text) {
  for (const auto& row : Vocabulary<Enum>::rows) {
    if (row.text == text) return row.value;
  }
  return std::nullopt;
}

template <Worded Enum>
std::vector<std::string> word_texts() {
  std::vector<std::string> texts;
  for (const auto& row : Vocabulary<Enum>::rows) texts.emplace_back(row.text);
  return texts;
}

// For people: "resume, keep or cancel".
template <Worded Enum>
std::string list_words() {
  std::string list;
  const auto& rows = Vocabulary<Enum>::rows;
  for (size_t at = 0; at < rows.size(); ++at) {
    if (at > 0) list += at + 1 == rows.size() ? " or " : ", ";
    list += rows[at].text;
  }
  return list;
}

template <Worded Enum>
inline constexpr auto joined_letters = [] {
  constexpr size_t size = [] {
    size_t sum = Vocabulary<Enum>::rows.size() - 1;
    for (const auto& row : Vocabulary<Enum>::rows) sum += row.text.size();
    return sum;
  }();
  std::array<char, size> letters{};
  size_t at = 0;
  for (const auto& row : Vocabulary<Enum>::rows) {
    if (at > 0) letters[at++] = '|';
    for (const char letter : row.text) letters[at++] = letter;
  }
  return letters;
}();

// For tables of settings, as a constant: "resume|keep|cancel".
template <Worded Enum>
inline constexpr std::string_view joined_words{joined_letters<Enum>.data(), joined_letters<Enum>.size()};

// Errors: invalid, naming the vocabulary, at most 64 bytes of the text, and the words there are.
template <Worded Enum>
Result<Enum> parse_word(std::string_view text) {
  if (const auto found = find_word<Enum>(text)) return *found;
  return fail(ErrorCode::invalid, std::string(Vocabulary<Enum>::name) + " '" +
                                      std::string(text.substr(0, 64)) + "' is unknown: use " +
                                      list_words<Enum>());
}

}  // namespace tcps
