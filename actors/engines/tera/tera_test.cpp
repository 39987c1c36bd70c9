#include "actors/engines/tera/tera.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "actors/engines/tera/testing/rendering.h"
#include "tests/support/places.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

struct LanguageCase {
  std::string text, expected;
  friend void PrintTo(const LanguageCase& c, std::ostream* out) { *out << c.text; }
};

const json& language_values() {
  static const json value = json::parse(R"({
    "name": "Ada", "n": 7, "f": 2.5, "whole": 4.0, "none": null, "yes": true, "big": 18446744073709551615,
    "list": [3, 1, 2], "empty": [], "text": "a<b>&'\"/c", "key": "b", "i": 1,
    "map": {"a": 1, "b": {"c": "deep", "0": "zero"}, "with space": "s"},
    "rows": [{"id": 1, "tag": "x"}, {"id": 2, "tag": "y"}]
  })");
  return value;
}

class Language : public testing::TestWithParam<LanguageCase> {};

TEST_P(Language, RendersAsTeraDoes) {
  EXPECT_EQ(rendered(GetParam().text, language_values()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Text, Language,
    testing::ValuesIn(std::vector<LanguageCase>{
        LanguageCase{"", ""}, LanguageCase{"plain { } % text }} %}", "plain { } % text }} %}"},
        LanguageCase{"a{# gone {{ n }} #}b", "ab"},
        LanguageCase{"{% raw %}{{ n }}{% if %}{% endraw %}!", "{{ n }}{% if %}!"},
        LanguageCase{"a {%- raw -%} {{ n }} {%- endraw -%} b", "a{{ n }}b"},
        LanguageCase{"a \n {{- n -}} \n b", "a7b"}, LanguageCase{"a \n {%- set x = 1 -%} \n b", "ab"},
        LanguageCase{"a \n {#- c -#} \n b", "ab"},
        LanguageCase{"{{ '}}' }}{{ \"%}\" }}{{ `'\"` }}", "}}%}'\""},
        LanguageCase{"{{ 'a\\nb' }}", "a\\nb"}}));

INSTANTIATE_TEST_SUITE_P(
    Values, Language,
    testing::Values(LanguageCase{"{{ name }}", "Ada"},
                    LanguageCase{"{{ n }} {{ f }} {{ whole }} {{ big }}", "7 2.5 4 18446744073709551615"},
                    LanguageCase{"{{ true }}{{ False }}{{ none }}", "truefalse"},
                    LanguageCase{"{{ 1.50 }} {{ -3 }} {{ -0.5 }}", "1.5 -3 -0.5"},
                    LanguageCase{"{{ list }} {{ map }} {{ [1, 'a', [true],] }}",
                                 "[3, 1, 2] [object] [1, a, [true]]"},
                    LanguageCase{"{{ map.b.c }} {{ map['b'].c }} {{ map[key][\"c\"] }}", "deep deep deep"},
                    LanguageCase{"{{ list.0 }} {{ list[1] }} {{ list[i + 1] }} {{ rows.1.tag }}", "3 1 2 y"},
                    LanguageCase{"{{ map.b.0 }} {{ map['with space'] }} {{ rows[i].id }}", "zero s 2"}));

INSTANTIATE_TEST_SUITE_P(
    Arithmetic, Language,
    testing::ValuesIn(std::vector<LanguageCase>{
        LanguageCase{"{{ 1 + 2 * 3 - 4 }}", "3"}, LanguageCase{"{{ (1 + 2) * 3 }}", "9"},
        LanguageCase{"{{ 10 / 2 }} {{ 7 / 2 }}", "5 3.5"},
        LanguageCase{"{{ 7 % 3 }} {{ -7 % 3 }} {{ 7.5 % 2 }}", "1 -1 1.5"},
        LanguageCase{"{{ n-1 }} {{ n -1 }} {{ n * -1 }}", "6 6 -7"},
        LanguageCase{"{{ f + 1 }} {{ 2 * f }}", "3.5 5"}, LanguageCase{"{{ 1 / 0 }} {{ 0 / 0 }}", "NaN NaN"},
        LanguageCase{
            "{{ 1 + list | length }}",
            "evaluation: t:1:4: the expression: cannot calculate with number and array; use numbers"},
        LanguageCase{"{{ list | length + 1 }}", "4"},
        LanguageCase{"{{ list | length + list | length * 2 }}", "9"},
        LanguageCase{"{{ 2 * (list | length) + 1 }}", "7"},
        LanguageCase{"{{ 8 - 2 - 1 }} {{ 16 / 4 / 2 }}", "5 2"}, LanguageCase{"{{ f * 2 | round }}", "5"}}));

INSTANTIATE_TEST_SUITE_P(
    Logic, Language,
    testing::ValuesIn(std::vector<LanguageCase>{
        LanguageCase{"{{ 1 == 1.0 }} {{ 1 != 2 }} {{ 'a' == 'a' }} {{ 1 == '1' }}", "true true true false"},
        LanguageCase{"{{ 1 < 2 }} {{ 2 <= 2 }} {{ 3 > 4 }} {{ 4 >= 5 }}", "true true false false"},
        LanguageCase{"{{ true and false }} {{ true or missing }} {{ not yes }}", "false true false"},
        LanguageCase{"{{ not missing }} {{ missing or yes }} {{ missing and yes }}", "true true false"},
        LanguageCase{"{{ false or true and false }} {{ (false or true) and true }}", "false true"},
        LanguageCase{"{{ not false and true }} {{ not (true and false) }}", "true true"},
        LanguageCase{"{{ 2 in list }} {{ 9 not in list }} {{ 'Ad' in name }} {{ 'a' in map }}",
                     "true true true true"},
        LanguageCase{"{{ 'x' in ['x', 'y'] }} {{ n in [1, 2] }}", "true false"},
        LanguageCase{"{{ 'a' ~ n ~ 'b' ~ f }} {{ 'x' ~ 'y' | upper }}", "a7b2.5 XY"},
        LanguageCase{"{{ n ~ 1 + 1 }}", "72"},
        LanguageCase{"{{ n is odd }} {{ n is not odd }} {{ n is divisibleby(7) }}", "true false true"},
        LanguageCase{"{{ missing is defined }} {{ missing is undefined }} {{ none is defined }}",
                     "false true true"},
        LanguageCase{"{{ map.zz is defined }} {{ list.9 is undefined }}", "false true"},
        LanguageCase{"{{ n is odd and name is string }} {{ n is number or missing }}", "true true"},
        LanguageCase{"{{ list | length is odd }} {{ (n + 1) is even }}", "true true"}}));

INSTANTIATE_TEST_SUITE_P(
    Statements, Language,
    testing::ValuesIn(std::vector<LanguageCase>{
        LanguageCase{"{% if n > 5 %}a{% elif n > 3 %}b{% else %}c{% endif %}", "a"},
        LanguageCase{"{% if n > 9 %}a{% elif n > 3 %}b{% else %}c{% endif %}", "b"},
        LanguageCase{"{% if n > 9 %}a{% elif false %}b{% else %}c{% endif %}", "c"},
        LanguageCase{"{% if missing %}a{% endif %}", ""},
        LanguageCase{"{% if missing | trim %}a{% else %}b{% endif %}", "b"},
        LanguageCase{"{% if missing | default(value=1) %}a{% endif %}", "a"},
        LanguageCase{"{% if empty or '' or 0 or none %}a{% else %}b{% endif %}", "b"},
        LanguageCase{"{% for x in list %}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "3,1,2"},
        LanguageCase{"{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }} {% endfor %}",
                     "10true 21false 32false "},
        LanguageCase{"{% for x in empty %}a{% else %}none{% endfor %}", "none"},
        LanguageCase{"{% for x in empty %}a{% endfor %}", ""},
        LanguageCase{"{% for k, v in map %}{{ k }};{% endfor %}", "a;b;with space;"},
        LanguageCase{"{% for c in 'h\u00e9!' %}[{{ c }}]{% endfor %}", "[h][\u00e9][!]"},
        LanguageCase{"{% for x in list | sort | reverse %}{{ x }}{% endfor %}", "321"},
        LanguageCase{
            "{% for x in range(end=6) %}{% if x is odd %}{% continue %}{% endif %}{% if x > 3 %}{% break "
            "%}{% endif %}{{ x }}{% endfor %}",
            "02"},
        LanguageCase{"{% for x in [1,2] %}{% for y in [3,4] %}{{ x }}{{ y }}{{ loop.index }} {% endfor %}{{ "
                     "loop.index }};{% endfor %}",
                     "131 142 1;231 242 2;"},
        LanguageCase{"{% set a = 1 %}{% for x in list %}{% set a = x %}{{ a }}{% endfor %}{{ a }}", "3121"},
        LanguageCase{"{% set a = 1 %}{% for x in list %}{% set_global a = a + x %}{% endfor %}{{ a }}", "7"},
        LanguageCase{
            "{% for x in list %}{% if loop.first %}{% set a = 1 %}{% endif %}{{ a is defined }} {% endfor %}",
            "true false false "},
        LanguageCase{"{% set name = 'Bob' %}{{ name }}", "Bob"},
        LanguageCase{"{% set x = [1, n, f | round] %}{{ x }}", "[1, 7, 3]"},
        LanguageCase{
            "{% set_global years = [] %}{% for r in rows %}{% set_global years = years | concat(with=r.id) "
            "%}{% endfor %}{{ years }}",
            "[1, 2]"},
        LanguageCase{"{% filter upper %}a{{ name }}{% endfilter %}", "AADA"},
        LanguageCase{"{% filter replace(from='a', to='o') %}banana{% endfilter %}", "bonono"},
        LanguageCase{"{{ range(end=3) }} {{ range(start=2, end=9, step_by=3) }} {{ range(end=0) }}",
                     "[0, 1, 2] [2, 5, 8] []"}}));

TEST(Escaping, GoesByTheSuffixOfTheName) {
  json data = {{"t", "<b>&\"'/</b>"}};
  std::string escaped = "&lt;b&gt;&amp;&quot;&#x27;&#x2F;&lt;&#x2F;b&gt;";
  for (auto name : {"a.html", "a.htm", "a.xml"})
    EXPECT_EQ(rendered({{name, "{{ t }}"}}, name, data), escaped) << name;
  for (auto name : {"a.txt", "a.erl.tera", "html"})
    EXPECT_EQ(rendered({{name, "{{ t }}"}}, name, data), data["t"]) << name;
}

TEST(Escaping, SparesWhatIsSafeAndWhatIsNoText) {
  json data = {{"t", "<b>"}, {"l", {"<"}}};
  EXPECT_EQ(rendered({{"a.html", "{{ t | safe }}{{ t | safe | upper }}{{ l }}{{ 1 }}"}}, "a.html", data),
            "<b>&lt;B&gt;[<]1");
  EXPECT_EQ(rendered({{"a.html", "{% set x = t %}{{ x }}{{ t ~ '!' }}"}}, "a.html", data),
            "&lt;b&gt;&lt;b&gt;!");
}

TEST(Escaping, DoesNotEscapeTheMarkupOfMacrosTwice) {
  Templates templates = {{"m.html", "{% macro b(t) %}<i>{{ t }}</i>{% endmacro b %}"},
                         {"a.html", "{% import 'm.html' as m %}{{ m::b(t='<') }}"}};
  EXPECT_EQ(rendered(templates, "a.html"), "<i>&lt;</i>");
}

TEST(Include, SeesTheContextButKeepsItsAssignments) {
  Templates templates = {
      {"a", "{% set x = 1 %}{% include 'b' %}{{ x }}{% for i in [7] %}{% include 'b' %}{% endfor %}"},
      {"b", "[{{ n }}{{ x }}{{ i | default(value='-') }}]{% set x = 2 %}"}};
  EXPECT_EQ(rendered(templates, "a", {{"n", 5}}), "[51-]1[517]");
}

TEST(Include, TakesTheFirstThatExistsOrIgnoresWhatIsMissing) {
  Templates templates = {
      {"a",
       "{% include ['no', 'b', 'c'] %}{% include 'no' ignore missing %}{% include ['no'] ignore missing %}"},
      {"b", "B"},
      {"c", "C"},
      {"bad", "\n{% include 'no' %}"}};
  EXPECT_EQ(rendered(templates, "a"), "B");
  EXPECT_EQ(rendered(templates, "bad"),
            "missing template: bad:2:1: there is no template 'no'; add it or correct its name");
}

TEST(Macros, TakeNamedArgumentsAndDefaults) {
  Templates templates = {
      {"m", "{% macro hi(who, mark=\"!\", n=1) %}hi {{ who }}{{ mark }}{{ n }}{% endmacro hi %}"},
      {"a", "{% import \"m\" as m %}{{ m::hi(who='x') }} {{ m::hi(n=2, who='y', mark='?') }}"}};
  EXPECT_EQ(rendered(templates, "a"), "hi x!1 hi y?2");
}

TEST(Macros, CallThemselvesThroughSelf) {
  Templates templates = {{"m",
                          "{% macro factorial(n) %}{% if n > 1 %}{{ n }}*{{ self::factorial(n=n-1) }}{% else "
                          "%}1{% endif %}{% endmacro factorial %}"},
                         {"a", "{% import 'm' as m %}{{ m::factorial(n=4) }}"}};
  EXPECT_EQ(rendered(templates, "a"), "4*3*2*1");
}

TEST(Macros, SeeTheContextButNotTheCallersVariables) {
  Templates templates = {
      {"m", "{% macro f() %}{{ n }}{{ x is defined }}{{ loop is defined }}{% endmacro %}"},
      {"a", "{% import 'm' as m %}{% set x = 1 %}{% for i in [1] %}{{ m::f() }}{% endfor %}"}};
  EXPECT_EQ(rendered(templates, "a", {{"n", 5}}), "5falsefalse");
}

TEST(Macros, AreValuesForSetFiltersAndConditions) {
  Templates templates = {{"m", "{% macro f(a) %}{{ a }}{% endmacro %}"},
                         {"a",
                          "{% import 'm' as m %}{% set x = m::f(a='b') %}{{ x }}{{ m::f(a='c') | upper }}{% "
                          "if m::f(a='') %}y{% else %}n{% endif %}"}};
  EXPECT_EQ(rendered(templates, "a"), "bCn");
}

TEST(Macros, RefuseWhatTheirCallGetsWrong) {
  Templates templates = {{"m", "{% macro f(a) %}{% endmacro %}"},
                         {"missing", "{% import 'm' as m %}{{ m::f() }}"},
                         {"extra", "{% import 'm' as m %}{{ m::f(a=1, b=2) }}"},
                         {"name", "{% import 'm' as m %}{{ m::g() }}"},
                         {"space", "{{ m::f(a=1) }}"}};
  EXPECT_THAT(rendered(templates, "missing"), testing::HasSubstr("the macro 'f' needs the argument 'a'"));
  EXPECT_THAT(rendered(templates, "extra"), testing::HasSubstr("the macro 'f' has no parameter 'b'"));
  EXPECT_THAT(rendered(templates, "name"), testing::HasSubstr("'m' has no macro 'g'"));
  EXPECT_THAT(rendered(templates, "space"), testing::HasSubstr("no template is imported as 'm'"));
}

TEST(Inheritance, FillsTheBlocksOfTheBase) {
  Templates templates = {{"base",
                          "<{% block head %}H{% block title %}T{% endblock title %}{% endblock head %}|{% "
                          "block body %}{% endblock %}>"},
                         {"a",
                          "{# c #}\n{% extends 'base' %}ignored{% block title %}a{% endblock %}{% block body "
                          "%}{{ n }}{% endblock body %}"}};
  EXPECT_EQ(rendered(templates, "base"), "<HT|>");
  EXPECT_EQ(rendered(templates, "a", {{"n", 5}}), "<Ha|5>");
}

TEST(Inheritance, RendersSuperOverSeveralLevelsAndNestedBlocks) {
  Templates templates = {{"grandparent", "{% block hey %}hello{% endblock hey %}"},
                         {"parent",
                          "{% extends \"grandparent\" %}{% block hey %}hi and grandma says {{ super() }} {% "
                          "block ending %}sincerely{% endblock ending %}{% endblock hey %}"},
                         {"child",
                          "{% extends \"parent\" %}{% block hey %}dad says {{ super() }}{% endblock hey %}{% "
                          "block ending %}{{ super() }} with love{% endblock ending %}"}};
  EXPECT_EQ(rendered(templates, "child"), "dad says hi and grandma says hello sincerely with love");
}

TEST(Inheritance, SkipsLevelsThatDoNotDefineTheBlock) {
  Templates templates = {{"a", "{% block x %}1{% endblock %}"},
                         {"b", "{% extends 'a' %}"},
                         {"c", "{% extends 'b' %}{% block x %}{{ super() }}2{% endblock %}"}};
  EXPECT_EQ(rendered(templates, "c"), "12");
}

TEST(Inheritance, UsesTheImportsOfTheTemplateThatDefinesTheBlock) {
  Templates templates = {
      {"m", "{% macro f() %}M{% endmacro %}"},
      {"base", "{% block x %}{% endblock %}"},
      {"a", "{% extends 'base' %}{% import 'm' as m %}{% block x %}{{ m::f() }}{% endblock %}"}};
  EXPECT_EQ(rendered(templates, "a"), "M");
}

TEST(Inheritance, RefusesCirclesAndSuperWithoutAParent) {
  Templates templates = {{"a", "{% extends 'b' %}"},
                         {"b", "{% extends 'a' %}"},
                         {"c", "{% block x %}{{ super() }}{% endblock %}"}};
  EXPECT_THAT(rendered(templates, "a"), testing::StartsWith("syntax: b:1:4: 'a' extends itself"));
  EXPECT_THAT(rendered(templates, "c"), testing::HasSubstr("super() has no block 'x' above it"));
}

TEST(Functions, ThrowEndsTheRenderWithItsMessage) {
  EXPECT_EQ(rendered("{% if true %}\n{{ throw(message='no ' ~ 1) }}{% endif %}"), "evaluation: t:2:4: no 1");
}

TEST(Functions, ThatDifferFromRunToRunAnswerFromTheContextOnly) {
  for (auto text : {"{{ now() }}", "{{ get_random(end=3) }}", "{{ get_env(name='HOME') }}"}) {
    EXPECT_THAT(rendered(text), testing::HasSubstr("would make the output differ from run to run")) << text;
  }
  json data = {{"now", "2026-01-26T10:15:00Z"}, {"get_random", 4}, {"get_env", {{"HOME", "/h"}}}};
  EXPECT_EQ(rendered("{{ now() | date(format='%Y') }}{{ get_random(end=9) }}{{ get_env(name='HOME') }}{{ "
                     "get_env(name='X', default='d') }}",
                     data),
            "20264/hd");
}

TEST(Context, CanBeDumped) {
  EXPECT_EQ(rendered("{% set b = 2 %}{{ __tera_context }}", {{"a", 1}}), "{\n  \"a\": 1,\n  \"b\": 2\n}");
  EXPECT_THAT(rendered("x", json::array()), testing::HasSubstr("the context is not a JSON object"));
}

TEST(Check, FindsWhatIsWrongWithoutData) {
  Templates templates = {{"good",
                          "{% extends 'base' %}{% import 'm' as m %}{% block x %}{% if a %}{% include 'part' "
                          "%}{% endif %}{% endblock %}"},
                         {"base", "{% block x %}{% endblock %}{% include 'no' ignore missing %}"},
                         {"m", "{% macro f() %}{% endmacro %}"},
                         {"part", "{{ a }}"},
                         {"bad", "{% for x in y %}{% include 'broken' %}{% endfor %}"},
                         {"broken", "{{ a | nofilter }}"},
                         {"gone", "{% import 'no' as m %}"}};
  auto engine = engine_of(templates);
  EXPECT_TRUE(engine.check("good"));
  EXPECT_EQ(engine.check("bad").error().text(),
            "broken:1:8: there is no filter 'nofilter'; correct its spelling");
  EXPECT_EQ(engine.check("gone").error().kind, ErrorKind::missing_template);
  EXPECT_EQ(engine.check("nowhere").error().kind, ErrorKind::missing_template);
}

TEST(Check, AcceptsTheTemplatesOfTheExampleLines) {
  namespace fs = std::filesystem;
  auto lines = fs::path(test::source_folder()) / "config/lines";
  ASSERT_TRUE(fs::exists(lines));
  for (const auto& line : fs::directory_iterator(lines)) {
    auto folder = line.path() / "templates";
    if (!fs::exists(folder)) continue;
    Engine engine([&](std::string_view name) -> std::optional<std::string> {
      std::ifstream file(folder / name, std::ios::binary);
      if (!file) return {};
      return std::string(std::istreambuf_iterator<char>(file), {});
    });
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".tera") continue;
      auto result = engine.check(fs::relative(entry.path(), folder).string());
      EXPECT_TRUE(result) << line.path() << ": " << result.error().text();
    }
  }
}

}  // namespace
}  // namespace tcps::tera
