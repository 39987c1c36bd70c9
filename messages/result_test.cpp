#include "messages/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <variant>

namespace tcps {
namespace {

Result<std::unique_ptr<int>> boxed(int number) {
  if (number < 0) return fail(ErrorCode::invalid, "negative");
  return std::make_unique<int>(number);
}

Status accept(int number) {
  if (number > 9) return fail(ErrorCode::full, "above nine");
  return {};
}

Result<int> doubled(int number, bool& reached) {
  const auto box = TCPS_TRY(boxed(number));
  TCPS_TRY(accept(number));
  reached = true;
  return *box * 2;
}

TEST(Try, TakesTheValueOutOfAGoodResult) {
  bool reached = false;
  EXPECT_EQ(doubled(4, reached), 8);
  EXPECT_TRUE(reached);
}

TEST(Try, EndsTheFunctionWithTheErrorOfABadOne) {
  for (auto [number, code] : {std::pair{-1, ErrorCode::invalid}, {10, ErrorCode::full}}) {
    bool reached = false;
    const auto result = doubled(number, reached);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, code);
    EXPECT_FALSE(reached);
  }
}

TEST(Try, GivesAnErrorOnToAFunctionWithMoreKindsOfThem) {
  using More = tl::expected<int, std::variant<Error, int>>;
  const auto run = [](int number) -> More {
    TCPS_TRY(accept(number));
    return number;
  };
  EXPECT_EQ(run(1), 1);
  EXPECT_EQ(std::get<Error>(run(11).error()).code, ErrorCode::full);
}

TEST(Try, LooksAtItsExpressionOnce) {
  int looks = 0;
  const auto look = [&looks]() -> Result<int> { return ++looks; };
  const auto run = [&]() -> Result<int> {
    const int seen = TCPS_TRY(look());
    return seen;
  };
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(looks, 1);
}

}  // namespace
}  // namespace tcps
