#include "nodes/http/message.h"

#include <gtest/gtest.h>

namespace tcps::http {
namespace {

TEST(HttpMessage, FindsAFieldByItsNameWithoutRegardToCase) {
  const Fields fields = {{"Host", "a"}, {"If-Range", "b"}, {"host", "c"}};
  EXPECT_EQ(field_of(fields, "host"), "a") << "the first of them";
  EXPECT_EQ(field_of(fields, "IF-RANGE"), "b");
  EXPECT_EQ(field_of(fields, "Range"), "");
  EXPECT_EQ(field_of(fields, ""), "");
}

}  // namespace
}  // namespace tcps::http
