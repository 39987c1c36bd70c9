#include "messages/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "messages/text.h"

namespace tcps {
namespace {

bool is_numeric(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

bool has_leading_zero(std::string_view number) { return number.size() > 1 && number.front() == '0'; }

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    parts.push_back(text.substr(0, dot));
    text.remove_prefix(dot + 1);
  }
  parts.push_back(text);
  return parts;
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

bool are_build_identifiers(std::string_view text) {
  const auto parts = parts_of(text);
  return std::all_of(parts.begin(), parts.end(), is_identifier);
}

bool are_prerelease_identifiers(std::string_view text) {
  const auto parts = parts_of(text);
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return is_identifier(part) && !(is_numeric(part) && has_leading_zero(part));
  });
}

bool is_number(std::string_view text) { return !text.empty() && is_numeric(text) && !has_leading_zero(text); }

// Without leading zeros the longer number is the greater one.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  if (const auto by_size = a.size() <=> b.size(); by_size != 0) return by_size;
  return a <=> b;
}

// Numbers before words, numbers by value, words by their bytes.
std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
  if (is_numeric(a) != is_numeric(b))
    return is_numeric(a) ? std::strong_ordering::less : std::strong_ordering::greater;
  return is_numeric(a) ? compare_numbers(a, b) : a <=> b;
}

std::strong_ordering compare_prereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();  // a release comes after its pre-releases
  const auto left = parts_of(a), right = parts_of(b);
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end(),
                                                compare_identifiers);
}

std::string incremented(std::string number) {
  for (auto digit = number.rbegin(); digit != number.rend(); ++digit) {
    if (*digit != '9') {
      ++*digit;
      return number;
    }
    *digit = '0';
  }
  return "1" + number;
}

tl::unexpected<Error> malformed(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is not a semantic version: {}; write it as 1.0.0", text.substr(0, 100), why));
}

}  // namespace

VersionChange change_of(Bucket bucket, bool is_breaking) {
  if (is_breaking) return VersionChange::major;
  return bucket == Bucket::features ? VersionChange::minor : VersionChange::patch;
}

Result<Version> Version::parse(std::string_view text) {
  if (text.size() > version_bytes_max) return malformed(text, "it is longer than 128 bytes");
  Version version;
  auto rest = text;
  if (const auto plus = rest.find('+'); plus != std::string_view::npos) {
    version.build_ = rest.substr(plus + 1);
    if (!are_build_identifiers(version.build_)) return malformed(text, "its build metadata is malformed");
    rest = rest.substr(0, plus);
  }
  if (const auto hyphen = rest.find('-'); hyphen != std::string_view::npos) {
    version.prerelease_ = rest.substr(hyphen + 1);
    if (!are_prerelease_identifiers(version.prerelease_))
      return malformed(text, "its pre-release is malformed");
    rest = rest.substr(0, hyphen);
  }
  const auto numbers = parts_of(rest);
  if (numbers.size() != version.core_.size() || !std::all_of(numbers.begin(), numbers.end(), is_number))
    return malformed(text, "it does not begin with three numbers");
  std::copy(numbers.begin(), numbers.end(), version.core_.begin());
  return version;
}

std::string Version::to_string() const {
  return fmt::format("{}.{}.{}{}{}{}{}", core_[0], core_[1], core_[2], prerelease_.empty() ? "" : "-",
                     prerelease_, build_.empty() ? "" : "+", build_);
}

Result<Version> Version::next(VersionChange change) const {
  const auto& [major, minor, patch] = core_;
  const VersionChange announced = patch != "0"   ? VersionChange::patch
                                  : minor != "0" ? VersionChange::minor
                                                 : VersionChange::major;
  Version next;
  next.core_ = core_;
  if (!is_prerelease() || change > announced) {
    switch (change) {
      case VersionChange::major:
        next.core_ = {incremented(major), "0", "0"};
        break;
      case VersionChange::minor:
        next.core_ = {major, incremented(minor), "0"};
        break;
      case VersionChange::patch:
        next.core_ = {major, minor, incremented(patch)};
        break;
    }
  }
  if (next.to_string().size() <= version_bytes_max) return next;
  return fail(ErrorCode::full,
              fmt::format("after version '{}' none is left: it would be longer than 128 bytes",
                          to_string().substr(0, 100)));
}

std::weak_ordering operator<=>(const Version& a, const Version& b) {
  for (size_t i = 0; i < a.core_.size(); ++i) {
    if (const auto order = compare_numbers(a.core_[i], b.core_[i]); order != 0) return order;
  }
  return compare_prereleases(a.prerelease_, b.prerelease_);
}

Result<Version> parse_assignable_version(std::string_view text) {
  auto version = TCPS_TRY(Version::parse(text));
  if (!version.has_build_metadata()) return version;
  return fail(
      ErrorCode::invalid,
      fmt::format("'{}' has build metadata, which neither counts in the order of versions nor fits the tag "
                  "of an image; leave the '+' and what follows it out",
                  text));
}

Result<std::string> version_after(std::string_view highest, std::string_view initial, VersionChange change) {
  const auto first = TCPS_TRY(parse_assignable_version(initial));
  if (highest.empty()) return first.to_string();
  const auto last = TCPS_TRY(parse_assignable_version(highest));
  if (first > last) return first.to_string();
  const auto next = TCPS_TRY(last.next(change));
  return next.to_string();
}

Status check_version_rises(std::string_view version, std::string_view highest) {
  const auto assigned = TCPS_TRY(parse_assignable_version(version));
  if (highest.empty()) return {};
  const auto last = TCPS_TRY(parse_assignable_version(highest));
  if (assigned > last) return {};
  return fail(ErrorCode::refused, fmt::format("version {} is not above {}", version, highest));
}

}  // namespace tcps
