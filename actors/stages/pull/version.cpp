#include "actors/stages/pull/version.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <tuple>

#include "actors/stages/standard_work/values.h"

namespace tcps::stages {
namespace {

struct Version {
  std::array<uint64_t, 3> core{};
  bool is_prerelease = false;
};

Result<Version> parse(std::string_view text) {
  const auto malformed = [&] {
    return fail(ErrorCode::invalid,
                "version '" + std::string(text.substr(0, 100)) + "' is no semantic version");
  };
  if (!line_toml::is_semantic_version(text)) return malformed();
  const auto without_build = text.substr(0, text.find('+'));
  const auto hyphen = without_build.find('-');
  const auto parts = line_toml::split(without_build.substr(0, hyphen), '.');
  Version version;
  version.is_prerelease = hyphen != std::string_view::npos;
  for (size_t i = 0; i < version.core.size(); ++i) {
    const auto part = parts[i];
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), version.core[i]);
    constexpr uint64_t number_max = 1'000'000'000;  // so that counting on never overflows
    if (error != std::errc() || end != part.data() + part.size() || version.core[i] > number_max)
      return malformed();
  }
  return version;
}

std::string text_of(const Version& version) {
  const auto& core = version.core;
  return std::to_string(core[0]) + "." + std::to_string(core[1]) + "." + std::to_string(core[2]);
}

Version following(const Version& version, Change change) {
  const auto [major, minor, patch] = version.core;
  // A pre-release announces a version; a change that fits into it releases it.
  const bool announces_major = version.is_prerelease && minor == 0 && patch == 0;
  const bool announces_minor = version.is_prerelease && patch == 0;
  switch (change) {
    case Change::major:
      return {announces_major ? version.core : std::array{major + 1, uint64_t{0}, uint64_t{0}}, false};
    case Change::minor:
      return {announces_minor ? version.core : std::array{major, minor + 1, uint64_t{0}}, false};
    case Change::patch:
      break;
  }
  return {version.is_prerelease ? version.core : std::array{major, minor, patch + 1}, false};
}

}  // namespace

Change change_of(Bucket bucket, bool is_breaking) {
  if (is_breaking) return Change::major;
  return bucket == Bucket::features ? Change::minor : Change::patch;
}

Result<std::string> next_version(std::string_view highest, std::string_view initial, Change change) {
  const auto first = TCPS_TRY(parse(initial));
  const bool first_counts = first.core > std::array<uint64_t, 3>{};
  if (highest.empty()) {
    if (first_counts) return std::string(initial.substr(0, initial.find('+')));
    return text_of(following({}, change));
  }
  const auto last = TCPS_TRY(parse(highest));
  if (first.core > last.core) return std::string(initial.substr(0, initial.find('+')));
  auto next = following(last, change);
  if (next.core == std::array<uint64_t, 3>{}) next = following(next, change);
  return text_of(next);
}

}  // namespace tcps::stages
