#include "actors/engines/archive/glob.h"

#include <algorithm>

#include "messages/text.h"

namespace tcps::archive {
namespace {

constexpr size_t pattern_bytes_max = 1024;

// Greedy: on a mismatch only the last star can take one character more, so the time is bounded by the product
// of the lengths.
bool segment_matches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(),
                     [](char c) { return c == '*'; });
}

}  // namespace

Result<Glob> Glob::parse(std::string_view pattern) {
  const auto refuse = [&pattern](const char* why) {
    return fail(ErrorCode::invalid, "pattern '" + std::string(pattern.substr(0, 100)) + "' " + why);
  };
  if (pattern.size() > pattern_bytes_max) return refuse("is longer than 1024 characters: shorten it");
  Glob glob;
  glob.pattern_ = pattern;
  const auto segments = split(pattern, '/');
  glob.segments_.assign(segments.begin(), segments.end());
  for (const auto& segment : glob.segments_) {
    if (segment.empty()) return refuse("must be relative and without empty segments");
    if (segment == "." || segment == "..") return refuse("must not contain '.' or '..' segments");
    if (segment != "**" && segment.find("**") != std::string::npos)
      return refuse("must have '**' only as a whole segment");
  }
  return glob;
}

bool Glob::matches(std::string_view path) const {
  const auto names = split(path, '/');
  // reached[i]: the segments seen so far can stand for the first i names.
  std::vector<bool> reached(names.size() + 1);
  reached[0] = true;
  for (const auto& segment : segments_) {
    if (segment == "**") {
      for (size_t i = 1; i <= names.size(); ++i) reached[i] = reached[i] || reached[i - 1];
      continue;
    }
    for (size_t i = names.size(); i > 0; --i)
      reached[i] = reached[i - 1] && segment_matches(segment, names[i - 1]);
    reached[0] = false;
  }
  return reached[names.size()];
}

Result<std::vector<Glob>> parse_globs(const std::vector<std::string>& patterns) {
  std::vector<Glob> globs;
  for (const auto& pattern : patterns) {
    auto glob = TCPS_TRY(Glob::parse(pattern));
    globs.push_back(std::move(glob));
  }
  return globs;
}

bool any_matches(const std::vector<Glob>& globs, std::string_view path) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(path); });
}

}  // namespace tcps::archive
