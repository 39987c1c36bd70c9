#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "actors/engines/tera/testing/rendering.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

struct Case {
  std::string expression, expected;
  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.expression; }
};

const json& context() {
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

class Filters : public testing::TestWithParam<Case> {};

TEST_P(Filters, GiveWhatTeraGives) {
  EXPECT_EQ(rendered("{{ " + GetParam().expression + " }}", context()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Text, Filters,
    testing::ValuesIn(std::vector<Case>{
        Case{"s | lower", "hello world"}, Case{"s | upper", "HELLO WORLD"},
        Case{"'\u00c4\u00d6\u017d\u0416\u03a9' | lower", "\u00e4\u00f6\u017e\u0436\u03c9"},
        Case{"'\u00e4\u017e\u0436\u03c9\u00df' | upper", "\u00c4\u017d\u0416\u03a9\u00df"},
        Case{"'\u00b5\u00ff\u0561\u1e01' | upper", "\u039c\u0178\u0531\u1e00"},
        Case{"'\u1e9e\u0531\u10a0\U00010400' | lower", "\u00df\u0561\u2d00\U00010428"},
        Case{"' a  b\nc ' | wordcount", "3"}, Case{"s | capitalize", "Hello world"},
        Case{"'\u00e9T\u00c9' | capitalize", "\u00c9t\u00e9"}, Case{"'' | capitalize", ""},
        Case{"s | replace(from='l', to='LL')", "HeLLLLo wORLD"},
        Case{"q | addslashes", "I\\'m \\\"a\\\\b\\\""}, Case{"'-Hello world! ' | slugify", "hello-world"},
        Case{"'\u00c7a  va_\u00fcber\u2026' | slugify", "ca-va-uber"},
        Case{"\"foo it's\" | title", "Foo It's"}, Case{"'foo  bAR' | title", "Foo  Bar"},
        Case{"pad | trim ~ '|'", "x|"}}));

INSTANTIATE_TEST_SUITE_P(
    Trimming, Filters,
    testing::ValuesIn(std::vector<Case>{
        Case{"pad | trim", "x"}, Case{"pad | trim_start", "x \n"}, Case{"pad | trim_end", "  x"},
        Case{"'//a/b//' | trim_start_matches(pat='//')", "a/b//"},
        Case{"'//a/b////' | trim_end_matches(pat='//')", "//a/b"},
        Case{"s | truncate(length=5)", "Hello\u2026"}, Case{"s | truncate(length=5, end='')", "Hello"},
        Case{"s | truncate", "Hello wORLD"},
        Case{"'\u00e9\u00e9\u00e9' | truncate(length=2, end='.')", "\u00e9\u00e9."},
        Case{"html | striptags | trim", "Joel"}, Case{"html | spaceless", "<p><b>Joel</b><!-- > --></p>"},
        Case{"'a\r\nb\nc' | linebreaksbr", "a<br>b<br>c"}, Case{"'a\nb\n\nc' | indent", "a\n    b\n\n    c"},
        Case{"'a\n\nb' | indent(prefix='-', first=true, blank=true)", "-a\n-\n-b"}}));

INSTANTIATE_TEST_SUITE_P(
    Encoding, Filters,
    testing::ValuesIn(std::vector<Case>{
        Case{"'/foo?a=b&c=d e' | urlencode", "/foo%3Fa%3Db%26c%3Dd%20e"},
        Case{"'/a-b' | urlencode_strict", "%2Fa%2Db"}, Case{"'<&\"/>' | escape", "&lt;&amp;&quot;&#x2F;&gt;"},
        Case{"\"<'/>\" | escape_xml", "&lt;&apos;/&gt;"}, Case{"'a,b,,c' | split(pat=',')", "[a, b, , c]"},
        Case{"map | json_encode", "{\"a/b\":1,\"x\":null}"},
        Case{"list | json_encode(pretty=true)", "[\n  3,\n  1,\n  2\n]"},
        Case{"'a\"b' | json_encode()", "\"a\\\"b\""}, Case{"list | as_str", "[3, 1, 2]"},
        Case{"f | as_str | length", "5"}}));

INSTANTIATE_TEST_SUITE_P(Arrays, Filters,
                         testing::ValuesIn(std::vector<Case>{
                             Case{"list | first", "3"},
                             Case{"list | last", "2"},
                             Case{"e | first", ""},
                             Case{"list | nth(n=1)", "1"},
                             Case{"list | nth(n=9)", ""},
                             Case{"list | join(sep=' // ')", "3 // 1 // 2"},
                             Case{"list | join", "312"},
                             Case{"list | length", "3"},
                             Case{"map | length", "2"},
                             Case{"'\u00e9a' | length", "2"},
                             Case{"list | reverse", "[2, 1, 3]"},
                             Case{"'ab\u00e9' | reverse", "\u00e9ba"},
                             Case{"list | sort", "[1, 2, 3]"},
                             Case{"words | sort", "[A, B, a, b]"},
                             Case{"words | unique", "[b, A]"},
                             Case{"words | unique(case_sensitive=true)", "[b, A, a, B]"},
                             Case{"people | unique(attribute='age') | map(attribute='name')", "[Zoe, Al]"},
                             Case{"people | slice(end=3) | sort(attribute='age') | map(attribute='name')",
                                  "[Al, Zoe, Bo]"},
                             Case{"[1,2,3,4,5] | slice(start=1, end=3)", "[2, 3]"},
                             Case{"[1,2,3,4,5] | slice(end=-2)", "[1, 2, 3]"},
                             Case{"[1,2] | slice(start=5)", "[]"},
                             Case{"[1,2] | slice(start=-9)", "[1, 2]"}}));

INSTANTIATE_TEST_SUITE_P(
    Attributes, Filters,
    testing::ValuesIn(std::vector<Case>{
        Case{"people | group_by(attribute='age') | length", "2"},
        Case{"people | group_by(attribute='age') | get(key='25') | map(attribute='name')", "[Al]"},
        Case{"people | filter(attribute='age', value=30) | map(attribute='name')", "[Zoe, Bo]"},
        Case{"people | filter(attribute='at.city') | map(attribute='at.city')", "[Ulm, Bonn]"},
        Case{"list | concat(with=4)", "[3, 1, 2, 4]"}, Case{"list | concat(with=[4, 5])", "[3, 1, 2, 4, 5]"},
        Case{"map | get(key='a/b')", "1"}, Case{"map | get(key='no', default='d')", "d"},
        Case{"missing | default(value='d')", "d"}, Case{"map.x | default(value='d')", "d"},
        Case{"s | default(value='d')", "Hello wORLD"},
        Case{"missing.deep | default(value=s) | upper", "HELLO WORLD"}}));

INSTANTIATE_TEST_SUITE_P(Numbers, Filters,
                         testing::ValuesIn(std::vector<Case>{
                             Case{"n | abs", "5"},
                             Case{"-2.5 | abs", "2.5"},
                             Case{"1 | pluralize", ""},
                             Case{"2 | pluralize", "s"},
                             Case{"2 | pluralize(singular='y', plural='ies')", "ies"},
                             Case{"f | round", "2"},
                             Case{"f | round(method='ceil', precision=2)", "2.35"},
                             Case{"f | round(method='floor', precision=1)", "2.3"},
                             Case{"-2.5 | round", "-3"},
                             Case{"size | filesizeformat", "117.74 MB"},
                             Case{"1024 | filesizeformat(binary=true)", "1 KiB"},
                             Case{"999 | filesizeformat", "999 B"},
                             Case{"'42' | int + 1", "43"},
                             Case{"' -0x1F ' | int(base=16)", "-31"},
                             Case{"'0b101' | int(base=2)", "5"},
                             Case{"'7.9' | int", "7"},
                             Case{"-7.9 | int", "-7"},
                             Case{"'x' | int(default=9)", "9"},
                             Case{"'x' | int", "0"},
                             Case{"'--1' | int", "0"},
                             Case{"'2.5' | float * 2", "5"},
                             Case{"'x' | float(default=1.5)", "1.5"}}));

INSTANTIATE_TEST_SUITE_P(
    Dates, Filters,
    testing::ValuesIn(std::vector<Case>{
        Case{"1769422500 | date", "2026-01-26"},
        Case{"0 | date(format='%Y-%m-%d %H:%M:%S %Z')", "1970-01-01 00:00:00 UTC"},
        Case{"-1 | date(format='%F %T')", "1969-12-31 23:59:59"},
        Case{"'2026-01-26' | date(format='%d. %B %y, %A, %j')", "26. January 26, Monday, 026"},
        Case{"'2019-09-19T13:18:48.731Z' | date(format='%H:%M:%S%.3f %z')", "13:18:48.731 +0000"},
        Case{"'2019-09-19T01:18:48+05:30' | date(format='%+ %s')", "2019-09-19T01:18:48+05:30 1568836128"},
        Case{"'2019-09-19T01:18:48+05:30' | date(format='%F %T', timezone='UTC')", "2019-09-18 19:48:48"},
        Case{"'2026-03-05T15:04:05' | date(format='%-d/%-m %I %p %e %b %a %u %w %k|%l|%R|%D')",
             "5/3 03 PM  5 Mar Thu 4 4 15| 3|15:04|03/05/26"},
        Case{"'2021-01-03' | date(format='%G-W%V %U %W')", "2020-W53 01 00"},
        Case{"'2024-12-30' | date(format='%G-W%V')", "2025-W01"},
        Case{"'2024-02-29' | date(format='%%%n%t|')", "%\n\t|"}}));

class Tests : public testing::TestWithParam<Case> {};

TEST_P(Tests, HoldAsTeraSays) {
  EXPECT_EQ(rendered("{{ " + GetParam().expression + " }}", context()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, Tests,
                         testing::ValuesIn(std::vector<Case>{Case{"n is odd", "true"},
                                                             Case{"n is even", "false"},
                                                             Case{"s is string", "true"},
                                                             Case{"n is string", "false"},
                                                             Case{"f is number", "true"},
                                                             Case{"10 is divisibleby(5)", "true"},
                                                             Case{"10 is divisibleby(0)", "false"},
                                                             Case{"n is divisibleby(-1)", "true"},
                                                             Case{"list is iterable", "true"},
                                                             Case{"map is iterable", "true"},
                                                             Case{"s is iterable", "false"},
                                                             Case{"map is object", "true"},
                                                             Case{"list is object", "false"},
                                                             Case{"s is starting_with('Hell')", "true"},
                                                             Case{"s is ending_with('LD')", "true"},
                                                             Case{"s is containing('xXx')", "false"},
                                                             Case{"list is containing(2)", "true"},
                                                             Case{"map is containing('x')", "true"},
                                                             Case{"s is matching('^[Hh]ello')", "true"},
                                                             Case{"s is not matching('^w')", "true"}}));

class Misuses : public testing::TestWithParam<Case> {};

TEST_P(Misuses, AreReportedWithTheNameOfTheFilter) {
  EXPECT_THAT(rendered("{{ " + GetParam().expression + " }}", context()),
              testing::HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    All, Misuses,
    testing::ValuesIn(std::vector<Case>{
        Case{"n | lower", "evaluation: t:1:4: the filter 'lower': takes a text, not number"},
        Case{"s | first", "takes an array, not string"},
        Case{"s | replace(from='', to='x')", "takes a 'from' that is not empty"},
        Case{"s | replace(from='a')", "needs the argument 'to'"},
        Case{"s | replace(from=1, to='x')", "the argument 'from' must be a text, not number"},
        Case{"list | nth(n='1')", "must be a whole number"},
        Case{"list | nth(n=-1)", "at least 0"},
        Case{"[1, 'a'] | sort", "cannot put number and string in order"},
        Case{"people | sort", "cannot sort by object"},
        Case{"people | sort(attribute='age')",
             "missing variable: t:1:4: the filter 'sort': an item has no 'age'"},
        Case{"map | get(key='no')", "missing variable: t:1:4: the filter 'get': the object has no 'no'"},
        Case{"s | get(key='no')", "takes an object"},
        Case{"n | round(method='up')", "not 'up'"},
        Case{"n | round(precision=99)", "0 to 15"},
        Case{"n | filesizeformat", "at least 0"},
        Case{"s | abs", "takes a number"},
        Case{"'x' | date", "'x' is no date"},
        Case{"'2026-02-30' | date", "is no date"},
        Case{"99999999999999 | date", "is no date"},
        Case{"0 | date(format='%Q')", "no conversion '%Q'"},
        Case{"0 | date(timezone='Asia/Shanghai')", "knows the time zone UTC only"},
        Case{"s | int(base=1)", "2 to 36"},
        Case{"list | int", "takes a text or a number"},
        Case{"s is odd", "the test 'odd': takes a whole number, not string"},
        Case{"missing is odd", "missing variable: t:1:4: the variable 'missing'"},
        Case{"s is matching('(')", "missing ): ("},
        Case{"e | join(sep=1)", "must be a text"},
        Case{"list | json_encode(pretty=1)", "must be true or false"},
        Case{"range(end=1, step_by=0)", "at least 1"},
        Case{"range(start=2, end=1)", "not beyond 'end'"},
        Case{"range()", "needs the argument 'end'"}}));

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
