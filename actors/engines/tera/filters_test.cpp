#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "actors/engines/tera/testing/rendering.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

struct FilterCase {
  std::string expression, expected;
  friend void PrintTo(const FilterCase& c, std::ostream* out) { *out << c.expression; }
};

const json& filtered_values() {
  static const json value = json::parse(R"({
    "s": "Hello wORLD", "pad": "  x \n", "q": "I'm \"a\\b\"",
    "list": [3, 1, 2], "words": ["b", "A", "a", "B"], "e": [],
    "people": [{"name": "Zoe", "age": 30, "at": {"city": "Ulm"}},
               {"name": "Al", "age": 25, "at": {"city": "Bonn"}},
               {"name": "Bo", "age": 30, "at": {"city": null}}, {"name": "Cy"}],
    "map": {"a/b": 1, "x": null}, "n": -5, "f": 2.345, "size": 123456789,
    "html": "<p>\n <b>Joel</b> <!-- > --> </p>"
  })");
  return value;
}

class Filters : public testing::TestWithParam<FilterCase> {};

TEST_P(Filters, GiveWhatTeraGives) {
  EXPECT_EQ(rendered("{{ " + GetParam().expression + " }}", filtered_values()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Text, Filters,
    testing::ValuesIn(std::vector<FilterCase>{
        FilterCase{"s | lower", "hello world"}, FilterCase{"s | upper", "HELLO WORLD"},
        FilterCase{"'\u00c4\u00d6\u017d\u0416\u03a9' | lower", "\u00e4\u00f6\u017e\u0436\u03c9"},
        FilterCase{"'\u00e4\u017e\u0436\u03c9\u00df' | upper", "\u00c4\u017d\u0416\u03a9\u00df"},
        FilterCase{"'\u00b5\u00ff\u0561\u1e01' | upper", "\u039c\u0178\u0531\u1e00"},
        FilterCase{"'\u1e9e\u0531\u10a0\U00010400' | lower", "\u00df\u0561\u2d00\U00010428"},
        FilterCase{"' a  b\nc ' | wordcount", "3"}, FilterCase{"s | capitalize", "Hello world"},
        FilterCase{"'\u00e9T\u00c9' | capitalize", "\u00c9t\u00e9"}, FilterCase{"'' | capitalize", ""},
        FilterCase{"s | replace(from='l', to='LL')", "HeLLLLo wORLD"},
        FilterCase{"q | addslashes", "I\\'m \\\"a\\\\b\\\""},
        FilterCase{"'-Hello world! ' | slugify", "hello-world"},
        FilterCase{"'\u00c7a  va_\u00fcber\u2026' | slugify", "ca-va-uber"},
        FilterCase{"\"foo it's\" | title", "Foo It's"}, FilterCase{"'foo  bAR' | title", "Foo  Bar"},
        FilterCase{"pad | trim ~ '|'", "x|"}}));

INSTANTIATE_TEST_SUITE_P(
    Trimming, Filters,
    testing::ValuesIn(std::vector<FilterCase>{
        FilterCase{"pad | trim", "x"}, FilterCase{"pad | trim_start", "x \n"},
        FilterCase{"pad | trim_end", "  x"}, FilterCase{"'//a/b//' | trim_start_matches(pat='//')", "a/b//"},
        FilterCase{"'//a/b////' | trim_end_matches(pat='//')", "//a/b"},
        FilterCase{"s | truncate(length=5)", "Hello\u2026"},
        FilterCase{"s | truncate(length=5, end='')", "Hello"}, FilterCase{"s | truncate", "Hello wORLD"},
        FilterCase{"'\u00e9\u00e9\u00e9' | truncate(length=2, end='.')", "\u00e9\u00e9."},
        FilterCase{"html | striptags | trim", "Joel"},
        FilterCase{"html | spaceless", "<p><b>Joel</b><!-- > --></p>"},
        FilterCase{"'a\r\nb\nc' | linebreaksbr", "a<br>b<br>c"},
        FilterCase{"'a\nb\n\nc' | indent", "a\n    b\n\n    c"},
        FilterCase{"'a\n\nb' | indent(prefix='-', first=true, blank=true)", "-a\n-\n-b"}}));

INSTANTIATE_TEST_SUITE_P(Encoding, Filters,
                         testing::ValuesIn(std::vector<FilterCase>{
                             FilterCase{"'/foo?a=b&c=d e' | urlencode", "/foo%3Fa%3Db%26c%3Dd%20e"},
                             FilterCase{"'/a-b' | urlencode_strict", "%2Fa%2Db"},
                             FilterCase{"'<&\"/>' | escape", "&lt;&amp;&quot;&#x2F;&gt;"},
                             FilterCase{"\"<'/>\" | escape_xml", "&lt;&apos;/&gt;"},
                             FilterCase{"'a,b,,c' | split(pat=',')", "[a, b, , c]"},
                             FilterCase{"map | json_encode", "{\"a/b\":1,\"x\":null}"},
                             FilterCase{"list | json_encode(pretty=true)", "[\n  3,\n  1,\n  2\n]"},
                             FilterCase{"'a\"b' | json_encode()", "\"a\\\"b\""},
                             FilterCase{"list | as_str", "[3, 1, 2]"},
                             FilterCase{"f | as_str | length", "5"}}));

INSTANTIATE_TEST_SUITE_P(
    Arrays, Filters,
    testing::ValuesIn(std::vector<FilterCase>{
        FilterCase{"list | first", "3"},
        FilterCase{"list | last", "2"},
        FilterCase{"e | first", ""},
        FilterCase{"list | nth(n=1)", "1"},
        FilterCase{"list | nth(n=9)", ""},
        FilterCase{"list | join(sep=' // ')", "3 // 1 // 2"},
        FilterCase{"list | join", "312"},
        FilterCase{"list | length", "3"},
        FilterCase{"map | length", "2"},
        FilterCase{"'\u00e9a' | length", "2"},
        FilterCase{"list | reverse", "[2, 1, 3]"},
        FilterCase{"'ab\u00e9' | reverse", "\u00e9ba"},
        FilterCase{"list | sort", "[1, 2, 3]"},
        FilterCase{"words | sort", "[A, B, a, b]"},
        FilterCase{"words | unique", "[b, A]"},
        FilterCase{"words | unique(case_sensitive=true)", "[b, A, a, B]"},
        FilterCase{"people | unique(attribute='age') | map(attribute='name')", "[Zoe, Al]"},
        FilterCase{"people | slice(end=3) | sort(attribute='age') | map(attribute='name')", "[Al, Zoe, Bo]"},
        FilterCase{"[1,2,3,4,5] | slice(start=1, end=3)", "[2, 3]"},
        FilterCase{"[1,2,3,4,5] | slice(end=-2)", "[1, 2, 3]"},
        FilterCase{"[1,2] | slice(start=5)", "[]"},
        FilterCase{"[1,2] | slice(start=-9)", "[1, 2]"}}));

INSTANTIATE_TEST_SUITE_P(
    Attributes, Filters,
    testing::ValuesIn(std::vector<FilterCase>{
        FilterCase{"people | group_by(attribute='age') | length", "2"},
        FilterCase{"people | group_by(attribute='age') | get(key='25') | map(attribute='name')", "[Al]"},
        FilterCase{"people | filter(attribute='age', value=30) | map(attribute='name')", "[Zoe, Bo]"},
        FilterCase{"people | filter(attribute='at.city') | map(attribute='at.city')", "[Ulm, Bonn]"},
        FilterCase{"list | concat(with=4)", "[3, 1, 2, 4]"},
        FilterCase{"list | concat(with=[4, 5])", "[3, 1, 2, 4, 5]"}, FilterCase{"map | get(key='a/b')", "1"},
        FilterCase{"map | get(key='no', default='d')", "d"}, FilterCase{"missing | default(value='d')", "d"},
        FilterCase{"map.x | default(value='d')", "d"}, FilterCase{"s | default(value='d')", "Hello wORLD"},
        FilterCase{"missing.deep | default(value=s) | upper", "HELLO WORLD"}}));

INSTANTIATE_TEST_SUITE_P(Numbers, Filters,
                         testing::ValuesIn(std::vector<FilterCase>{
                             FilterCase{"n | abs", "5"},
                             FilterCase{"-2.5 | abs", "2.5"},
                             FilterCase{"1 | pluralize", ""},
                             FilterCase{"2 | pluralize", "s"},
                             FilterCase{"2 | pluralize(singular='y', plural='ies')", "ies"},
                             FilterCase{"f | round", "2"},
                             FilterCase{"f | round(method='ceil', precision=2)", "2.35"},
                             FilterCase{"f | round(method='floor', precision=1)", "2.3"},
                             FilterCase{"-2.5 | round", "-3"},
                             FilterCase{"size | filesizeformat", "117.74 MB"},
                             FilterCase{"1024 | filesizeformat(binary=true)", "1 KiB"},
                             FilterCase{"999 | filesizeformat", "999 B"},
                             FilterCase{"'42' | int + 1", "43"},
                             FilterCase{"' -0x1F ' | int(base=16)", "-31"},
                             FilterCase{"'0b101' | int(base=2)", "5"},
                             FilterCase{"'7.9' | int", "7"},
                             FilterCase{"-7.9 | int", "-7"},
                             FilterCase{"'x' | int(default=9)", "9"},
                             FilterCase{"'x' | int", "0"},
                             FilterCase{"'--1' | int", "0"},
                             FilterCase{"'2.5' | float * 2", "5"},
                             FilterCase{"'x' | float(default=1.5)", "1.5"}}));

INSTANTIATE_TEST_SUITE_P(
    Dates, Filters,
    testing::ValuesIn(std::vector<FilterCase>{
        FilterCase{"1769422500 | date", "2026-01-26"},
        FilterCase{"0 | date(format='%Y-%m-%d %H:%M:%S %Z')", "1970-01-01 00:00:00 UTC"},
        FilterCase{"-1 | date(format='%F %T')", "1969-12-31 23:59:59"},
        FilterCase{"'2026-01-26' | date(format='%d. %B %y, %A, %j')", "26. January 26, Monday, 026"},
        FilterCase{"'2019-09-19T13:18:48.731Z' | date(format='%H:%M:%S%.3f %z')", "13:18:48.731 +0000"},
        FilterCase{"'2019-09-19T01:18:48+05:30' | date(format='%+ %s')",
                   "2019-09-19T01:18:48+05:30 1568836128"},
        FilterCase{"'2019-09-19T01:18:48+05:30' | date(format='%F %T', timezone='UTC')",
                   "2019-09-18 19:48:48"},
        FilterCase{"'2026-03-05T15:04:05' | date(format='%-d/%-m %I %p %e %b %a %u %w %k|%l|%R|%D')",
                   "5/3 03 PM  5 Mar Thu 4 4 15| 3|15:04|03/05/26"},
        FilterCase{"'2021-01-03' | date(format='%G-W%V %U %W')", "2020-W53 01 00"},
        FilterCase{"'2024-12-30' | date(format='%G-W%V')", "2025-W01"},
        FilterCase{"'2024-02-29' | date(format='%%%n%t|')", "%\n\t|"}}));

class Tests : public testing::TestWithParam<FilterCase> {};

TEST_P(Tests, HoldAsTeraSays) {
  EXPECT_EQ(rendered("{{ " + GetParam().expression + " }}", filtered_values()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, Tests,
                         testing::ValuesIn(std::vector<FilterCase>{
                             FilterCase{"n is odd", "true"},
                             FilterCase{"n is even", "false"},
                             FilterCase{"s is string", "true"},
                             FilterCase{"n is string", "false"},
                             FilterCase{"f is number", "true"},
                             FilterCase{"10 is divisibleby(5)", "true"},
                             FilterCase{"10 is divisibleby(0)", "false"},
                             FilterCase{"n is divisibleby(-1)", "true"},
                             FilterCase{"list is iterable", "true"},
                             FilterCase{"map is iterable", "true"},
                             FilterCase{"s is iterable", "false"},
                             FilterCase{"map is object", "true"},
                             FilterCase{"list is object", "false"},
                             FilterCase{"s is starting_with('Hell')", "true"},
                             FilterCase{"s is ending_with('LD')", "true"},
                             FilterCase{"s is containing('xXx')", "false"},
                             FilterCase{"list is containing(2)", "true"},
                             FilterCase{"map is containing('x')", "true"},
                             FilterCase{"s is matching('^[Hh]ello')", "true"},
                             FilterCase{"s is not matching('^w')", "true"}}));

class Misuses : public testing::TestWithParam<FilterCase> {};

TEST_P(Misuses, AreReportedWithTheNameOfTheFilter) {
  EXPECT_THAT(rendered("{{ " + GetParam().expression + " }}", filtered_values()),
              testing::HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    All, Misuses,
    testing::ValuesIn(std::vector<FilterCase>{
        FilterCase{"n | lower", "evaluation: t:1:4: the filter 'lower': takes a text, not number"},
        FilterCase{"s | first", "takes an array, not string"},
        FilterCase{"s | replace(from='', to='x')", "takes a 'from' that is not empty"},
        FilterCase{"s | replace(from='a')", "needs the argument 'to'"},
        FilterCase{"s | replace(from=1, to='x')", "the argument 'from' must be a text, not number"},
        FilterCase{"list | nth(n='1')", "must be a whole number"},
        FilterCase{"list | nth(n=-1)", "at least 0"},
        FilterCase{"[1, 'a'] | sort", "cannot put number and string in order"},
        FilterCase{"people | sort", "cannot sort by object"},
        FilterCase{"people | sort(attribute='age')",
                   "missing variable: t:1:4: the filter 'sort': an item has no 'age'"},
        FilterCase{"map | get(key='no')",
                   "missing variable: t:1:4: the filter 'get': the object has no 'no'"},
        FilterCase{"s | get(key='no')", "takes an object"},
        FilterCase{"n | round(method='up')", "not 'up'"},
        FilterCase{"n | round(precision=99)", "0 to 15"},
        FilterCase{"n | filesizeformat", "at least 0"},
        FilterCase{"s | abs", "takes a number"},
        FilterCase{"'x' | date", "'x' is no date"},
        FilterCase{"'2026-02-30' | date", "is no date"},
        FilterCase{"99999999999999 | date", "is no date"},
        FilterCase{"0 | date(format='%Q')", "no conversion '%Q'"},
        FilterCase{"0 | date(timezone='Asia/Shanghai')", "knows the time zone UTC only"},
        FilterCase{"s | int(base=1)", "2 to 36"},
        FilterCase{"list | int", "takes a text or a number"},
        FilterCase{"s is odd", "the test 'odd': takes a whole number, not string"},
        FilterCase{"missing is odd", "missing variable: t:1:4: the variable 'missing'"},
        FilterCase{"s is matching('(')", "missing ): ("},
        FilterCase{"e | join(sep=1)", "must be a text"},
        FilterCase{"list | json_encode(pretty=1)", "must be true or false"},
        FilterCase{"range(end=1, step_by=0)", "at least 1"},
        FilterCase{"range(start=2, end=1)", "not beyond 'end'"},
        FilterCase{"range()", "needs the argument 'end'"}}));

json as_s(json value) {
  json data = json::object();
  data.emplace("s", std::move(value));
  return data;
}

RC_GTEST_PROP(TextFilters, SplitAndJoinAreInverse, (const std::string& text)) {
  RC_ASSERT(rendered("{{ s | split(pat=',') | join(sep=',') }}", as_s(text)) == text);
}

RC_GTEST_PROP(TextFilters, ReversingTwiceChangesNothingInValidText, (const std::vector<bool>& bits)) {
  std::string text;
  for (bool bit : bits) text += bit ? "\u20ac" : "z";
  RC_ASSERT(rendered("{{ s | reverse | reverse }}", as_s(text)) == text);
}

RC_GTEST_PROP(ArrayFilters, SortOrdersNumbersAndKeepsThem, (std::vector<int> numbers)) {
  auto output = rendered("{{ s | sort | json_encode }}", as_s(numbers));
  std::sort(numbers.begin(), numbers.end());
  RC_ASSERT(output == json(numbers).dump());
}

}  // namespace
}  // namespace tcps::tera
