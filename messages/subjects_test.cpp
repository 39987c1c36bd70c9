#include "messages/subjects.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "messages/testing/line_subject.h"

namespace tcps {
namespace {

const LineName line = LineName::literal("erl-mcp");
const Pool pool = Pool::literal("linux-arm64");
const WorkOrderId work_order = WorkOrderId::literal("wo-001");

TEST(Subjects, AreBuiltAsTheDesignWritesThem) {
  EXPECT_EQ(to_subject(CardSubject{line, Stage::build, pool, work_order, 3}),
            "tcps.erl-mcp.work.build.linux-arm64.wo-001.3");
  EXPECT_EQ(to_subject(EventSubject{line, "failed", work_order}), "tcps.erl-mcp.event.failed.wo-001");
  EXPECT_EQ(to_subject(EventSubject{line, "wip-changed", std::nullopt}), "tcps.erl-mcp.event.wip-changed.-");
  EXPECT_EQ(work_filter(line, Stage::pull, pool), "tcps.erl-mcp.work.pull.linux-arm64.>");
  EXPECT_EQ(work_wildcard(line), "tcps.erl-mcp.work.>");
  EXPECT_EQ(event_wildcard(line), "tcps.erl-mcp.event.>");
  EXPECT_EQ(event_filter(line, "done"), "tcps.erl-mcp.event.done.*");
  EXPECT_EQ(intake_subject(line, "github"), "tcps.erl-mcp.intake.github");
  EXPECT_EQ(intake_wildcard(line), "tcps.erl-mcp.intake.*");
  EXPECT_EQ(ledger_subject(line, "work-order"), "tcps.erl-mcp.ledger.work-order");
  EXPECT_EQ(ledger_wildcard(line), "tcps.erl-mcp.ledger.*");
  EXPECT_EQ(checkpoint_subject(line, "certified"), "tcps.erl-mcp.checkpoint.certified");
  EXPECT_EQ(replica_subject(line, NodeId::literal("n1"), "state"), "tcps.erl-mcp.replica.n1.state");
  EXPECT_EQ(any_replica_subject(line, "state"), "tcps.erl-mcp.replicas.state");
  EXPECT_EQ(checkpoint_wildcard(line), "tcps.erl-mcp.checkpoint.*");
  EXPECT_EQ(log_subject(line, work_order), "tcps.erl-mcp.log.wo-001");
  EXPECT_EQ(waits_subject(line, work_order), "tcps.erl-mcp.waits.wo-001");
  EXPECT_EQ(waits_wildcard(line), "tcps.erl-mcp.waits.*");
  EXPECT_EQ(heartbeat_subject(line, NodeId::literal("node-1")), "tcps.erl-mcp.heartbeat.node-1");
  EXPECT_EQ(heartbeat_wildcard(line), "tcps.erl-mcp.heartbeat.*");
}

TEST(Subjects, NameStreamsBucketsAndConsumersWithoutDots) {
  EXPECT_EQ(stream_name(line, 2), "TCPS_ERL_MCP_2");
  EXPECT_EQ(object_bucket(line), "TCPS_ERL_MCP");
  EXPECT_EQ(consumer_name(Stage::test, pool), "test-linux-arm64");
}

TEST(SubjectsDeathTest, AssertTheirTokens) {
  EXPECT_DEATH(intake_subject(line, "a.b"), "check failed");
  EXPECT_DEATH(ledger_subject(line, ">"), "check failed");
  EXPECT_DEATH(to_subject(EventSubject{line, "Failed", work_order}), "check failed");
  EXPECT_DEATH(to_subject(CardSubject{line, Stage::build, pool, work_order, 0}), "check failed");
}

TEST(ParseLineSubject, TellsCardsFromEvents) {
  EXPECT_EQ(parse_line_subject("tcps.erl-mcp.work.build.linux-arm64.wo-001.3"),
            LineSubject(CardSubject{line, Stage::build, pool, work_order, 3}));
  EXPECT_EQ(parse_line_subject("tcps.erl-mcp.event.done.wo-001"),
            LineSubject(EventSubject{line, "done", work_order}));
  EXPECT_EQ(parse_line_subject("tcps.erl-mcp.event.genesis.-"),
            LineSubject(EventSubject{line, "genesis", std::nullopt}));
}

TEST(ParseLineSubject, RefusesWhatIsNeither) {
  for (std::string_view subject : {"",
                                   "tcps",
                                   "tcps.demo",
                                   "tcps.demo.work",
                                   "tcps.demo.work.build.any.wo-1",
                                   "tcps.demo.work.build.any.wo-1.1.1",
                                   "tcps.demo.work.build.any.wo-1.1.",
                                   "tcps.demo.work.build.any.wo-1.",
                                   "tcps.demo.work.build.any.wo-1.0",
                                   "tcps.demo.work.build.any.wo-1.01",
                                   "tcps.demo.work.build.any.wo-1.-1",
                                   "tcps.demo.work.build.any.wo-1.+1",
                                   "tcps.demo.work.build.any.wo-1.4294967296",
                                   "tcps.demo.work.build.any.wo-1.1x",
                                   "tcps.demo.work.build.any.-.1",
                                   "tcps.demo.work.deploy.any.wo-1.1",
                                   "tcps.demo.work.build.*.wo-1.1",
                                   "tcps.Demo.work.build.any.wo-1.1",
                                   "tcps..work.build.any.wo-1.1",
                                   "other.demo.work.build.any.wo-1.1",
                                   "tcps.demo.event.done",
                                   "tcps.demo.event.done.wo-1.1",
                                   "tcps.demo.event.Done.wo-1",
                                   "tcps.demo.event..wo-1",
                                   "tcps.demo.event.>.-",
                                   "tcps.demo.event.done.--",
                                   "tcps.demo.intake.github",
                                   "tcps.demo.heartbeat.node-1"}) {
    const auto parsed = parse_line_subject(subject);
    ASSERT_FALSE(parsed.has_value()) << subject;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    EXPECT_TRUE(parsed.error().message.starts_with("subject '")) << parsed.error().message;
  }
}

TEST(ParseLineSubject, AnswersAHostileSubjectWithAShortError) {
  const std::string dots(1 << 20, '.');
  EXPECT_LT(parse_line_subject(dots).error().message.size(), 1000u);
}

rc::Gen<std::string> any_token() {
  const auto first = rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz0123456789"));
  const auto rest = rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz0123456789-"));
  return rc::gen::map(
      rc::gen::pair(first, rc::gen::resize(63, rc::gen::container<std::string>(rest))),
      [](const std::pair<char, std::string>& token) { return token.first + token.second.substr(0, 63); });
}

RC_GTEST_PROP(ParseLineSubject, ReadsBackEveryCard, ()) {
  const CardSubject subject{LineName::literal(*any_token()), *rc::gen::elementOf(all_stages),
                            Pool::literal(*any_token()), WorkOrderId::literal(*any_token()),
                            *rc::gen::inRange<uint32_t>(1, std::numeric_limits<uint32_t>::max())};
  RC_ASSERT((parse_line_subject(to_subject(subject)).value() == LineSubject(subject)));
}

RC_GTEST_PROP(ParseLineSubject, ReadsBackEveryEvent, ()) {
  EventSubject subject{LineName::literal(*any_token()), *any_token(), std::nullopt};
  if (*rc::gen::arbitrary<bool>()) subject.work_order = WorkOrderId::literal(*any_token());
  RC_ASSERT((parse_line_subject(to_subject(subject)).value() == LineSubject(subject)));
}

RC_GTEST_PROP(ParseLineSubject, AcceptsNoTextButItsOwnSpelling, ()) {
  std::string text =
      *rc::gen::element<std::string>("tcps.demo.work.build.any.wo-1.12", "tcps.demo.event.done.-");
  text[*rc::gen::inRange<size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  const auto parsed = parse_line_subject(text);
  if (parsed) RC_ASSERT(std::visit([](const auto& subject) { return to_subject(subject); }, *parsed) == text);
}

}  // namespace
}  // namespace tcps
