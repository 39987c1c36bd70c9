// A version, and how a line counts versions. The one place that knows what a version is: line.toml, pull, the
// fold and everybody else who reads one ask here.
//
// Version is Semantic Versioning 2.0.0 (semver.org) entire: numbers of any size, pre-releases, build
// metadata. Two bounds are the factory's own: a text has at most version_bytes_max bytes, and a version that
// a line assigns has no build metadata (parse_assignable_version).
//
// Counting and judging stand side by side, for they must agree: what version_after() gives,
// check_version_rises() admits. Both are functions of texts alone.
#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "messages/result.h"
#include "messages/vocabulary.h"

namespace tcps {

inline constexpr size_t version_bytes_max = 128;  // what the tag of an image may have

// What a change means to those who use the product, least first.
enum class VersionChange : uint8_t { patch, minor, major };

// A breaking change is major, a feature minor, everything else a patch.
VersionChange change_of(Bucket bucket, bool is_breaking);

class Version {
 public:
  // Errors: invalid, naming the text and what is wrong with it.
  static Result<Version> parse(std::string_view text);

  std::string to_string() const;  // the text that was parsed
  bool is_prerelease() const { return !prerelease_.empty(); }
  bool has_build_metadata() const { return !build_.empty(); }

  // The lowest release that carries this change and comes after this version; never a pre-release.
  //
  // A pre-release announces a release, so the change that makes it one is the work it was waiting for:
  // 2.0.0-rc.1 is followed by 2.0.0, whatever the change, and 1.1.0-rc.1 by 1.1.0 unless the change is major.
  // Only a change greater than what was announced counts on: 1.1.1-rc.1 with a minor change is 1.2.0. To go
  // on to rc.2 instead, somebody would have to say so: no change of the product means it. Errors: full (the
  // number would have no room in version_bytes_max).
  Result<Version> next(VersionChange change) const;

  // Precedence, clause 11: build metadata does not count, so that versions of equal precedence may differ in
  // text.
  friend std::weak_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }

 private:
  std::array<std::string, 3> core_{"0", "0", "0"};  // major, minor, patch: decimal digits
  std::string prerelease_;                          // "rc.1"; empty: a release
  std::string build_;                               // "20260126"; empty: none
};

// ---- the versions that a line assigns to its SKUs

// A version without build metadata. A line does not assign others: metadata does not count in the order, so
// that two versions which differ in nothing else could not follow one another, and the tag of an OCI image
// has no '+'. Errors: invalid.
Result<Version> parse_assignable_version(std::string_view text);

// The version that a SKU gets next: `initial` where that is above `highest` or there is none yet (`highest`
// is empty), otherwise the next() of `highest`. Errors: invalid, naming the version that is none; full.
Result<std::string> version_after(std::string_view highest, std::string_view initial, VersionChange change);

// Whether a SKU whose highest version is `highest` (empty: none yet) may get `version`: an assignable one
// above it, for a version is given once. Errors: invalid, refused.
Status check_version_rises(std::string_view version, std::string_view highest);

}  // namespace tcps
