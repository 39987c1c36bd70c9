// Syntax errors with their places, missing variables, and the bounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "actors/engines/tera/testing/rendering.h"

namespace tcps::tera {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

struct ErrorCase {
  std::string text, expected;
  friend void PrintTo(const ErrorCase& c, std::ostream* out) { *out << c.text; }
};

class SyntaxErrors : public testing::TestWithParam<ErrorCase> {};

TEST_P(SyntaxErrors, NameLineColumnAndRemedy) {
  EXPECT_THAT(rendered(GetParam().text), StartsWith("syntax: t:" + GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(Marks, SyntaxErrors,
                         testing::ValuesIn(std::vector<ErrorCase>{
                             ErrorCase{"a\n {{ n", "2:2: the mark is never closed; end it with '}}'"},
                             ErrorCase{"{% if x", "1:1: the mark is never closed"},
                             ErrorCase{"{# x", "1:1: the comment is never closed"},
                             ErrorCase{"{% raw %} x", "1:1: the raw section is never closed"},
                             ErrorCase{"{{ 'x }}", "1:4: the text is never closed"},
                             ErrorCase{"{{ a ; b }}", "1:6: the character ';' has no meaning"},
                             ErrorCase{"{{ \x01 }}", "1:4: the character 0x01"},
                             ErrorCase{"{{ a. }}", "1:5: a name or an index must follow the dot"},
                             ErrorCase{"{{ 1a }}", "1:4: a name must not start with a digit"},
                             ErrorCase{"{{ .5 }}", "1:4: the character '.'"}}));

INSTANTIATE_TEST_SUITE_P(
    Expressions, SyntaxErrors,
    testing::ValuesIn(std::vector<ErrorCase>{
        ErrorCase{"{{ }}", "1:4: an expression is missing here"},
        ErrorCase{"{{ 1 + }}", "1:8: an expression is missing here"},
        ErrorCase{"{{ a b }}", "1:6: '}}' is missing before 'b'"},
        ErrorCase{"{{ (1 }}", "1:7: ')' is missing here"},
        ErrorCase{"{{ [1 2] }}", "1:7: ',' is missing before '2'"},
        ErrorCase{"{{ a | }}", "1:8: a filter is missing here"},
        ErrorCase{"{{ a | nope }}", "1:8: there is no filter 'nope'"},
        ErrorCase{"{{ a | lower(x=1) }}", "1:16: the filter 'lower' takes no arguments"},
        ErrorCase{"{{ a | replace(form='a') }}",
                  "1:21: the filter 'replace' takes no argument 'form'; use from to"},
        ErrorCase{"{{ a | replace(from='a', from='b') }}", "1:26: the argument 'from' is given twice"},
        ErrorCase{"{{ a | default(1) }}", "1:16: an argument's name is missing before '1'"},
        ErrorCase{"{{ a is nope }}", "1:9: there is no test 'nope'"},
        ErrorCase{"{{ a is odd(1) }}", "1:9: the test 'odd' takes 0 arguments, not 1"},
        ErrorCase{"{{ nope() }}", "1:4: there is no function 'nope'"},
        ErrorCase{"{{ super() }}", "1:4: super() stands outside"},
        ErrorCase{"{{ and }}", "1:4: an expression is missing before 'and'"},
        ErrorCase{"{{ -a }}", "1:5: a number must follow '-'"},
        ErrorCase{"{{ 99999999999999999999 }}", "1:4: the number"},
        ErrorCase{"{{ a not b }}", "1:10: 'in' is missing before 'b'"},
        ErrorCase{"{{ m:: }}", "1:8: a macro's name is missing here"}}));

INSTANTIATE_TEST_SUITE_P(
    Statements, SyntaxErrors,
    testing::ValuesIn(std::vector<ErrorCase>{
        ErrorCase{"{% nope %}", "1:4: 'nope' begins no statement here"},
        ErrorCase{"{% endif %}", "1:4: 'endif' begins no statement here"},
        ErrorCase{"{% if a %}x", "1:12: 'endif' is missing at the end"},
        ErrorCase{"{% for x in y %}{% endif %}", "1:20: 'endif' begins no statement"},
        ErrorCase{"{% for in y %}{% endfor %}", "1:11: 'in' is missing before 'y'"},
        ErrorCase{"{% if %}{% endif %}", "1:7: an expression is missing"},
        ErrorCase{"{% if a %}{% else %}{% elif b %}{% endif %}", "1:24: 'elif' begins no statement"},
        ErrorCase{"{% set a %}", "1:10: '=' is missing here"},
        ErrorCase{"{% break %}", "1:4: 'break' stands outside of a loop"},
        ErrorCase{"{% block a %}{% endblock b %}", "1:26: 'b' ends here, but 'a' was begun"},
        ErrorCase{"{% block a %}{% endblock %}{% block a %}{% endblock %}",
                  "1:37: the block 'a' is defined twice"},
        ErrorCase{"x{% extends 'a' %}", "1:5: 'extends' is not the first statement"},
        ErrorCase{"{% if a %}{% macro f() %}{% endmacro %}{% endif %}",
                  "1:14: 'macro' stands inside another"},
        ErrorCase{"{% macro f(a, a) %}{% endmacro %}", "1:15: the parameter 'a' is named twice"},
        ErrorCase{"{% macro f() %}{% endmacro %}{% macro f() %}{% endmacro %}",
                  "1:39: the macro 'f' is defined twice"},
        ErrorCase{"{% macro f() %}{% block b %}{% endblock %}{% endmacro %}",
                  "1:19: a block stands in a macro"},
        ErrorCase{"{% import 'a' as self %}", "1:18: the name space 'self' is taken"},
        ErrorCase{"{% include x %}", "1:12: the name of a template in quotes is missing before 'x'"},
        ErrorCase{"{% include [] %}", "1:15: names no template"},
        ErrorCase{"{% filter nope %}{% endfilter %}", "1:11: there is no filter"}}));

TEST(MissingVariables, AreNamedWithTheirPlace) {
  json data = {{"a", {{"b", 1}}}, {"list", {1}}};
  for (auto [text, name] :
       {std::pair("x\n  {{ nope }}", "nope"), std::pair("\n  {{ a.c.d }}", "a.c.d"),
        std::pair("\n  {{ list.3 }}", "list.3"), std::pair("\n  {{ a.b.c + 1 }}", "a.b.c"),
        std::pair("\n  {{ a['x'] }}", "a[x]"), std::pair("\n  {{ nope | upper }}", "nope"),
        std::pair("\n  {{ nope == 1 }}", "nope")}) {
    auto result = Engine({}).render_text(text, data, "t");
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::missing_variable) << text;
    EXPECT_EQ(result.error().name, name);
    EXPECT_EQ(result.error().line, 2u);
    EXPECT_EQ(result.error().column, 6u);
  }
}

TEST(MissingVariables, AreNamedInTheTemplateThatUsesThem) {
  Templates templates = {{"a", "{% include 'b' %}"},
                         {"b", "\n{{ nope }}"},
                         {"m", "{% macro f() %}{{ nope }}{% endmacro %}"},
                         {"c", "{% import 'm' as m %}{{ m::f() }}"}};
  EXPECT_THAT(rendered(templates, "a"), StartsWith("missing variable: b:2:4:"));
  EXPECT_THAT(rendered(templates, "c"), StartsWith("missing variable: m:1:19:"));
}

class EvaluationErrors : public testing::TestWithParam<ErrorCase> {};

TEST_P(EvaluationErrors, SayWhatIsOfTheWrongKind) {
  json data = {{"s", "a"}, {"n", 1}, {"m", json::object()}, {"l", {1}}, {"max", INT64_MAX}};
  EXPECT_THAT(rendered(GetParam().text, data), HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    All, EvaluationErrors,
    testing::ValuesIn(std::vector<ErrorCase>{
        ErrorCase{"{{ s + 1 }}", "cannot calculate with string and number"},
        ErrorCase{"{{ s < 1 }}", "cannot put string and number in order"},
        ErrorCase{"{{ n % 0 }}", "division by zero"}, ErrorCase{"{{ max + 1 }}", "does not fit 64 bits"},
        ErrorCase{"{{ max * 2 }}", "does not fit 64 bits"}, ErrorCase{"{{ l ~ 's' }}", "cannot join array"},
        ErrorCase{"{{ 1 in 1 }}", "'in' looks into an array"},
        ErrorCase{"{{ 1 in s }}", "'in' looks for a text here"},
        ErrorCase{"{% for x in n %}{% endfor %}", "cannot loop over number"},
        ErrorCase{"{% for x in m %}{% endfor %}", "by values alone"},
        ErrorCase{"{% for k, v in l %}{% endfor %}", "by key and value"},
        ErrorCase{"{{ m[l] }}", "an index must be a text or a whole number"}}));

TEST(Limits, BoundOutputLoopsAndValues) {
  Limits limits;
  limits.output_bytes = 1000;
  limits.loop_iterations = 100;
  auto engine = engine_of({}, limits);
  for (std::string text :
       {"{% for x in range(end=60) %}{% for y in range(end=60) %}{% endfor %}{% endfor %}",
        "{{ range(end=101) }}", "{% for x in range(end=99) %}01234567890123456789{% endfor %}",
        "{% set_global a = 'x' %}{% for x in range(end=99) %}{% set_global a = a ~ a %}{% endfor %}",
        "{% set_global a = [1] %}{% for x in range(end=99) %}{% set_global a = [a, a] %}{% endfor %}",
        "{% set a = 'xxxxxxxxxx' %}{% for x in range(end=4) %}{% set_global a = a | replace(from='x', to=a) "
        "%}{% endfor %}",
        "{% set_global a = [] %}{% for x in range(end=99) %}{% set_global a = [a] %}{% endfor %}"}) {
    auto result = engine.render_text(text, json::object());
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::limit) << text << result.error().text();
  }
}

TEST(Limits, BoundNestingWorkAndTemplates) {
  Templates templates = {{"m", "{% macro f() %}{{ self::f() }}{% endmacro %}"},
                         {"macro", "{% import 'm' as m %}{{ m::f() }}"},
                         {"include", "{% include 'include' %}"},
                         {"large", std::string(2000, 'x')}};
  Limits limits;
  limits.template_bytes = 1000;
  limits.work = 1 << 20;
  auto engine = engine_of(templates, limits);
  for (auto name : {"macro", "include", "large"})
    EXPECT_EQ(engine.render(name, json::object()).error().kind, ErrorKind::limit) << name;
  auto slow = engine.render_text("{% for x in range(end=100000) %}{{ x }}{% endfor %}", json::object());
  EXPECT_EQ(slow.error().kind, ErrorKind::limit);
}

std::string repeated(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Limits, BoundTheDepthOfTheText) {
  EXPECT_THAT(rendered("{{ " + repeated("(", 5000) + "1 }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(rendered("{{ " + repeated("[", 5000) + "1 }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(rendered("{{ " + repeated("not ", 5000) + "1 }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(rendered("{{ " + repeated("a[", 5000) + "1 }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(rendered("{{ " + repeated("range(end=", 5000) + "1 }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(rendered("{{ a" + repeated(".a", 5000) + "}}"), HasSubstr("the path is too long"));
  EXPECT_THAT(rendered("{{ 1" + repeated(" + 1", 5000) + "}}"), HasSubstr("the expression is too long"));
  EXPECT_THAT(rendered("{{ 1" + repeated(" | abs", 5000) + "}}"), HasSubstr("the expression is too long"));
  EXPECT_THAT(rendered(repeated("{% if true %}", 5000)), HasSubstr("nested too deeply"));
}

// Pieces that make templates which are nearly right.
rc::Gen<std::string> pieces() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          "{{ ", " }}", "{% ", " %}", "if ", "for x in ", "endif", "endfor", "else",
                          "set a = ", "a", "list", " | ", "upper", "length", "(", ")", "[", "]", "'t'", "1",
                          " + ", " ~ ", ".", ",", "{# ", "#}", "{%- raw %}", "{% endraw %}", "{% block b %}",
                          "{% endblock %}", "super()", "is defined", " not ", " in ", "text ", "\n", "\xff")),
                      [](const std::vector<std::string>& parts) {
                        std::string out;
                        for (const auto& part : parts) out += part;
                        return out;
                      });
}

RC_GTEST_PROP(Robustness, EveryTextRendersOrIsExplained, ()) {
  std::string text = *pieces();
  auto first = Engine({}).render_text(text, {{"a", 1}, {"list", {1, 2}}});
  auto second = Engine({}).render_text(text, {{"a", 1}, {"list", {1, 2}}});
  RC_ASSERT(first.has_value() == second.has_value());
  if (first) {
    RC_ASSERT(*first == *second);
  } else {
    RC_ASSERT(!first.error().message.empty());
    RC_ASSERT(first.error().text() == second.error().text());
  }
}

RC_GTEST_PROP(Robustness, TextWithoutMarksIsItsOwnOutput, (std::string text)) {
  std::replace(text.begin(), text.end(), '{', '(');
  RC_ASSERT(rendered(text) == text);
}

RC_GTEST_PROP(Robustness, SumsAreThoseOfTheirNumbers, (int a, int b, int c)) {
  json data = {{"a", a}, {"b", b}, {"c", c}};
  RC_ASSERT(rendered("{{ a + b * c - a }}", data) == std::to_string(int64_t(a) + int64_t(b) * c - a));
}

}  // namespace
}  // namespace tcps::tera
