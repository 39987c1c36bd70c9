#include "actors/engines/rdf/literal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "actors/engines/rdf/decimal.h"
#include "actors/engines/rdf/moment.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

// The integer types with their bounds; an empty bound is none.
struct IntegerType {
  std::string_view name;
  std::string_view lowest;
  std::string_view highest;
};
constexpr std::array integer_types{
    IntegerType{"integer", "", ""},
    IntegerType{"long", "-9223372036854775808", "9223372036854775807"},
    IntegerType{"int", "-2147483648", "2147483647"},
    IntegerType{"short", "-32768", "32767"},
    IntegerType{"byte", "-128", "127"},
    IntegerType{"nonNegativeInteger", "0", ""},
    IntegerType{"positiveInteger", "1", ""},
    IntegerType{"nonPositiveInteger", "", "0"},
    IntegerType{"negativeInteger", "", "-1"},
    IntegerType{"unsignedLong", "0", "18446744073709551615"},
    IntegerType{"unsignedInt", "0", "4294967295"},
    IntegerType{"unsignedShort", "0", "65535"},
    IntegerType{"unsignedByte", "0", "255"},
};

// The name of an XML Schema type, empty for every other IRI.
std::string_view xsd_name(std::string_view datatype) {
  return datatype.starts_with(xsd::prefix) ? datatype.substr(xsd::prefix.size()) : std::string_view{};
}

const IntegerType* integer_type(std::string_view datatype) {
  const auto name = xsd_name(datatype);
  const auto found = std::find_if(integer_types.begin(), integer_types.end(),
                                  [&](const IntegerType& type) { return type.name == name; });
  return found == integer_types.end() ? nullptr : &*found;
}

bool is_in(const IntegerType& type, std::string_view lexical) {
  return is_decimal_numeral(lexical, false) &&
         (type.lowest.empty() || compare_numerals(lexical, type.lowest) >= 0) &&
         (type.highest.empty() || compare_numerals(lexical, type.highest) <= 0);
}

