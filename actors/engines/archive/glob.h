// Path patterns as line.toml and product files write them: "src/**/*.cpp", "build/*", "a?c".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/result.h"

namespace tcps::archive {

// `*` stands for any characters within one path segment, `?` for one such character, `**` as a whole segment
// for any number of segments (also none). Everything else stands for itself; letters are compared exactly.
// Matching takes time proportional to the lengths of pattern and path multiplied, whatever the pattern.
class Glob {
 public:
  // Errors: invalid (empty, absolute, "." or ".." segments, `**` beside other characters, longer than 1024).
  static Result<Glob> parse(std::string_view pattern);

  // `path` is relative, with '/' between segments and none at its ends.
  bool matches(std::string_view path) const;
  const std::string& pattern() const { return pattern_; }

 private:
  std::string pattern_;
  std::vector<std::string> segments_;
};

// Errors: invalid, naming the pattern.
Result<std::vector<Glob>> parse_globs(const std::vector<std::string>& patterns);
bool any_matches(const std::vector<Glob>& globs, std::string_view path);

}  // namespace tcps::archive
