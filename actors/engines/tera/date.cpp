#include "actors/engines/tera/date.h"

#include <fmt/format.h>

#include <chrono>

#include "actors/engines/tera/catalogue.h"
#include "messages/text_scanner.h"

namespace tcps::tera {
namespace {

constexpr int64_t day_seconds = 86400;
constexpr int64_t first_second = -62135596800, last_second = 253402300799;  // years 0001 to 9999
constexpr std::string_view months[] = {"January", "February", "March",     "April",   "May",      "June",
                                       "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};

bool take_offset(TextScanner& text, DateTime& date) {
  if (text.take_any("Zz")) return true;
  const bool is_behind = text.take('-');
  if (!is_behind && !text.take('+')) return false;
  const auto hours = text.number(2, 0, 23);
  text.take(':');
  const auto minutes = hours ? text.number(2, 0, 59) : std::nullopt;
  if (!minutes) return false;
  date.offset_seconds = (is_behind ? -60 : 60) * (*hours * 60 + *minutes);
  return true;
}

bool take_clock(TextScanner& text, DateTime& date) {
  const auto hour = text.number(2, 0, 23);
  if (!hour || !text.take(':')) return false;
  const auto minute = text.number(2, 0, 59);
  if (!minute) return false;
  const auto second = text.take(':') ? text.number(2, 0, 60) : 0;
  if (!second) return false;
  date.local_seconds += (*hour * 60 + *minute) * 60 + *second;
  if (!text.take('.')) return true;
  constexpr size_t fraction_digits_max = 18;
  const auto fraction = text.digits();
  date.nanoseconds = billionths(fraction);
  return !fraction.empty() && fraction.size() <= fraction_digits_max;
}

// The parts of a DateTime, as the conversions need them.
struct Parts {
  std::chrono::year_month_day date;
  int hour, minute, second, weekday, year_day;

  explicit Parts(const DateTime& from) {
    int64_t day = from.local_seconds / day_seconds, rest = from.local_seconds % day_seconds;
    if (rest < 0) rest += day_seconds, --day;
    std::chrono::sys_days at{std::chrono::days(day)};
    date = std::chrono::year_month_day(at);
    weekday = int(std::chrono::weekday(at).c_encoding());
    year_day = int((at - std::chrono::sys_days(date.year() / 1 / 1)).count()) + 1;
    hour = int(rest / 3600), minute = int(rest / 60 % 60), second = int(rest % 60);
  }
  int year() const { return int(date.year()); }
  int month() const { return int(unsigned(date.month())); }
  int day() const { return int(unsigned(date.day())); }
  int hour12() const { return hour % 12 == 0 ? 12 : hour % 12; }
  int week(int first_weekday) const { return (year_day + 6 - (weekday + 7 - first_weekday) % 7) / 7; }

  // ISO 8601 week and its year.
  std::pair<int, int> iso_week() const {
    int monday_based = (weekday + 6) % 7;
    int week = (year_day - 1 - monday_based + 10) / 7;
    if (week < 1) return {weeks_of(year() - 1), year() - 1};
    if (week > weeks_of(year())) return {1, year() + 1};
    return {week, year()};
  }
  static int weeks_of(int year) {
    using namespace std::chrono;
    auto weekday_of = [](int y) {
      return std::chrono::weekday(sys_days(std::chrono::year(y) / December / 31)).iso_encoding();
    };
    return weekday_of(year) == 4 || weekday_of(year - 1) == 3 ? 53 : 52;
  }
};

std::string offset_text(int32_t offset, std::string_view separator) {
  int32_t minutes = std::abs(offset) / 60;
  return fmt::format("{}{:02}{}{:02}", offset < 0 ? '-' : '+', minutes / 60, separator, minutes % 60);
}

// Conversions that stand for a pattern of others.
std::string_view composed(char conversion) {
  switch (conversion) {
    case 'F':
      return "%Y-%m-%d";
    case 'T':
    case 'X':
      return "%H:%M:%S";
    case 'R':
      return "%H:%M";
    case 'D':
    case 'x':
      return "%m/%d/%y";
    case 'r':
      return "%I:%M:%S %p";
    case 'c':
      return "%a %b %e %T %Y";
    case 'v':
      return "%e-%b-%Y";
    default:
      return "";
  }
}

std::string date_part(const Parts& p, char conversion) {
  switch (conversion) {
    case 'Y':
      return fmt::format("{:04}", p.year());
    case 'C':
      return fmt::format("{:02}", p.year() / 100);
    case 'y':
      return fmt::format("{:02}", p.year() % 100);
    case 'm':
      return fmt::format("{:02}", p.month());
    case 'd':
      return fmt::format("{:02}", p.day());
    case 'e':
      return fmt::format("{:2}", p.day());
    case 'j':
      return fmt::format("{:03}", p.year_day);
    case 'B':
      return std::string(months[p.month() - 1]);
    case 'b':
    case 'h':
      return std::string(months[p.month() - 1].substr(0, 3));
    case 'A':
      return std::string(days[p.weekday]);
    case 'a':
      return std::string(days[p.weekday].substr(0, 3));
    case 'u':
      return std::to_string(p.weekday == 0 ? 7 : p.weekday);
    case 'w':
      return std::to_string(p.weekday);
    case 'U':
      return fmt::format("{:02}", p.week(0));
    case 'W':
      return fmt::format("{:02}", p.week(1));
    case 'G':
      return fmt::format("{:04}", p.iso_week().second);
    case 'g':
      return fmt::format("{:02}", p.iso_week().second % 100);
    case 'V':
      return fmt::format("{:02}", p.iso_week().first);
    default:
      return "";
  }
}

std::string time_part(const DateTime& date, const Parts& p, char conversion) {
  switch (conversion) {
    case 'H':
      return fmt::format("{:02}", p.hour);
    case 'k':
      return fmt::format("{:2}", p.hour);
    case 'I':
      return fmt::format("{:02}", p.hour12());
    case 'l':
      return fmt::format("{:2}", p.hour12());
    case 'M':
      return fmt::format("{:02}", p.minute);
    case 'S':
      return fmt::format("{:02}", p.second);
    case 'p':
      return p.hour < 12 ? "AM" : "PM";
    case 'P':
      return p.hour < 12 ? "am" : "pm";
    case 'f':
      return fmt::format("{:09}", date.nanoseconds);
    case 's':
      return std::to_string(date.local_seconds - date.offset_seconds);
    case 'z':
      return offset_text(date.offset_seconds, "");
    case 'Z':
      return date.offset_seconds == 0 ? "UTC" : offset_text(date.offset_seconds, ":");
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '%':
      return "%";
    default:
      return "";
  }
}

}  // namespace

std::optional<DateTime> parse_date(std::string_view text) {
  TextScanner rest(text);
  const auto year = rest.number(4, 1, 9999);
  if (!year || !rest.take('-')) return {};
  const auto month = rest.number(2, 1, 12);
  if (!month || !rest.take('-')) return {};
  const auto day = rest.number(2, 1, 31);
  if (!day) return {};
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                                         std::chrono::day(unsigned(*day))};
  if (!date.ok()) return {};
  DateTime out;
  out.local_seconds = std::chrono::sys_days(date).time_since_epoch().count() * day_seconds;
  if (rest.done()) return out;
  if (!rest.take_any("Tt ") || !take_clock(rest, out)) return {};
  if (!rest.done() && !take_offset(rest, out)) return {};
  if (!rest.done()) return {};
  return out;
}

std::optional<DateTime> date_from_timestamp(int64_t seconds) {
  if (seconds < first_second || seconds > last_second) return {};
  return DateTime{seconds, 0, 0};
}

std::string format_date(const DateTime& date, std::string_view pattern) {
  constexpr size_t pattern_bytes_max = 1024;
  if (pattern.size() > pattern_bytes_max) throw Misuse{"the 'format' is too long; use at most 1024 bytes"};
  Parts parts(date);
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    auto rest = pattern.substr(i + 1);
    if (rest.starts_with(":z")) {
      out += offset_text(date.offset_seconds, ":");
      i += 2;
    } else if (rest.size() >= 3 && rest[0] == '.' && rest[2] == 'f' &&
               (rest[1] == '3' || rest[1] == '6' || rest[1] == '9')) {
      out += "." + fmt::format("{:09}", date.nanoseconds).substr(0, size_t(rest[1] - '0'));
      i += 3;
    } else if (rest.starts_with("+")) {
      out += format_date(date, "%FT%T%:z");
      i += 1;
    } else {
      char conversion = rest.empty() ? ' ' : rest[0];
      bool is_unpadded = conversion == '-' && rest.size() >= 2;
      if (is_unpadded) conversion = rest[1];
      auto whole = composed(conversion);
      std::string part = whole.empty() ? date_part(parts, conversion) : format_date(date, whole);
      if (part.empty()) part = time_part(date, parts, conversion);
      if (part.empty()) throw Misuse{fmt::format("the 'format' has no conversion '%{}'", rest.substr(0, 1))};
      if (is_unpadded) part.erase(0, std::min(part.find_first_not_of("0 "), part.size() - 1));
      out += part;
      i += is_unpadded ? 2 : 1;
    }
  }
  return out;
}

}  // namespace tcps::tera
