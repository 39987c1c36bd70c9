#include "actors/engines/rdf/moment.h"

#include <chrono>

#include "messages/text_scanner.h"

namespace tcps::rdf {
namespace {

std::optional<int64_t> take_year(TextScanner& scanner) {
  const bool negative = scanner.take('-');
  const auto text = scanner.digits();
  if (text.size() < 4 || text.size() > 9 || (text.size() > 4 && text.front() == '0')) return std::nullopt;
  int64_t year = 0;
  for (const char c : text) year = year * 10 + (c - '0');
  return negative ? -year : year;
}

// Days since 1970-01-01 in the proleptic Gregorian calendar, for years beyond std::chrono's range as well:
// the calendar repeats every 400 years of 146,097 days.
std::optional<int64_t> day_number(int64_t year, int month, int day) {
  const int64_t cycles = (year >= 0 ? year : year - 399) / 400;
  const auto within = std::chrono::year(static_cast<int>(year - cycles * 400));
  const std::chrono::year_month_day date(within, std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() + cycles * 146'097;
}

std::optional<int64_t> take_date(TextScanner& scanner) {
  const auto year = take_year(scanner);
  if (!year || !scanner.take('-')) return std::nullopt;
  const auto month = scanner.number(2, 1, 12);
  if (!month || !scanner.take('-')) return std::nullopt;
  const auto day = scanner.number(2, 1, 31);
  if (!day) return std::nullopt;
  return day_number(*year, *month, *day);
}

bool take_time(TextScanner& scanner, Moment& moment) {
  const auto hour = scanner.number(2, 0, 24);
  if (!hour || !scanner.take(':')) return false;
  const auto minute = scanner.number(2, 0, 59);
  if (!minute || !scanner.take(':')) return false;
  const auto second = scanner.number(2, 0, 59);
  if (!second) return false;
  if (scanner.take('.')) {
    const auto fraction = scanner.digits();
    if (fraction.empty()) return false;
    moment.nanoseconds = static_cast<int32_t>(billionths(fraction));
  }
  if (*hour == 24 && (*minute != 0 || *second != 0 || moment.nanoseconds != 0)) return false;
  moment.seconds += *hour * 3600 + *minute * 60 + *second;
  return true;
}

// The zone, when there is one, and the end of the text.
bool take_zone_and_end(TextScanner& scanner, Moment& moment) {
  if (scanner.done()) return true;
  moment.zoned = true;
  if (scanner.take('Z')) return scanner.done();
  const bool behind = scanner.take('-');
  if (!behind && !scanner.take('+')) return false;
  const auto hour = scanner.number(2, 0, 14);
  if (!hour || !scanner.take(':')) return false;
  const auto minute = scanner.number(2, 0, *hour == 14 ? 0 : 59);
  if (!minute) return false;
  const int offset = *hour * 3600 + *minute * 60;
  moment.seconds += behind ? offset : -offset;
  return scanner.done();
}

constexpr int64_t day_seconds = 86'400;

}  // namespace

std::optional<Moment> parse_date_time(std::string_view text) {
  TextScanner scanner(text);
  const auto day = take_date(scanner);
  if (!day) return std::nullopt;
  Moment moment{*day * day_seconds};
  if (!scanner.take('T') || !take_time(scanner, moment) || !take_zone_and_end(scanner, moment))
    return std::nullopt;
  return moment;
}

std::optional<Moment> parse_date(std::string_view text) {
  TextScanner scanner(text);
  const auto day = take_date(scanner);
  if (!day) return std::nullopt;
  Moment moment{*day * day_seconds};
  if (!take_zone_and_end(scanner, moment)) return std::nullopt;
  return moment;
}

std::optional<Moment> parse_time(std::string_view text) {
  TextScanner scanner(text);
  Moment moment;
  if (!take_time(scanner, moment) || !take_zone_and_end(scanner, moment)) return std::nullopt;
  return moment;
}

std::partial_ordering compare_moments(const Moment& left, const Moment& right) {
  if (left.zoned == right.zoned) {
    if (left.seconds != right.seconds) return left.seconds <=> right.seconds;
    return left.nanoseconds <=> right.nanoseconds;
  }
  constexpr int64_t doubt = 14 * 3600;
  if (left.seconds + doubt < right.seconds) return std::partial_ordering::less;
  if (left.seconds - doubt > right.seconds) return std::partial_ordering::greater;
  return std::partial_ordering::unordered;
}

bool is_partial_date(std::string_view type, std::string_view text) {
  TextScanner scanner(text);
  std::optional<int> month = 1;
  std::optional<int> day = 1;
  if (type == "gYear" || type == "gYearMonth") {
    if (!take_year(scanner)) return false;
    if (type == "gYearMonth" && !(scanner.take('-') && scanner.number(2, 1, 12))) return false;
  } else if (type == "gDay") {
    if (!scanner.take("---") || !scanner.number(2, 1, 31)) return false;
  } else {
    if (!scanner.take("--") || !(month = scanner.number(2, 1, 12))) return false;
    if (type == "gMonthDay" && !(scanner.take('-') && (day = scanner.number(2, 1, 31)))) return false;
    constexpr int64_t leap_year = 2000;
    if (!day_number(leap_year, *month, *day)) return false;
  }
  Moment zone;
  return take_zone_and_end(scanner, zone);
}

bool is_duration(std::string_view type, std::string_view text) {
  TextScanner scanner(text);
  scanner.take('-');
  if (!scanner.take('P')) return false;
  const std::string_view date_units = type == "yearMonthDuration" ? "YM"
                                      : type == "dayTimeDuration" ? "D"
                                                                  : "YMD";
  bool timed = false;
  bool any = false;
  size_t next = 0;
  while (!scanner.done()) {
    if (!timed && type != "yearMonthDuration" && scanner.take('T')) {
      timed = true;
      any = false;
      next = 0;
    }
    const std::string_view units = timed ? "HMS" : date_units;
    if (scanner.digits().empty()) return false;
    const bool fraction = scanner.take('.');
    if (fraction && scanner.digits().empty()) return false;
    while (next < units.size() && !scanner.take(units[next])) ++next;
    if (next == units.size() || (fraction && units[next] != 'S')) return false;
    ++next;
    any = true;
  }
  return any;
}

}  // namespace tcps::rdf
