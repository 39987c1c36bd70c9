// Filters over numbers, dates and any value.
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "actors/engines/tera/catalogue.h"
#include "actors/engines/tera/date.h"
#include "actors/engines/tera/text.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

double number_of(const json& value) {
  if (!value.is_number()) throw Misuse{fmt::format("takes a number, not {}", value.type_name())};
  return value.get<double>();
}

json absolute(const json& value, const Arguments&) {
  if (value.is_number_unsigned()) return value;
  if (!value.is_number_integer()) return std::abs(number_of(value));
  auto number = value.get<int64_t>();
  if (number == INT64_MIN) throw Misuse{"the number has no absolute value in 64 bits"};
  return std::abs(number);
}

json pluralize(const json& value, const Arguments& arguments) {
  bool is_one = std::abs(number_of(value)) == 1;
  return is_one ? arguments.text_or("singular", "") : arguments.text_or("plural", "s");
}

json round(const json& value, const Arguments& arguments) {
  std::string method = arguments.text_or("method", "common");
  int64_t precision = arguments.integer_or("precision", 0);
  if (precision < 0 || precision > 15) throw Misuse{"takes a 'precision' of 0 to 15"};
  double scale = std::pow(10.0, double(precision)), scaled = number_of(value) * scale;
  if (!std::isfinite(scaled)) return value;
  if (method == "common") return std::round(scaled) / scale;
  if (method == "ceil") return std::ceil(scaled) / scale;
  if (method == "floor") return std::floor(scaled) / scale;
  throw Misuse{fmt::format("takes the methods common, ceil and floor, not '{}'", method)};
}

json filesizeformat(const json& value, const Arguments& arguments) {
  static constexpr std::string_view decimal[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
  static constexpr std::string_view binary[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = number_of(value);
  if (!value.is_number_integer() || size < 0) throw Misuse{"takes a whole number of at least 0"};
  size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(decimal); ++unit) size /= 1024;
  std::string text = fmt::format("{:.2f}", size);
  if (text.ends_with(".00")) text.resize(text.size() - 3);
  return fmt::format("{} {}", text, (arguments.boolean_or("binary", false) ? binary : decimal)[unit]);
}

json date(const json& value, const Arguments& arguments) {
  std::string zone = arguments.text_or("timezone", "UTC");
  if (zone != "UTC") throw Misuse{fmt::format("knows the time zone UTC only, not '{}'", zone)};
  std::optional<DateTime> at;
  if (value.is_number_integer())
    at = date_from_timestamp(value.get<int64_t>());
  else if (value.is_string())
    at = parse_date(value.get_ref<const std::string&>());
  else
    throw Misuse{fmt::format("takes a timestamp or an ISO 8601 text, not {}", value.type_name())};
  if (!at)
    throw Misuse{fmt::format("'{}' is no date of the years 1 to 9999; write it as 2026-01-26",
                             value_text(value).substr(0, 80))};
  if (arguments.find("timezone")) *at = {at->local_seconds - at->offset_seconds, at->nanoseconds, 0};
  return format_date(*at, arguments.text_or("format", "%Y-%m-%d"));
}

// The number in `text` to a base, with its prefix; a decimal fraction is cut off.
std::optional<int64_t> parse_integer(std::string_view text, int base) {
  text = trim_start(trim_end(text));
  bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  std::string_view prefix = base == 2 ? "0b" : base == 8 ? "0o" : base == 16 ? "0x" : "";
  if (!prefix.empty() && text.starts_with(prefix)) text.remove_prefix(prefix.size());
  if (base == 10) text = text.substr(0, text.find('.'));
  std::string digits = (is_negative ? "-" : "") + std::string(text);
  int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  bool has_sign_twice = text.starts_with('-');
  if (error != std::errc() || end != digits.data() + digits.size() || has_sign_twice) return {};
  return value;
}

json to_integer(const json& value, const Arguments& arguments) {
  int64_t base = arguments.integer_or("base", 10);
  if (base < 2 || base > 36) throw Misuse{"takes a 'base' of 2 to 36"};
  const json* otherwise = arguments.find("default");
  json fallback = otherwise ? *otherwise : json(0);
  if (value.is_string()) {
    auto number = parse_integer(value.get_ref<const std::string&>(), int(base));
    return number ? json(*number) : fallback;
  }
  if (value.is_number_integer()) return value;
  if (!value.is_number()) throw Misuse{fmt::format("takes a text or a number, not {}", value.type_name())};
  double number = std::trunc(value.get<double>());
  bool fits = number >= -9223372036854775808.0 && number < 9223372036854775808.0;
  return fits ? json(int64_t(number)) : fallback;
}

json to_float(const json& value, const Arguments& arguments) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) throw Misuse{fmt::format("takes a text or a number, not {}", value.type_name())};
  auto text = trim_start(trim_end(value.get_ref<const std::string&>()));
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number)) return number;
  const json* otherwise = arguments.find("default");
  return otherwise ? *otherwise : json(0.0);
}

json json_encode(const json& value, const Arguments& arguments) {
  int indent = arguments.boolean_or("pretty", false) ? 2 : -1;
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

json as_str(const json& value, const Arguments&) { return value_text(value); }

// The renderer gives `default` and `safe` their meaning; over a value that is there both are the value.
json same(const json& value, const Arguments&) { return value; }

constexpr Filter value_filter_table[] = {{"abs", "", absolute},
                                         {"pluralize", "singular plural", pluralize},
                                         {"round", "method precision", round},
                                         {"filesizeformat", "binary", filesizeformat},
                                         {"date", "format timezone", date},
                                         {"int", "default base", to_integer},
                                         {"float", "default", to_float},
                                         {"json_encode", "pretty", json_encode},
                                         {"as_str", "", as_str},
                                         {"default", "value", same},
                                         {"safe", "", same}};

}  // namespace

std::span<const Filter> value_filters() { return value_filter_table; }

}  // namespace tcps::tera
