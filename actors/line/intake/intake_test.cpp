// Demand of strangers: what is read, what is refused, and that whatever is accepted the fold admits.
#include "actors/line/intake/intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/line/testing/factory.h"
#include "messages/testing/json_generator.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;

proto::DemandSignal signal_of(const std::string& id) {
  proto::DemandSignal signal;
  signal.set_signal_id(id);
  return signal;
}

IntakeDecision ask(const Factory& f, proto::DemandSignal signal, const std::string& source = "github",
                   size_t under_way = 0) {
  return decide(f.state, {source, std::move(signal), "2026-01-26T10:15:00Z", under_way},
                {{"forge", Bucket::compliance}}, "node-a");
}

Bytes as_json(const std::string& field, const nlohmann::json& value) {
  nlohmann::json json{{"signal_id", "s-1"}};
  json[field] = value;
  return json.dump();
}

// ---- reading

TEST(ParseDemand, ReadsTheSameFromJsonAndProtobuf) {
  auto signal = signal_of("s-1");
  signal.set_title("Crash on start");
  signal.set_count(7);
  (*signal.mutable_attributes())["repo"] = "tools";
  auto from_json = parse_demand(
      R"( {"signal_id":"s-1","title":"Crash on start","count":7,"attributes":{"repo":"tools"}})");
  auto from_protobuf = parse_demand(signal.SerializeAsString());
  ASSERT_TRUE(from_json);
  ASSERT_TRUE(from_protobuf);
  EXPECT_EQ(from_json->SerializeAsString(), signal.SerializeAsString());
  EXPECT_EQ(from_protobuf->SerializeAsString(), signal.SerializeAsString());
}

