#include "messages/ids.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace tcps {
namespace {

static_assert(!std::is_same_v<LineName, NodeId> && !std::is_convertible_v<NodeId, LineName>,
              "a node id must not pass for a line name");

TEST(Token, IsLowerCaseLettersDigitsAndInnerHyphens) {
  for (const std::string& text : {std::string("a"), std::string("0"), std::string("erlmcp-http2"),
                                  std::string("wo-001"), std::string("a-"), std::string(64, 'a')}) {
    EXPECT_TRUE(is_token(text)) << text;
  }
}

TEST(Token, RefusesWhatWouldChangeASubject) {
  for (const std::string& text :
       {std::string(), std::string("-a"), std::string("-"), std::string("a.b"), std::string("a b"),
        std::string("*"), std::string(">"), std::string("A"), std::string("a_b"), std::string("é"),
        std::string("a\0b", 3), std::string("a\n"), std::string(65, 'a')}) {
    EXPECT_FALSE(is_token(text)) << text;
  }
}

TEST(Name, SaysWhichKindOfNameIsMalformed) {
  EXPECT_EQ(LineName::parse("demo")->str(), "demo");
  const auto refused = NodeId::parse("Node 1");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_NE(refused.error().message.find("node id 'Node 1'"), std::string::npos);
  EXPECT_TRUE(Pool().empty());
}

TEST(WorkOrderId, IsTheSameForTheSameDemandAndDiffersOtherwise) {
  const LineName line = LineName::literal("demo");
  const WorkOrderId id = work_order_id(line, "github", "issue-1");
  EXPECT_EQ(id, work_order_id(line, "github", "issue-1"));
  EXPECT_EQ(id.str().size(), 23u);
  EXPECT_TRUE(id.str().starts_with("wo-"));
  EXPECT_NE(id, work_order_id(line, "github", "issue-2"));
  EXPECT_NE(id, work_order_id(line, "security", "issue-1"));
  EXPECT_NE(id, work_order_id(LineName::literal("other"), "github", "issue-1"));
  EXPECT_NE(work_order_id(line, "git", "hub-1"), work_order_id(line, "github", "-1"));
}

}  // namespace
}  // namespace tcps
