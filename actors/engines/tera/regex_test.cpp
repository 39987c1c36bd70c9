#include "actors/engines/tera/regex.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <regex>

#include "actors/engines/tera/catalogue.h"

namespace tcps::tera {
namespace {

struct Case {
  std::string pattern, text;
  bool occurs;
};

TEST(Regex, FindsThePatternAnywhere) {
  for (const Case& c : {Case{"b", "abc", true},
                        Case{"^b", "abc", false},
                        Case{"c$", "abc", true},
                        Case{"^$", "", true},
                        Case{"", "x", true},
                        Case{"a|z", "xyz", true},
                        Case{"^(ab|c)+$", "abcab", true},
                        Case{"^(ab|c)+$", "abca", false},
                        Case{"colou?r", "color", true},
                        Case{"^a{2,3}$", "aaaa", false},
                        Case{"^a{2,3}$", "aaa", true},
                        Case{"^a{2}$", "aa", true},
                        Case{"^a{2,}$", "aaaaa", true},
                        Case{"^a{2,}$", "a", false},
                        Case{"^a{0,2}b", "b", true},
                        Case{"[a-c]x", "bx", true},
                        Case{"[^a-c]x", "bx", false},
                        Case{"[]x]", "]", true},
                        Case{"[a-]", "-", true},
                        Case{"[\\d_]+$", "a_9", true},
                        Case{"^\\w+\\s\\W\\D$", "a_1 -x", true},
                        Case{"^\\S$", " ", false},
                        Case{"\\bcat\\b", "a cat.", true},
                        Case{"\\bcat\\b", "concat", false},
                        Case{"\\Bcat", "concat", true},
                        Case{"a.c", "a\nc", false},
                        Case{"^.$", "\u20ac", true},
                        Case{"^[\u00e4-\u00fc]$", "\u00f6", true},
                        Case{"(?i)^HeLLo$", "hEllO", true},
                        Case{"(?i)[a-c]", "B", true},
                        Case{"a\\.b", "axb", false},
                        Case{"a{x", "a{x", true},
                        Case{"a{2", "a{2", true},
                        Case{"^a{0}$", "", true},
                        Case{"^\\pL+$", "\u00e4\u0436", true},
                        Case{"(?i)^\u00e4$", "\u00c4", true},
                        Case{"a$", "a\n", false},
                        Case{"(?m)^b$", "a\nb\nc", true},
                        Case{"(?:a|b)*?c", "abac", true},
                        Case{"^(a*)*$", "aaab", false},
                        Case{"\\n", "\n", true}}) {
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
