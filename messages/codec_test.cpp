#include "messages/codec.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/type.pb.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/proto/line.pb.h"
#include "messages/proto/store.pb.h"
#include "messages/testing/json_generator.h"

namespace tcps {
namespace {

using google::protobuf::util::MessageDifferencer;
using nlohmann::json;

template <class Message>
Status read(std::string_view text, Message& message) {
  return from_json(*parse_json(text), message);
}

// Every refusal is told as the path of the field and what it must be.
template <class Message>
std::string refusal(std::string_view text) {
  Message message;
  const Status status = read(text, message);
  EXPECT_FALSE(status.has_value()) << text;
  if (status) return "";
  EXPECT_EQ(status.error().code, ErrorCode::invalid);
  return status.error().message;
}

TEST(ToJson, LeavesUnsetFieldsOut) {
  EXPECT_EQ(to_json(proto::Receipt()), json::object());
  proto::Receipt receipt;
  receipt.set_stage("");
  receipt.set_attempt(0);
  EXPECT_EQ(to_json(receipt), json::object());
  receipt.mutable_next();
  EXPECT_EQ(to_json(receipt), json({{"next", json::object()}}));
}

TEST(ToJson, NamesFieldsAsTheSchemaDoesAndWritesNumbersAsNumbers) {
  proto::Acceptance acceptance;
  auto* demand = acceptance.mutable_work_order()->mutable_demand();
  demand->set_signal_id("s-1");
  demand->set_count(147);
  (*demand->mutable_attributes())["repo"] = "erlmcp";
  EXPECT_EQ(canonical_json(to_json(acceptance)),
            R"({"work_order":{"demand":{"attributes":{"repo":"erlmcp"},"count":147,"signal_id":"s-1"}}})");
}

TEST(ToJson, WritesListsMapsBytesAndPlainValues) {
  proto::Genesis genesis;
  auto* key = genesis.add_keys();
  key->add_roles("root");
  key->add_roles("operator");
  (*genesis.mutable_bucket_weights())["debt"] = 0;
  (*genesis.mutable_bucket_weights())["security"] = 2;
  EXPECT_EQ(canonical_json(to_json(genesis)),
            R"({"bucket_weights":{"debt":0,"security":2},"keys":[{"roles":["root","operator"]}]})");

  proto::LedgerEntry entry;
  entry.set_envelope(std::string("\0\xff", 2));
  EXPECT_EQ(canonical_json(to_json(entry)), R"({"envelope":"AP8="})");

  google::protobuf::Value value;
  EXPECT_EQ(to_json(value), json(nullptr));
  value.set_number_value(3);
  EXPECT_TRUE(to_json(value).is_number_integer());
  value.set_number_value(0.5);
  EXPECT_EQ(to_json(value), json(0.5));
}

TEST(FromJson, ReadsStructsAsPlainJson) {
  proto::Evidence evidence;
  const std::string text = R"({"fields":{"a":[1,0.5,"x",null,true,{}],"b":{"c":{"d":[]}}},"name":"gate"})";
  ASSERT_TRUE(read(text, evidence).has_value());
  EXPECT_EQ(evidence.fields().fields().at("a").list_value().values_size(), 6);
  EXPECT_EQ(canonical_json(to_json(evidence)), text);
}

TEST(FromJson, ForgetsWhatTheMessageHeldBefore) {
  proto::DemandSignal demand;
  demand.set_title("old");
  ASSERT_TRUE(read(R"({"count":1})", demand).has_value());
  EXPECT_EQ(demand.title(), "");
}

TEST(FromJson, NamesThePathOfWhatItRefuses) {
  EXPECT_EQ(refusal<proto::Acceptance>(R"({"work_order":{"demand":{"count":"7"}}})"),
            "'work_order.demand.count' must be an integer from -9007199254740992 to 9007199254740992");
  EXPECT_EQ(refusal<proto::Acceptance>(R"({"work_order":{"demand":{"cuont":7}}})"),
            "'work_order.demand.cuont' is not a field of DemandSignal");
  EXPECT_EQ(refusal<proto::Genesis>(R"({"keys":[{},{"roles":["a",1]}]})"),
            "'keys[1].roles[1]' must be a string");
  EXPECT_EQ(refusal<proto::Genesis>(R"({"bucket_weights":{"debt":-1}})"),
            "'bucket_weights.debt' must be an integer from 0 to 4294967295");
  EXPECT_EQ(refusal<proto::Genesis>("[]"), "the JSON value must be an object");
}

TEST(FromJson, RefusesTheWrongType) {
  for (std::string_view text :
       {R"({"title":1})", R"({"title":null})", R"({"title":["x"]})", R"({"count":1.5})", R"({"count":1.0})",
        R"({"count":true})", R"({"count":1e3})", R"({"attributes":[]})", R"({"attributes":{"a":1}})",
        R"({"attributes":null})", R"({"signalId":"x"})"}) {
    EXPECT_NE(refusal<proto::DemandSignal>(text), "") << text;
  }
  EXPECT_NE(refusal<proto::Receipt>(R"({"next":[]})"), "");
  EXPECT_NE(refusal<proto::Receipt>(R"({"stage_fields":[]})"), "");
  EXPECT_NE(refusal<proto::Genesis>(R"({"keys":{}})"), "");
  EXPECT_NE(refusal<proto::LedgerEntry>(R"({"envelope":"AP8"})"), "");
}

TEST(FromJson, RefusesIntegersThatCanonicalJsonWouldChange) {
  proto::DemandSignal demand;
  ASSERT_TRUE(read(R"({"count":-9007199254740992})", demand).has_value());
  EXPECT_EQ(demand.count(), -9007199254740992);
  for (std::string_view number : {"9007199254740993", "-9007199254740993", "9223372036854775807",
                                  "-9223372036854775808", "18446744073709551615", "1e20"}) {
    EXPECT_NE(refusal<proto::DemandSignal>("{\"count\":" + std::string(number) + "}"), "") << number;
  }
  EXPECT_NE(refusal<proto::Evidence>(R"({"fields":{"n":9007199254740993}})"), "");
  EXPECT_NE(refusal<proto::LedgerEntry>(R"({"index":-1})"), "");
  EXPECT_NE(refusal<proto::LedgerEntry>(R"({"epoch":4294967296})"), "");
}

TEST(FromJson, RefusesNumbersThatJsonDoesNotHave) {
  using Limits = std::numeric_limits<double>;
  for (const double number : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
    google::protobuf::Struct fields;
    auto refused = from_json({{"coverage", {{"branches", 1.0}, {"lines", {0.5, number}}}}}, fields);
    ASSERT_FALSE(refused) << number;
    EXPECT_EQ(refused.error().message,
              "'coverage.lines[1]' must be a finite number: JSON has neither NaN nor infinity");
    google::protobuf::DoubleValue real;
    EXPECT_FALSE(from_json({{"value", number}}, real)) << number;
    google::protobuf::FloatValue small;
    EXPECT_FALSE(from_json({{"value", number}}, small)) << number;
  }
}

TEST(Codec, CarriesTheKindsThatTheFactorysSchemasDoNotUseYet) {
  google::protobuf::Field field;  // has enumerators, booleans and 32-bit integers
  field.set_kind(google::protobuf::Field::TYPE_BYTES);
  field.set_packed(true);
  field.set_number(-3);
  EXPECT_EQ(canonical_json(to_json(field)), R"({"kind":"TYPE_BYTES","number":-3,"packed":true})");
  google::protobuf::Field again;
  ASSERT_TRUE(from_json(to_json(field), again).has_value());
  EXPECT_TRUE(MessageDifferencer::Equals(field, again));
  EXPECT_EQ(refusal<google::protobuf::Field>(R"({"kind":"TYPE_NONE"})"), "'kind' must be a name of Kind");
  EXPECT_EQ(refusal<google::protobuf::Field>(R"({"packed":1})"), "'packed' must be true or false");

  google::protobuf::DoubleValue real;
  ASSERT_TRUE(read(R"({"value":2.5})", real).has_value());
  EXPECT_EQ(real.value(), 2.5);
  EXPECT_EQ(refusal<google::protobuf::FloatValue>(R"({"value":1e300})"),
            "'value' is too large for its field");
}

TEST(FromJson, ShortensAHostileName) {
  const std::string text = "{\"" + std::string(1 << 20, 'x') + "\":1}";
  EXPECT_LT(refusal<proto::DemandSignal>(text).size(), 200u);
}

RC_GTEST_PROP(Codec, ReadsBackDemandOfAnyContent, ()) {
  proto::DemandSignal demand;
  demand.set_signal_id(*test::any_text());
  demand.set_title(*test::any_text());
  demand.set_count(*rc::gen::inRange<int64_t>(-(int64_t{1} << 53), int64_t{1} << 53));
  for (const std::string& name : *rc::gen::container<std::vector<std::string>>(test::any_text())) {
    (*demand.mutable_attributes())[name] = *test::any_text();
  }
  proto::DemandSignal again;
  const auto parsed = parse_json(canonical_json(to_json(demand)));
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(from_json(*parsed, again).has_value());
  RC_ASSERT(MessageDifferencer::Equals(demand, again));
}

RC_GTEST_PROP(Codec, ReadsBackAnyJsonAsAStruct, ()) {
  const json fields = {{"value", *test::any_json(3)}};
  google::protobuf::Struct message;
  RC_ASSERT(from_json(*parse_json(canonical_json(fields)), message).has_value());
  RC_ASSERT(canonical_json(to_json(message)) == canonical_json(fields));
}

}  // namespace
}  // namespace tcps
