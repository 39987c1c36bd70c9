#include "messages/iso8601.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "messages/text_scanner.h"

namespace tcps {
namespace {

namespace chrono = std::chrono;

constexpr int64_t ms_of(int year, unsigned month, unsigned day) {
  const chrono::sys_days date = chrono::year(year) / month / day;
  return chrono::duration_cast<chrono::milliseconds>(date.time_since_epoch()).count();
}
constexpr int64_t first_ms = ms_of(0, 1, 1);
constexpr int64_t last_ms = ms_of(10000, 1, 1) - 1;

struct Date {
  int year = 0, month = 0, day = 0;
};

std::optional<Date> take_date(TextScanner& text) {
  const auto year = text.number(4, 0, 9999);
  if (!year || !text.take('-')) return std::nullopt;
  const auto month = text.number(2, 1, 12);
  if (!month || !text.take('-')) return std::nullopt;
  const auto day = text.number(2, 1, 31);
  if (!day) return std::nullopt;
  return Date{*year, *month, *day};
}

std::optional<int64_t> take_clock_ms(TextScanner& text) {
  const auto hour = text.number(2, 0, 23);
  if (!hour || !text.take(':')) return std::nullopt;
  const auto minute = text.number(2, 0, 59);
  if (!minute || !text.take(':')) return std::nullopt;
  const auto second = text.number(2, 0, 59);
  if (!second) return std::nullopt;
  const int64_t ms = 1000 * ((60 * int64_t{*hour} + *minute) * 60 + *second);
  if (!text.take('.')) return ms;
  const auto fraction = text.digits();
  if (fraction.empty() || fraction.size() > 9) return std::nullopt;
  return ms + billionths(fraction) / 1'000'000;
}

std::optional<int64_t> take_offset_ms(TextScanner& text) {
  if (text.take('Z')) return 0;
  const bool is_behind = text.take('-');
  if (!is_behind && !text.take('+')) return std::nullopt;
  const auto hours = text.number(2, 0, 23);
  if (!hours || !text.take(':')) return std::nullopt;
  const auto minutes = text.number(2, 0, 59);
  if (!minutes) return std::nullopt;
  return (is_behind ? -60'000 : 60'000) * (60 * int64_t{*hours} + *minutes);
}

std::optional<int64_t> read(TextScanner text) {
  const auto date = take_date(text);
  if (!date || !text.take('T')) return std::nullopt;
  const auto clock = take_clock_ms(text);
  if (!clock) return std::nullopt;
  const auto offset = take_offset_ms(text);
  const auto month = static_cast<unsigned>(date->month), day = static_cast<unsigned>(date->day);
  if (!offset || !text.done() || !(chrono::year(date->year) / month / day).ok()) return std::nullopt;
  return ms_of(date->year, month, day) + *clock - *offset;
}

}  // namespace

std::string to_iso8601(int64_t unix_ms) {
  const chrono::sys_time<chrono::milliseconds> time{
      chrono::milliseconds(std::clamp(unix_ms, first_ms, last_ms))};
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds().count() != 0) text += fmt::format(".{:03}", clock.subseconds().count());
  return text += 'Z';
}

Result<int64_t> parse_iso8601(std::string_view text) {
  const auto unix_ms = read(TextScanner(text));
  if (!unix_ms) {
    return fail(ErrorCode::invalid,
                fmt::format("'{}' is not a time such as 2026-01-26T10:15:00Z", text.substr(0, 64)));
  }
  return *unix_ms;
}

}  // namespace tcps
