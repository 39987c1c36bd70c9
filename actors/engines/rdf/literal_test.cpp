#include "actors/engines/rdf/literal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/engines/rdf/decimal.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

std::string xsd_type(std::string_view name) { return std::string(xsd::prefix) + std::string(name); }
Term typed(std::string_view lexical, std::string_view name) { return Term::literal(lexical, xsd_type(name)); }

TEST(LexicalForms, AreCheckedByDatatype) {
  struct Row {
    const char* type;
    std::vector<const char*> valid;
    std::vector<const char*> invalid;
  };
  const std::vector<Row> rows{
      {"integer", {"0", "-7", "+007", "123456789012345678901234567890"}, {"", "-", "1.0", "1e3", " 1", "x"}},
      {"byte", {"-128", "127", "+127"}, {"128", "-129", "300"}},
      {"unsignedLong", {"0", "18446744073709551615"}, {"-1", "18446744073709551616"}},
      {"positiveInteger", {"1"}, {"0", "-1"}},
      {"negativeInteger", {"-1"}, {"0", "-0"}},
      {"decimal", {"1", "1.", ".5", "-1.50"}, {".", "", "1e3", "1,5", "1.2.3"}},
      {"double",
       {"1", "1e3", "-1.5E-7", "INF", "-INF", "NaN", "1e999"},
       {"", "e3", "inf", "nan", "1e", "1e1.5", "0x1"}},
      {"boolean", {"true", "false", "0", "1"}, {"True", "yes", ""}},
      {"dateTime",
       {"2020-02-29T23:59:59", "2020-01-01T24:00:00Z", "-0044-03-15T00:00:00.123+14:00"},
       {"2021-02-29T00:00:00", "2020-13-01T00:00:00", "2020-01-01", "2020-01-01T25:00:00",
        "2020-01-01T00:00:60", "2020-01-01T00:00:00+14:30", "2020-01-01T24:00:01", "20-01-01T00:00:00",
        "2020-01-01T00:00:00."}},
      {"dateTimeStamp", {"2020-01-01T00:00:00Z"}, {"2020-01-01T00:00:00"}},
      {"date", {"2020-02-29", "12020-01-01Z"}, {"2020-2-9", "2021-02-29", "2020-01-01T00:00:00"}},
      {"time", {"00:00:00", "23:59:59.5Z"}, {"24:00:01", "1:00:00", "00:00"}},
      {"gYear", {"2020", "-0001Z"}, {"20", "02020"}},
      {"gYearMonth", {"2020-12"}, {"2020-13", "2020"}},
      {"gMonthDay", {"--02-29"}, {"--02-30", "02-01"}},
      {"gMonth", {"--12"}, {"--13"}},
      {"gDay", {"---31Z"}, {"---32", "--31"}},
      {"duration", {"P1Y", "-P1Y2M3DT4H5M6.7S", "PT0S"}, {"P", "PT", "P1S", "1Y", "P1DT", "P1M1Y", "PT1.5H"}},
      {"dayTimeDuration", {"P1DT2H"}, {"P1Y"}},
      {"yearMonthDuration", {"P1Y2M"}, {"P1D", "P1YT1H"}},
      {"hexBinary", {"", "0aF9"}, {"0", "0g"}},
      {"base64Binary", {"", "YWI=", "YWJj YWJj"}, {"YWI", "====", "YW-j"}},
      {"language", {"en", "de-1996"}, {"", "e_n", "abcdefghi", "-en"}},
      {"token", {"a b"}, {" a", "a  b", "a\tb"}},
      {"normalizedString", {"a  b"}, {"a\nb"}},
      {"string", {"", "anything\n"}, {}},
      {"anyURI", {"a b"}, {}},
  };
  for (const Row& row : rows) {
    for (const char* lexical : row.valid)
      EXPECT_TRUE(is_valid_lexical(xsd_type(row.type), lexical)) << row.type << lexical;
    for (const char* lexical : row.invalid) {
      EXPECT_FALSE(is_valid_lexical(xsd_type(row.type), lexical)) << row.type << lexical;
    }
  }
  EXPECT_TRUE(is_valid_lexical("http://e/own", "anything"));
}

TEST(Values, AreOrderedWithinTheirFamily) {
  struct Row {
    Term left, right;
    std::partial_ordering order;
  };
  const auto less = std::partial_ordering::less;
  const auto same = std::partial_ordering::equivalent;
  const auto none = std::partial_ordering::unordered;
  const std::vector<Row> rows{
      {typed("9", "integer"), typed("10", "byte"), less},
      {typed("1.0", "decimal"), typed("01", "integer"), same},
      {typed("-0", "integer"), typed("0", "decimal"), same},
      {typed("-2", "integer"), typed("-1.5", "decimal"), less},
      {typed("0.1", "decimal"), typed("0.10000000000000000000000001", "decimal"), less},
      {typed("1e0", "double"), typed("2", "integer"), less},
      {typed("NaN", "double"), typed("1", "integer"), none},
      {typed("x", "integer"), typed("1", "integer"), none},
      {Term::literal("a"), Term::literal("b"), less},
      {Term::literal("a"), typed("1", "integer"), none},
      {Term::literal("a"), Term::tagged("b", "en"), none},
      {typed("false", "boolean"), typed("1", "boolean"), less},
      {typed("2020-01-01T00:00:00Z", "dateTime"), typed("2020-01-01T01:00:00+01:00", "dateTime"), same},
      {typed("2020-01-01T00:00:00", "dateTime"), typed("2020-01-01T00:00:00.001", "dateTime"), less},
      {typed("2020-01-01T00:00:00", "dateTime"), typed("2020-01-01T01:00:00Z", "dateTime"), none},
      {typed("2020-01-01T00:00:00", "dateTime"), typed("2020-01-02T00:00:00Z", "dateTime"), less},
      {typed("-0001-01-01", "date"), typed("0001-01-01", "date"), less},
      {typed("2020-01-01", "date"), typed("2020-01-01T00:00:00", "dateTime"), none},
      {typed("10:00:00Z", "time"), typed("10:00:01Z", "time"), less},
      {Term::iri("http://a"), Term::iri("http://b"), none},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(compare_values(row.left, row.right), row.order)
        << row.left.to_string() << row.right.to_string();
    const auto turned = row.order == less ? std::partial_ordering::greater : row.order;
    EXPECT_EQ(compare_values(row.right, row.left), turned) << row.left.to_string() << row.right.to_string();
  }
}

RC_GTEST_PROP(Numerals, AreOrderedAsTheirValues, (int32_t left, int32_t right)) {
  const auto scaled = [](int32_t value) {
    std::string digits = std::to_string(std::abs(int64_t{value}));
    digits.insert(0, digits.size() < 4 ? 4 - digits.size() : 0, '0');
    return (value < 0 ? "-" : "") + digits.substr(0, digits.size() - 3) + "." +
           digits.substr(digits.size() - 3);
  };
  RC_ASSERT(compare_numerals(scaled(left), scaled(right)) == (left <=> right));
}

TEST(LanguageTags, MatchByRange) {
  EXPECT_TRUE(language_matches("en", "EN"));
  EXPECT_TRUE(language_matches("en-gb", "en"));
  EXPECT_TRUE(language_matches("fr", "*"));
  EXPECT_FALSE(language_matches("eng", "en"));
  EXPECT_FALSE(language_matches("", "*"));
  EXPECT_FALSE(language_matches("en", "en-gb"));
}

}  // namespace
}  // namespace tcps::rdf
