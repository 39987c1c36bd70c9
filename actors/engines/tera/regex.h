// Regular expressions for the test `matching`, run as a set of states over the text: the time is bounded by
// pattern times text, whatever the pattern, which no backtracking matcher can promise.
//
// Knows literals, `.`, classes with ranges and negation, \d \w \s and their opposites, \b \B, ^ $, groups,
// `|` and the repetitions * + ? {m} {m,} {m,n}, greedy or not (a test cannot tell). The flag (?i) at the
// start folds ASCII. Works on characters of UTF-8.
#pragma once

#include <string_view>

namespace tcps::tera {

// Whether `pattern` occurs in `text`. Throws Misuse when the pattern is malformed or too large.
bool regex_occurs(std::string_view pattern, std::string_view text);

}  // namespace tcps::tera
