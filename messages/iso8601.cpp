#include "messages/iso8601.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace tcps {
namespace {

namespace chrono = std::chrono;

constexpr int64_t ms_of(int year, unsigned month, unsigned day) {
  const chrono::sys_days date = chrono::year(year) / month / day;
  return chrono::duration_cast<chrono::milliseconds>(date.time_since_epoch()).count();
}
constexpr int64_t first_ms = ms_of(0, 1, 1);
constexpr int64_t last_ms = ms_of(10000, 1, 1) - 1;

// Takes the text apart from left to right; once something is missing, `ok` stays false.
struct Reader {
  std::string_view rest;
  bool ok = true;

  bool next_is(char c) const { return !rest.empty() && rest.front() == c; }
  bool next_is_digit() const { return !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; }

  void expect(char c) {
    ok = ok && next_is(c);
    if (ok) rest.remove_prefix(1);
  }

  int digit() {
    ok = ok && next_is_digit();
    if (!ok) return 0;
    const int value = rest.front() - '0';
    rest.remove_prefix(1);
    return value;
  }

  int number(int digits, int most) {
    int value = 0;
    for (int i = 0; i < digits; ++i) value = 10 * value + digit();
    ok = ok && value <= most;
    return value;
  }
};

int read_fraction_ms(Reader& reader) {
  if (!reader.next_is('.')) return 0;
  reader.expect('.');
  int ms = 0;
  int digits = 0;
  for (; digits < 9 && (digits == 0 || reader.next_is_digit()); ++digits) {
    const int digit = reader.digit();
    if (digits < 3) ms = 10 * ms + digit;
  }
  for (; digits < 3; ++digits) ms *= 10;
  return ms;
}

int read_offset_minutes(Reader& reader) {
  if (reader.next_is('Z')) {
    reader.expect('Z');
    return 0;
  }
  const int sign = reader.next_is('-') ? -1 : 1;
  reader.expect(sign < 0 ? '-' : '+');
  const int hours = reader.number(2, 23);
  reader.expect(':');
  return sign * (60 * hours + reader.number(2, 59));
}

std::optional<int64_t> read(Reader reader) {
  const int year = reader.number(4, 9999);
  reader.expect('-');
  const int month = reader.number(2, 12);
  reader.expect('-');
  const int day = reader.number(2, 31);
  reader.expect('T');
  const int hour = reader.number(2, 23);
  reader.expect(':');
  const int minute = reader.number(2, 59);
  reader.expect(':');
  const int second = reader.number(2, 59);
  const int ms = read_fraction_ms(reader);
  const int offset = read_offset_minutes(reader);
  const auto date = chrono::year(year) / static_cast<unsigned>(month) / static_cast<unsigned>(day);
  if (!reader.ok || !reader.rest.empty() || !date.ok()) return std::nullopt;
  const int64_t seconds = (60 * int64_t{hour} + minute - offset) * 60 + second;
  return ms_of(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) + 1000 * seconds + ms;
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
  const auto unix_ms = read(Reader{text});
  if (!unix_ms) {
    return fail(ErrorCode::invalid,
                fmt::format("'{}' is not a time such as 2026-01-26T10:15:00Z", text.substr(0, 64)));
  }
  return *unix_ms;
}

}  // namespace tcps
