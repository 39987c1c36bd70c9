#include "messages/iso8601.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace tcps {
namespace {

TEST(Iso8601, WritesAndReadsInstants) {
  const std::pair<int64_t, std::string_view> instants[] = {{0, "1970-01-01T00:00:00Z"},
                                                           {1769422500000, "2026-01-26T10:15:00Z"},
                                                           {1769422500250, "2026-01-26T10:15:00.250Z"},
                                                           {-1, "1969-12-31T23:59:59.999Z"},
                                                           {951782400000, "2000-02-29T00:00:00Z"},
                                                           {253402300799999, "9999-12-31T23:59:59.999Z"}};
  for (const auto& [unix_ms, text] : instants) {
    EXPECT_EQ(to_iso8601(unix_ms), text);
    EXPECT_EQ(parse_iso8601(text), unix_ms) << text;
  }
}

TEST(Iso8601, ReadsFractionsAndOffsets) {
  EXPECT_EQ(parse_iso8601("2026-01-26T10:15:00.2Z"), 1769422500200);
  EXPECT_EQ(parse_iso8601("2026-01-26T10:15:00.25049999Z"), 1769422500250);
  EXPECT_EQ(parse_iso8601("2026-01-26T12:15:00+02:00"), 1769422500000);
  EXPECT_EQ(parse_iso8601("2026-01-26T05:45:00.000-04:30"), 1769422500000);
}

TEST(Iso8601, RefusesWhatIsNoInstant) {
  for (std::string_view text :
       {"", "2026-01-26", "2026-01-26T10:15:00", "2026-01-26 10:15:00Z", "2026-01-26T10:15Z",
        "2026-13-26T10:15:00Z", "2026-02-29T10:15:00Z", "2026-00-10T10:15:00Z", "2026-01-00T10:15:00Z",
        "2026-01-26T24:00:00Z", "2026-01-26T10:60:00Z", "2026-01-26T10:15:60Z", "2026-01-26T10:15:00.Z",
        "2026-01-26T10:15:00.1234567890Z", "2026-01-26T10:15:00ZZ", "2026-01-26T10:15:00+2:00",
        "+026-01-26T10:15:00Z", "2026-01-26t10:15:00z", "2026-1-26T10:15:00Z"}) {
    const auto parsed = parse_iso8601(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
  }
}

TEST(Iso8601, WritesInstantsBeyondItsYearsAsTheNearest) {
  EXPECT_EQ(to_iso8601(std::numeric_limits<int64_t>::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(to_iso8601(std::numeric_limits<int64_t>::min()), "0000-01-01T00:00:00Z");
}

RC_GTEST_PROP(Iso8601, ReadsBackWhatItWrote, ()) {
  const int64_t unix_ms = *rc::gen::inRange<int64_t>(-62'167'219'200'000, 253'402'300'800'000);
  RC_ASSERT(parse_iso8601(to_iso8601(unix_ms)).value() == unix_ms);
}

}  // namespace
}  // namespace tcps
