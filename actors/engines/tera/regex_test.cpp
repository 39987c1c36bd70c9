#include "actors/engines/tera/regex.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <regex>

#include "actors/engines/tera/catalogue.h"

namespace tcps::tera {
namespace {

struct PatternCase {
  std::string pattern, text;
  bool occurs;
};

TEST(Regex, FindsThePatternAnywhere) {
  for (const PatternCase& c : {PatternCase{"b", "abc", true},
                               PatternCase{"^b", "abc", false},
                               PatternCase{"c$", "abc", true},
                               PatternCase{"^$", "", true},
                               PatternCase{"", "x", true},
                               PatternCase{"a|z", "xyz", true},
                               PatternCase{"^(ab|c)+$", "abcab", true},
                               PatternCase{"^(ab|c)+$", "abca", false},
                               PatternCase{"colou?r", "color", true},
                               PatternCase{"^a{2,3}$", "aaaa", false},
                               PatternCase{"^a{2,3}$", "aaa", true},
                               PatternCase{"^a{2}$", "aa", true},
                               PatternCase{"^a{2,}$", "aaaaa", true},
                               PatternCase{"^a{2,}$", "a", false},
                               PatternCase{"^a{0,2}b", "b", true},
                               PatternCase{"[a-c]x", "bx", true},
                               PatternCase{"[^a-c]x", "bx", false},
                               PatternCase{"[]x]", "]", true},
                               PatternCase{"[a-]", "-", true},
                               PatternCase{"[\\d_]+$", "a_9", true},
                               PatternCase{"^\\w+\\s\\W\\D$", "a_1 -x", true},
                               PatternCase{"^\\S$", " ", false},
                               PatternCase{"\\bcat\\b", "a cat.", true},
                               PatternCase{"\\bcat\\b", "concat", false},
                               PatternCase{"\\Bcat", "concat", true},
                               PatternCase{"a.c", "a\nc", false},
                               PatternCase{"^.$", "\u20ac", true},
                               PatternCase{"^[\u00e4-\u00fc]$", "\u00f6", true},
                               PatternCase{"(?i)^HeLLo$", "hEllO", true},
                               PatternCase{"(?i)[a-c]", "B", true},
                               PatternCase{"a\\.b", "axb", false},
                               PatternCase{"a{x", "a{x", true},
                               PatternCase{"a{2", "a{2", true},
                               PatternCase{"^a{0}$", "", true},
                               PatternCase{"^\\pL+$", "\u00e4\u0436", true},
                               PatternCase{"(?i)^\u00e4$", "\u00c4", true},
                               PatternCase{"a$", "a\n", false},
                               PatternCase{"(?m)^b$", "a\nb\nc", true},
                               PatternCase{"(?:a|b)*?c", "abac", true},
                               PatternCase{"^(a*)*$", "aaab", false},
                               PatternCase{"\\n", "\n", true}}) {
    EXPECT_EQ(regex_occurs(c.pattern, c.text), c.occurs) << c.pattern << " in " << c.text;
  }
}

TEST(Regex, RefusesMalformedPatterns) {
  for (auto pattern : {"(", ")", "[", "[a", "a**", "*", "+a", "a{3,2}", "a{9999}", "\\", "\\q", "[z-a]",
                       "(?=a)", "(a)\\1", "((a{1000}){1000})", "\xff"}) {
    EXPECT_THROW(regex_occurs(pattern, "a"), Misuse) << pattern;
  }
  EXPECT_THROW(regex_occurs(std::string(1000, '('), "a"), Misuse);
}

// Errors name the part that is wrong, for whoever wrote the template.
TEST(Regex, SaysWhatIsWrong) {
  try {
    regex_occurs("a(?=b)", "ab");
    FAIL();
  } catch (const Misuse& misuse) {
    EXPECT_EQ(misuse.message, "the regular expression is refused: invalid perl operator: (?=");
  }
}

TEST(Regex, TakesTimeInProportionWhereBacktrackingWouldNot) {
  EXPECT_FALSE(regex_occurs("^(a|a)*(a+)+$", std::string(5000, 'a') + "b"));
}

RC_GTEST_PROP(Regex, AgreesWithTheStandardLibrary, ()) {
  auto part = rc::gen::element<std::string>("a", "b", "c", "(a|b)", "(b|)", "[ab]", "[^a]", ".", "a*", "b+",
                                            "c?", "(ab)*", "a{1,2}", "^", "$", "\\b");
  auto letter = rc::gen::element<std::string>("a", "b", "c", " ");
  std::string pattern, text;
  for (const auto& each :
       *rc::gen::container<std::vector<std::string>>(*rc::gen::inRange<size_t>(0, 6), part)) {
    pattern += each;
  }
  for (const auto& each :
       *rc::gen::container<std::vector<std::string>>(*rc::gen::inRange<size_t>(0, 8), letter)) {
    text += each;
  }
  RC_ASSERT(regex_occurs(pattern, text) == std::regex_search(text, std::regex(pattern)));
}

}  // namespace
}  // namespace tcps::tera