TEST(ParseDemand, RefusesWhatIsHostileAndNamesTheTrouble) {
  auto large_count = signal_of("s-1");
  large_count.set_count(INT64_MAX);
  auto many = nlohmann::json::object();
  for (int i = 0; i < 65; ++i) many[std::to_string(i)] = "x";
  std::string deep = R"({"signal_id":)";
  for (int i = 0; i < 100; ++i) deep += "[";
  const std::string long_text(1'025, 'x');
  const std::pair<Bytes, const char*> rows[] = {
      {"", "neither"},
      {"\xff\xff\xff", "neither"},
      {"[]", "neither"},
      {"{", "demand"},
      {"{}", "signal_id is missing"},
      {R"({"signal_id":""})", "signal_id is missing"},
      {R"({"signal_id":1})", "signal_id"},
      {R"({"signal_id":"a","signal_id":"b"})", "demand"},
      {R"({"signal_id":"a","surprise":1})", "surprise"},
      {"{\"signal_id\":\"\xff\"}", "demand"},
      {deep, "demand"},
      {as_json("signal_id", long_text), "signal_id is longer"},
      {as_json("title", long_text), "title is longer"},
      {as_json("created", long_text), "created is longer"},
      {as_json("sku", std::string(257, 'x')), "sku is longer than 256"},
      {as_json("due_date", std::string(33, 'x')), "due_date is longer than 32"},
      {as_json("attributes", many), "64 attributes"},
      {as_json("attributes", {{"a", long_text}}), "attributes.a is longer"},
      {as_json("attributes", {{long_text, "a"}}), "attributes"},
      {as_json("count", 1.5), "count"},
      {as_json("count", int64_t{1} << 60), "count"},
      {large_count.SerializeAsString(), "count"},
      {as_json("title", std::string(demand_bytes_max, 'x')), "64 KiB"},
  };
  for (const auto& [bytes, reason] : rows) {
    auto signal = parse_demand(bytes);
    ASSERT_FALSE(signal) << bytes.substr(0, 60);
    EXPECT_EQ(signal.error().code, ErrorCode::invalid);
    EXPECT_THAT(signal.error().message, HasSubstr(reason));
  }
}

// ---- deciding

TEST(Decide, RefusesUntilTheLineHasAGenesisAndAProduct) {
  Factory f;
  EXPECT_THAT(std::get<Refuse>(ask(f, signal_of("s-1"))).reason, HasSubstr("genesis"));
  f.admit(f.genesis(), f.ann);
  auto refused = std::get<Refuse>(ask(f, signal_of("s-1")));
  EXPECT_THAT(refused.reason, HasSubstr("product"));
  EXPECT_GT(refused.retry_after_ms, 0);
}

TEST(Decide, RefusesWhatNoRepetitionWouldMend) {
  Factory f;
  f.begin();
  auto refusal = [&](auto spoil, const std::string& source = "github") {
    auto signal = signal_of("s-1");
    spoil(signal);
    auto refused = std::get<Refuse>(ask(f, signal, source));
    EXPECT_EQ(refused.retry_after_ms, 0);
    return refused.reason;
  };
  EXPECT_THAT(refusal([](auto& m) { m.set_bucket("fun"); }), HasSubstr("fun"));
  EXPECT_THAT(refusal([](auto& m) { m.set_priority("now"); }), HasSubstr("now"));
  EXPECT_THAT(refusal([](auto& m) { m.set_snapshot("x"); }), HasSubstr("snapshot"));
  EXPECT_THAT(refusal([](auto& m) { m.set_source("security"); }), HasSubstr("does not match"));
  EXPECT_THAT(refusal([](auto&) {}, "Git Hub"), HasSubstr("not a token"));
  EXPECT_THAT(refusal([](auto& m) {
                for (int i = 0; i < 50; ++i)
                  (*m.mutable_attributes())[std::to_string(i)] = std::string(1'024, 'x');
              }),
              HasSubstr("does not fit"));
  EXPECT_THAT(refusal([](auto& m) {
                for (int i = 0; i < 10; ++i)
                  (*m.mutable_attributes())[std::to_string(i)] = std::string(1'024, '\x01');
              }),
              HasSubstr("does not fit"));
}

TEST(Decide, ChoosesTheBucketByTheSourceWhenNoneIsNamed) {
  Factory f;
  f.begin();
  auto bucket = [&](const std::string& source, const std::string& named) {
    auto signal = signal_of("s-1");
    signal.set_bucket(named);
    return std::get<Accept>(ask(f, signal, source)).acceptance.work_order().bucket();
  };
  EXPECT_EQ(bucket("github", ""), "reliability");
  EXPECT_EQ(bucket("security", ""), "security");
  EXPECT_EQ(bucket("elsewhere", ""), "features");
  EXPECT_EQ(bucket("forge", ""), "compliance") << "as the line's standard work says";
  EXPECT_EQ(bucket("github", "debt"), "debt");
}

TEST(Decide, KnowsWhatWasAskedBefore) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  auto known = std::get<Known>(ask(f, signal_of("s-1")));
  EXPECT_EQ(known.id, id);
  EXPECT_FALSE(known.closed);
  f.finish(id);
  EXPECT_TRUE(std::get<Known>(ask(f, signal_of("s-1"))).closed);
  EXPECT_TRUE(std::holds_alternative<Accept>(ask(f, signal_of("s-1"), "security")));
}

TEST(Decide, CountsWhatIsUnderWayAgainstTheBacklog) {
  Factory f;
  f.begin();
  EXPECT_TRUE(std::holds_alternative<Accept>(ask(f, signal_of("s-1"), "github", 99)));
  auto refused = std::get<Refuse>(ask(f, signal_of("s-1"), "github", 100));
  EXPECT_THAT(refused.reason, HasSubstr("backlog of 100"));
  EXPECT_GT(refused.retry_after_ms, 0);
}

// A refusal by the fold would be a message in the stream that counts for nothing: strangers must not be able
// to make those.
RC_GTEST_PROP(Decide, AcceptsNothingThatTheFoldRefuses, ()) {
  Factory f;
  f.begin();
  proto::DemandSignal signal;
  auto text = [](size_t longest) {
    auto repeated = *rc::gen::weightedElement<size_t>({{8, 1}, {2, 12}, {1, 200}});
    auto once = *test::any_text();
    std::string all;
    for (size_t i = 0; i < repeated && all.size() + once.size() <= longest; ++i) all += once;
    return all;
  };
  signal.set_signal_id("s" + text(1'000));
  signal.set_title(text(1'024));
  signal.set_sku(text(256));
  signal.set_due_date(text(32));
  signal.set_feature(text(1'024));
  signal.set_count(*rc::gen::arbitrary<int64_t>());
  signal.set_bucket(*rc::gen::element<std::string>("", "debt", "fun"));
  signal.set_priority(*rc::gen::element<std::string>("", "low", "now"));
  for (auto count = *rc::gen::inRange(0, 60); count > 0; --count)
    (*signal.mutable_attributes())[std::to_string(count)] = text(1'024);
  auto parsed = parse_demand(signal.SerializeAsString());
  if (!parsed) return;
  auto decision = ask(f, *parsed);
  const auto* accept = std::get_if<Accept>(&decision);
  if (accept == nullptr) return;
  auto sealed = seal_predicate(f.line, accept->acceptance, {}, {}, *f.node_a.signer);
  RC_ASSERT(sealed.has_value());
  auto message = LineMessage::decode(sealed->bytes);
  if (!message) RC_FAIL(message.error().message);
  auto verdict = f.state.apply(f.position + 1, sealed->subject, *message);
  if (!verdict.admitted) RC_FAIL(verdict.reason);
}

RC_GTEST_PROP(ParseDemand, NeverFallsOverArbitraryBytes, (const std::string& bytes)) {
  if (auto signal = parse_demand(bytes)) RC_ASSERT(!signal->signal_id().empty());
  if (auto signal = parse_demand("{" + bytes)) RC_ASSERT(!signal->signal_id().empty());
}

}  // namespace
}  // namespace tcps::line
