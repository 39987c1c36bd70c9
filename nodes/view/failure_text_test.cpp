#include "nodes/view/failure_text.h"

#include <gtest/gtest.h>

namespace tcps::view {
namespace {

TEST(FailureText, NamesTheModeBesideItsCode) {
  EXPECT_EQ(failure_text("F6.1"), "F6.1 Compilation error");
  EXPECT_EQ(failure_text("F10.4"), "F10.4 Entitlement broken");
}

TEST(FailureText, LeavesAnUnknownCodeAsItIs) {
  EXPECT_EQ(failure_text("F6.9"), "F6.9");
  EXPECT_EQ(failure_text(""), "");
  EXPECT_EQ(failure_text("\x1b[31m").find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace tcps::view