std::optional<double> parse_double(std::string_view lexical) {
  if (lexical == "INF" || lexical == "+INF") return std::numeric_limits<double>::infinity();
  if (lexical == "-INF") return -std::numeric_limits<double>::infinity();
  if (lexical == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const size_t exponent = std::min(lexical.find_first_of("eE"), lexical.size());
  if (!is_decimal_numeral(lexical.substr(0, exponent), true)) return std::nullopt;
  if (exponent < lexical.size() && !is_decimal_numeral(lexical.substr(exponent + 1), false))
    return std::nullopt;
  if (lexical.starts_with('+')) lexical.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(lexical.data(), lexical.data() + lexical.size(), value);
  if (error == std::errc::result_out_of_range) {
    const bool tiny = exponent < lexical.size() && lexical.find("-", 1) != std::string_view::npos;
    value = tiny ? 0.0 : std::numeric_limits<double>::infinity();
    return lexical.starts_with('-') ? -value : value;
  }
  return value;
}

bool is_hex(std::string_view lexical) {
  return lexical.size() % 2 == 0 &&
         lexical.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_base64(std::string_view lexical) {
  std::string packed(lexical);
  std::erase(packed, ' ');
  const size_t length = std::min(packed.find('='), packed.size());
  const bool padded =
      packed.size() - length <= 2 && packed.find_first_not_of('=', length) == std::string::npos;
  const auto alphabet = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return packed.size() % 4 == 0 && padded &&
         std::all_of(packed.begin(), packed.begin() + long(length), alphabet);
}

bool is_collapsed(std::string_view lexical) {
  return lexical.find_first_of("\t\r\n") == std::string_view::npos && !lexical.starts_with(' ') &&
         !lexical.ends_with(' ') && lexical.find("  ") == std::string_view::npos;
}

bool is_language_tag(std::string_view lexical) {
  for (bool first = true;; first = false) {
    const size_t dash = std::min(lexical.find('-'), lexical.size());
    const auto part = lexical.substr(0, dash);
    const bool sized = !part.empty() && part.size() <= 8;
    const bool spelled = std::all_of(part.begin(), part.end(), [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
    });
    if (!sized || !spelled) return false;
    if (dash == lexical.size()) return true;
    lexical.remove_prefix(dash + 1);
  }
}

bool is_zoned_date_time(std::string_view lexical) {
  const auto moment = parse_date_time(lexical);
  return moment && moment->zoned;
}

bool is_boolean(std::string_view lexical) {
  return lexical == "true" || lexical == "false" || lexical == "1" || lexical == "0";
}

struct LexicalRule {
  std::string_view name;
  bool (*accepts)(std::string_view lexical);
};
constexpr std::array lexical_rules{
    LexicalRule{"boolean", is_boolean},
    LexicalRule{"decimal", [](std::string_view text) { return is_decimal_numeral(text, true); }},
    LexicalRule{"double", [](std::string_view text) { return parse_double(text).has_value(); }},
    LexicalRule{"float", [](std::string_view text) { return parse_double(text).has_value(); }},
    LexicalRule{"dateTime", [](std::string_view text) { return parse_date_time(text).has_value(); }},
    LexicalRule{"dateTimeStamp", is_zoned_date_time},
    LexicalRule{"date", [](std::string_view text) { return parse_date(text).has_value(); }},
    LexicalRule{"time", [](std::string_view text) { return parse_time(text).has_value(); }},
    LexicalRule{"gYear", [](std::string_view text) { return is_partial_date("gYear", text); }},
    LexicalRule{"gYearMonth", [](std::string_view text) { return is_partial_date("gYearMonth", text); }},
    LexicalRule{"gMonth", [](std::string_view text) { return is_partial_date("gMonth", text); }},
    LexicalRule{"gMonthDay", [](std::string_view text) { return is_partial_date("gMonthDay", text); }},
    LexicalRule{"gDay", [](std::string_view text) { return is_partial_date("gDay", text); }},
    LexicalRule{"duration", [](std::string_view text) { return is_duration("duration", text); }},
    LexicalRule{"yearMonthDuration",
                [](std::string_view text) { return is_duration("yearMonthDuration", text); }},
    LexicalRule{"dayTimeDuration",
                [](std::string_view text) { return is_duration("dayTimeDuration", text); }},
    LexicalRule{"hexBinary", is_hex},
    LexicalRule{"base64Binary", is_base64},
    LexicalRule{"language", is_language_tag},
    LexicalRule{"token", is_collapsed},
    LexicalRule{"normalizedString",
                [](std::string_view text) { return text.find_first_of("\t\r\n") == std::string_view::npos; }},
};

bool is_floating(std::string_view datatype) { return datatype == xsd::double_ || datatype == xsd::float_; }

std::partial_ordering compare_numbers(const Term& left, const Term& right) {
  if (!is_floating(left.datatype) && !is_floating(right.datatype))
    return compare_numerals(left.value, right.value);
  const auto value = [](const Term& term) {
    const double wide = *parse_double(term.value);
    return term.datatype == xsd::float_ ? double(float(wide)) : wide;
  };
  return value(left) <=> value(right);
}

std::optional<Moment> moment_of(const Term& term) {
  const auto name = xsd_name(term.datatype);
  if (name == "dateTime" || name == "dateTimeStamp") return parse_date_time(term.value);
  if (name == "date") return parse_date(term.value);
  if (name == "time") return parse_time(term.value);
  return std::nullopt;
}

// Types whose values share one order.
std::string_view family(std::string_view datatype) {
  const auto name = xsd_name(datatype);
  return name == "dateTimeStamp" ? std::string_view("dateTime") : name;
}

}  // namespace

bool is_integer_type(std::string_view datatype) { return integer_type(datatype) != nullptr; }

bool is_numeric_type(std::string_view datatype) {
  return is_integer_type(datatype) || datatype == xsd::decimal || is_floating(datatype);
}

bool is_valid_lexical(std::string_view datatype, std::string_view lexical) {
  if (const IntegerType* type = integer_type(datatype)) return is_in(*type, lexical);
  const auto name = xsd_name(datatype);
  const auto rule = std::find_if(lexical_rules.begin(), lexical_rules.end(),
                                 [&](const LexicalRule& one) { return one.name == name; });
  return rule == lexical_rules.end() || rule->accepts(lexical);
}

std::partial_ordering compare_values(const Term& left, const Term& right) {
  constexpr auto unordered = std::partial_ordering::unordered;
  if (!left.is_literal() || !right.is_literal()) return unordered;
  if (!is_valid_lexical(left.datatype, left.value) || !is_valid_lexical(right.datatype, right.value))
    return unordered;
  if (is_numeric_type(left.datatype) && is_numeric_type(right.datatype)) return compare_numbers(left, right);
  if (family(left.datatype) != family(right.datatype) || left.language != right.language) return unordered;
  if (left.datatype == xsd::string) return left.value <=> right.value;
  if (left.datatype == xsd::boolean) {
    const auto truth = [](const Term& term) { return term.value == "true" || term.value == "1"; };
    return truth(left) <=> truth(right);
  }
  const auto left_moment = moment_of(left);
  const auto right_moment = moment_of(right);
  return left_moment && right_moment ? compare_moments(*left_moment, *right_moment) : unordered;
}

bool language_matches(std::string_view tag, std::string_view range) {
  if (range == "*") return !tag.empty();
  const auto same = [](char wanted, char have) { return (wanted | 0x20) == (have | 0x20); };
  return !tag.empty() && !range.empty() && tag.size() >= range.size() &&
         std::equal(range.begin(), range.end(), tag.begin(), same) &&
         (tag.size() == range.size() || tag[range.size()] == '-');
}

}  // namespace tcps::rdf
