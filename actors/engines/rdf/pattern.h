// Regular expressions of SPARQL's REGEX and SHACL's sh:pattern, on PCRE2 with its work bounded: a hostile
// pattern ends in "no match", never in a hang. Threads: a pattern may be used by many threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "messages/result.h"

namespace tcps::rdf {

class Pattern {
 public:
  // `flags`: any of i, m, s, x, q. Errors: invalid, saying what the pattern lacks.
  static Result<Pattern> compile(std::string_view pattern, std::string_view flags);

  // Whether the pattern is found anywhere in the UTF-8 `text`. False when the bound on work was reached.
  bool found_in(std::string_view text) const;

 private:
  explicit Pattern(std::shared_ptr<const void> code) : code_(std::move(code)) {}
  std::shared_ptr<const void> code_;
};

}  // namespace tcps::rdf
