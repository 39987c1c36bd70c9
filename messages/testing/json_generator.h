// Random JSON values for property tests: every kind of value, nested a few levels, with text from all of
// Unicode.
#pragma once

#include <rapidcheck.h>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "messages/utf8.h"

namespace tcps::test {

inline uint32_t not_surrogate(uint32_t point) {
  return point >= 0xd800 && point < 0xe000 ? point - 0x800 : point;
}

inline rc::Gen<std::string> any_text() {
  const auto point = rc::gen::weightedOneOf<uint32_t>({{6, rc::gen::inRange<uint32_t>(0, 0x80)},
                                                       {2, rc::gen::inRange<uint32_t>(0x80, 0x10000)},
                                                       {1, rc::gen::inRange<uint32_t>(0xe000, 0x10000)},
                                                       {2, rc::gen::inRange<uint32_t>(0x10000, 0x110000)}});
  return rc::gen::map(rc::gen::container<std::vector<uint32_t>>(point),
                      [](const std::vector<uint32_t>& points) {
                        std::string text;
                        for (uint32_t p : points) utf8::append(text, not_surrogate(p));
                        return text;
                      });
}

inline rc::Gen<double> any_finite_double() {
  return rc::gen::map(rc::gen::arbitrary<uint64_t>(), [](uint64_t bits) {
    double number;
    static_assert(sizeof number == sizeof bits);
    std::memcpy(&number, &bits, sizeof number);
    return std::isfinite(number) ? number : 0.5;
  });
}

inline rc::Gen<nlohmann::json> any_scalar() {
  using nlohmann::json;
  constexpr int64_t exact = int64_t{1} << 53;
  return rc::gen::oneOf(
      rc::gen::just(json(nullptr)),
      rc::gen::map(rc::gen::arbitrary<bool>(), [](bool value) { return json(value); }),
      rc::gen::map(rc::gen::inRange<int64_t>(-exact, exact + 1), [](int64_t value) { return json(value); }),
      rc::gen::map(any_finite_double(), [](double value) { return json(value); }),
      rc::gen::map(any_text(), [](const std::string& value) { return json(value); }));
}

inline rc::Gen<nlohmann::json> any_json(int depth) {
  using nlohmann::json;
  if (depth == 0) return any_scalar();
  const auto array =
      rc::gen::map(rc::gen::resize(6, rc::gen::container<std::vector<json>>(any_json(depth - 1))),
                   [](const std::vector<json>& elements) { return json(elements); });
  const auto object = rc::gen::map(
      rc::gen::resize(6, rc::gen::container<std::map<std::string, json>>(any_text(), any_json(depth - 1))),
      [](const std::map<std::string, json>& members) { return json(members); });
  return rc::gen::oneOf(any_scalar(), array, object);
}

}  // namespace tcps::test
