// Random versions for property tests, in texts: small numbers, so that versions meet, and now and then one
// too large for any machine word.
#pragma once

#include <rapidcheck.h>

#include <string>

namespace tcps::test {

inline rc::Gen<std::string> any_number() {
  return rc::gen::weightedOneOf<std::string>(
      {{8, rc::gen::map(rc::gen::inRange(0, 12), [](int number) { return std::to_string(number); })},
       {1, rc::gen::element<std::string>("99", "18446744073709551615", "99999999999999999999999")}});
}

inline rc::Gen<std::string> any_prerelease() {
  const auto identifier = rc::gen::oneOf(
      any_number(), rc::gen::element<std::string>("alpha", "beta", "rc", "RC", "x-1", "0a", "-", "--2"));
  return rc::gen::map(
      rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(identifier))),
      [](const std::vector<std::string>& identifiers) {
        std::string text;
        for (const auto& one : identifiers) text += (text.empty() ? "" : ".") + one;
        return text;
      });
}

// One that a line may assign: a release, or as often a pre-release.
inline rc::Gen<std::string> any_assignable_version() {
  const auto prerelease = rc::gen::oneOf(rc::gen::just(std::string()), any_prerelease());
  return rc::gen::apply(
      [](const std::string& major, const std::string& minor, const std::string& patch,
         const std::string& prerelease) {
        return major + "." + minor + "." + patch + (prerelease.empty() ? "" : "-" + prerelease);
      },
      any_number(), any_number(), any_number(), prerelease);
}

}  // namespace tcps::test
