#include "messages/line_message.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/codec.h"
#include "messages/testing/json_generator.h"
#include "messages/testing/line_subject.h"

namespace tcps {
namespace {

using google::protobuf::util::MessageDifferencer;
using nlohmann::json;

const LineName demo_line = LineName::literal("demo");

PrivateKey& signer() {
  static PrivateKey key = PrivateKey::generate();
  return key;
}

proto::Receipt build_receipt() {
  proto::Receipt receipt;
  receipt.mutable_log()->set_line("demo");
  receipt.set_receipt_id("build-wo-001-20260126");
  receipt.set_stage("build");
  receipt.set_work_order_id("wo-001");
  receipt.set_attempt(2);
  receipt.set_status("completed");
  receipt.mutable_next()->set_stage("test");
  receipt.mutable_next()->set_pool("erlang");
  EXPECT_TRUE(
      from_json(
          *parse_json(
              R"({"compilation":{"modules_compiled":20,"warnings":0},"determinism":{"identical":true}})"),
          *receipt.mutable_stage_fields())
          .has_value());
  return receipt;
}

// Signs any statement, however malformed.
Bytes seal_text(std::string_view payload, std::string_view payload_type = in_toto_payload_type) {
  return seal(payload_type, Bytes(payload), signer())->encode();
}

json valid_statement() { return *parse_json(encode_statement(build_receipt(), {})); }

template <class Message>
bool same(const Message& message, const Predicate& predicate) {
  return std::holds_alternative<Message>(predicate) &&
         MessageDifferencer::Equals(message, std::get<Message>(predicate));
}

TEST(LineMessage, ReadsBackASealedReceipt) {
  const std::vector<StatementSubject> subjects = {{"ebin/a.beam", Digest::of("a")},
                                                  {"ebin/b.beam", Digest::of("b")}};
  const Bytes bytes = *seal_message(build_receipt(), subjects, signer());
  const auto message = LineMessage::decode(bytes);
  ASSERT_TRUE(message.has_value()) << message.error().message;
  EXPECT_TRUE(same(build_receipt(), message->predicate));
  EXPECT_EQ(message->envelope.encode(), bytes);
  EXPECT_EQ(message->payload_digest, Digest::of(message->envelope.payload));
  ASSERT_EQ(message->subjects.size(), 2u);
  EXPECT_EQ(message->subjects[1].name, "ebin/b.beam");
  EXPECT_EQ(message->subjects[1].digest, Digest::of("b"));
  EXPECT_TRUE(verify(message->envelope, 0, signer().public_key()));
}

TEST(LineMessage, WritesAReceiptsStageFieldsBesideItsOthers) {
  const json predicate = valid_statement()["predicate"];
  EXPECT_EQ(predicate["compilation"]["modules_compiled"], 20);
  EXPECT_EQ(predicate["stage"], "build");
  EXPECT_FALSE(predicate.contains("stage_fields"));
}

TEST(LineMessage, IsAboutItsPredicateWhenNothingElseIsNamed) {
  const json statement = valid_statement();
  EXPECT_EQ(statement["_type"], "https://in-toto.io/Statement/v1");
  EXPECT_EQ(statement["predicateType"], "https://tcps.dev/receipt/v1");
  const json subject = {{"name", "receipt"},
                        {"digest", {{"sha256", Digest::of(canonical_json(statement["predicate"])).hex()}}}};
  EXPECT_EQ(statement["subject"], json::array({subject}));
}

TEST(LineMessage, ReadsBackEveryKind) {
  const std::pair<Predicate, std::string_view> kinds[] = {{proto::Genesis(), "genesis"},
                                                          {proto::Acceptance(), "acceptance"},
                                                          {proto::Receipt(), "receipt"},
                                                          {proto::Dispatch(), "dispatch"},
                                                          {proto::AndonRaised(), "andon-raised"},
                                                          {proto::AndonAcknowledged(), "andon-acknowledged"},
                                                          {proto::AndonEscalated(), "andon-escalated"},
                                                          {proto::AndonResolved(), "andon-resolved"},
                                                          {proto::WorkOrderDecision(), "decision"},
                                                          {proto::WipChanged(), "wip-changed"},
                                                          {proto::RoleClaimed(), "role-claimed"},
                                                          {proto::KeyAdded(), "key-added"},
                                                          {proto::KeyRevoked(), "key-revoked"},
                                                          {proto::ReplicaChanged(), "replica-changed"},
                                                          {proto::Evidence(), "evidence"},
                                                          {proto::ProductChanged(), "product-changed"},
                                                          {proto::EpochBegun(), "epoch-begun"}};
  EXPECT_EQ(std::size(kinds), std::variant_size_v<Predicate>);
  for (const auto& [predicate, kind] : kinds) {
    EXPECT_EQ(to_string(kind_of(predicate)), kind);
    EXPECT_EQ(predicate_type(predicate), "https://tcps.dev/" + std::string(kind) + "/v1");
    const auto message = LineMessage::decode(*seal_message(predicate, {}, signer()));
    ASSERT_TRUE(message.has_value()) << kind << ": " << message.error().message;
    EXPECT_EQ(message->predicate.index(), predicate.index()) << kind;
    EXPECT_EQ(message->subjects.at(0).name, kind);
  }
}

TEST(LineMessage, RefusesAPayloadThatIsNotCanonical) {
  const std::string canonical = canonical_json(valid_statement());
  ASSERT_TRUE(LineMessage::decode(seal_text(canonical)).has_value());
  EXPECT_EQ(LineMessage::decode(seal_text(valid_statement().dump(1))).error().message,
            "statement: the payload is not canonical JSON (RFC 8785) near byte 1");
  EXPECT_FALSE(LineMessage::decode(seal_text(canonical + "\n")).has_value());
  EXPECT_FALSE(LineMessage::decode(seal_text("\xef\xbb\xbf" + canonical)).has_value());
}

TEST(LineMessage, RefusesAnotherPayloadType) {
  EXPECT_FALSE(
      LineMessage::decode(seal_text(canonical_json(valid_statement()), "application/json")).has_value());
}

TEST(LineMessage, RefusesAMalformedStatement) {
  const std::pair<const char*, json> changes[] = {
      {"/_type", "https://in-toto.io/Statement/v0.1"},
      {"/_type", 1},
      {"/extra", 1},
      {"/predicateType", "https://tcps.dev/receipt/v2"},
      {"/predicateType", "https://slsa.dev/provenance/v1"},
      {"/predicateType", "https://tcps.dev//v1"},
      {"/predicateType", "https://tcps.dev/v1"},
      {"/predicateType", nullptr},
      {"/subject", json::array()},
      {"/subject", json::object()},
      {"/subject/0", "x"},
      {"/subject/0/extra", 1},
      {"/subject/0/name", 1},
      {"/subject/0/digest/sha256", "abc"},
      {"/subject/0/digest/sha256", "sha256:" + std::string(57, '0')},
      {"/subject/0/digest/sha512", "abc"},
      {"/subject/0/digest", json::object()},
      {"/predicate", json::array()},
      {"/predicate", nullptr},
      {"/predicate/stage", 1},
      {"/predicate/stage_fields", json::object()},
      {"/predicate/log/extra", 1},
  };
  for (const auto& [path, value] : changes) {
    json statement = valid_statement();
    statement[json::json_pointer(path)] = value;
    const auto message = LineMessage::decode(seal_text(canonical_json(statement)));
    ASSERT_FALSE(message.has_value()) << path << " = " << value;
    EXPECT_EQ(message.error().code, ErrorCode::invalid);
  }
  for (const char* name : {"_type", "subject", "predicateType", "predicate"}) {
    json statement = valid_statement();
    statement.erase(name);
    EXPECT_FALSE(LineMessage::decode(seal_text(canonical_json(statement))).has_value()) << name;
  }
}

TEST(LineMessage, HasTheTypeOfItsStatementWhateverStandsInsideIt) {
  const json inner = {{"name", "x"}, {"predicateType", "https://tcps.dev/dispatch/v1"}};
  json statement = valid_statement();
  statement["predicate"]["inner"] = inner;
  const auto message = LineMessage::decode(seal_text(canonical_json(statement)));
  ASSERT_TRUE(message.has_value()) << message.error().message;
  EXPECT_TRUE(std::holds_alternative<proto::Receipt>(message->predicate));
  statement.erase("predicateType");
  EXPECT_FALSE(LineMessage::decode(seal_text(canonical_json(statement))).has_value());
  statement = valid_statement();
  statement["subject"][0]["predicateType"] = inner["predicateType"];
  EXPECT_FALSE(LineMessage::decode(seal_text(canonical_json(statement))).has_value());
}

TEST(LineMessage, RefusesAnUnknownMemberEverywhereButInAReceipt) {
  json statement = *parse_json(encode_statement(proto::WipChanged(), {}));
  statement["predicate"]["surprise"] = 1;
  EXPECT_EQ(LineMessage::decode(seal_text(canonical_json(statement))).error().message,
            "wip-changed: 'surprise' is not a field of WipChanged");
}

TEST(LineMessage, AnswersHostilePayloadsWithAnError) {
  for (const std::string& payload :
       {std::string(40'000, '['), std::string(40'000, '{'), std::string(40'000, '\0'), std::string(),
        std::string("null"), std::string("[]"), "\"" + std::string(40'000, '\xff') + "\""}) {
    EXPECT_FALSE(LineMessage::decode(seal_text(payload)).has_value());
  }
  EXPECT_FALSE(LineMessage::decode(Bytes(10 << 20, 'x')).has_value());
}

TEST(SealMessage, RefusesAStageFieldWithTheNameOfAReceiptsField) {
  for (const char* name : {"stage", "status", "stage_fields", "failure"}) {
    proto::Receipt receipt = build_receipt();
    (*receipt.mutable_stage_fields()->mutable_fields())[name].set_bool_value(true);
    const auto sealed = seal_message(receipt, {}, signer());
    ASSERT_FALSE(sealed.has_value()) << name;
    EXPECT_EQ(sealed.error().code, ErrorCode::invalid);
  }
}

TEST(SealMessage, RefusesAMessageTooLongForTheLedger) {
  proto::Receipt receipt = build_receipt();
  (*receipt.mutable_stage_fields()->mutable_fields())["report"].set_string_value(std::string(60'000, 'x'));
  EXPECT_EQ(seal_message(receipt, {}, signer()).error().code, ErrorCode::full);
}

TEST(LineMessage, HasNoByteThatCanBeChangedUnnoticed) {
  const Bytes bytes = *seal_message(build_receipt(), {}, signer());
  for (size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
    const auto message = LineMessage::decode(changed);
    if (!message) continue;
    EXPECT_EQ(message->envelope.encode(), changed) << i;
    const bool names_the_key =
        message->envelope.signatures[0].key_id == signer().public_key().id().to_string();
    EXPECT_FALSE(names_the_key && verify(message->envelope, 0, signer().public_key())) << i;
  }
}

RC_GTEST_PROP(LineMessage, ReadsBackAnyStageFields, ()) {
  proto::Receipt receipt = build_receipt();
  const json fields = {{"anything", *test::any_json(3)}};
  RC_ASSERT(from_json(*parse_json(canonical_json(fields)), *receipt.mutable_stage_fields()).has_value());
  const auto message = LineMessage::decode(*seal_message(receipt, {}, signer()));
  RC_ASSERT(message.has_value());
  RC_ASSERT(encode_statement(message->predicate, {}) == message->envelope.payload);
  RC_ASSERT(same(receipt, message->predicate));
}

TEST(WorkOrderDigest, IsThatOfTheCanonicalWorkOrder) {
  proto::WorkOrder work_order;
  work_order.set_title("fix");
  work_order.set_id("wo-1");
  EXPECT_EQ(work_order_digest(work_order), Digest::of(R"({"id":"wo-1","title":"fix"})"));
}

// ---- where a message may travel

template <class Message>
Message with(std::string_view text) {
  Message message;
  const auto read = from_json(*parse_json(text), message);
  EXPECT_TRUE(read.has_value()) << text;
  return message;
}

TEST(SubjectOf, FollowsFromTheContentOfEachKind) {
  const std::pair<Predicate, std::string_view> expected[] = {
      {proto::Genesis(), "event.genesis.-"},
      {with<proto::Acceptance>(R"({"work_order":{"id":"wo-1"}})"), "work.pull.any.wo-1.1"},
      {with<proto::Acceptance>(R"({"work_order":{"id":"wo-1","pull_pool":"edge"}})"),
       "work.pull.edge.wo-1.1"},
      {build_receipt(), "work.test.erlang.wo-001.2"},
      {with<proto::Receipt>(R"({"stage":"verify","status":"completed","work_order_id":"wo-1","attempt":1})"),
       "event.done.wo-1"},
      {with<proto::Receipt>(R"({"stage":"build","status":"failed","work_order_id":"wo-1"})"),
       "event.failed.wo-1"},
      {with<proto::Receipt>(R"({"stage":"verify","status":"failed","work_order_id":"wo-1"})"),
       "event.failed.wo-1"},
      {with<proto::Dispatch>(R"({"work_order_id":"wo-1","attempt":2,"next":{"stage":"build","pool":"any"}})"),
       "work.build.any.wo-1.2"},
      {with<proto::AndonRaised>(R"({"work_order_id":"wo-1"})"), "event.andon-raised.wo-1"},
      {proto::AndonRaised(), "event.andon-raised.-"},
      {proto::AndonAcknowledged(), "event.andon-acknowledged.-"},
      {proto::AndonEscalated(), "event.andon-escalated.-"},
      {proto::AndonResolved(), "event.andon-resolved.-"},
      {with<proto::WorkOrderDecision>(R"({"work_order_id":"wo-1","decision":"quarantine"})"),
       "event.quarantine.wo-1"},
      {with<proto::WorkOrderDecision>(R"({"work_order_id":"wo-1","decision":"resume"})"),
       "event.resume.wo-1"},
      {with<proto::WorkOrderDecision>(R"({"work_order_id":"wo-1","decision":"hold"})"), "event.hold.wo-1"},
      {with<proto::WorkOrderDecision>(R"({"work_order_id":"wo-1","decision":"cancel"})"),
       "event.cancel.wo-1"},

      {proto::WipChanged(), "event.wip-changed.-"},
      {proto::RoleClaimed(), "event.role-claimed.-"},
      {proto::KeyAdded(), "event.key-added.-"},
      {proto::KeyRevoked(), "event.key-revoked.-"},
      {with<proto::ReplicaChanged>(R"({"change":"added"})"), "event.replica-added.-"},
      {with<proto::ReplicaChanged>(R"({"change":"ejected"})"), "event.replica-ejected.-"},
      {proto::Evidence(), "event.evidence.-"},
      {proto::ProductChanged(), "event.product-changed.-"},
  };
  for (const auto& [predicate, subject] : expected) {
    const auto derived = subject_of(demo_line, predicate);
    ASSERT_TRUE(derived.has_value()) << subject << ": " << derived.error().message;
    EXPECT_EQ(*derived, "tcps.demo." + std::string(subject));
    EXPECT_TRUE(parse_line_subject(*derived).has_value()) << *derived;
  }
}

TEST(SubjectOf, RefusesContentThatGivesNoSubject) {
  const Predicate refused[] = {
      proto::Acceptance(),
      with<proto::Acceptance>(R"({"work_order":{"id":"wo 1"}})"),
      with<proto::Acceptance>(R"({"work_order":{"id":"wo-1","pull_pool":"a.b"}})"),
      proto::Receipt(),
      with<proto::Receipt>(R"({"stage":"build","status":"passed","work_order_id":"wo-1"})"),
      with<proto::Receipt>(R"({"stage":"build","status":"completed","work_order_id":"wo-1","attempt":1})"),
      with<proto::Receipt>(
          R"({"stage":"verify","status":"completed","work_order_id":"wo-1","attempt":1,"next":{"stage":"pull","pool":"any"}})"),
      with<proto::Receipt>(
          R"({"stage":"build","status":"failed","work_order_id":"wo-1","attempt":1,"next":{"stage":"test","pool":"any"}})"),
      with<proto::Receipt>(
          R"({"stage":"build","status":"completed","work_order_id":"wo-1","next":{"stage":"test","pool":"any"}})"),
      with<proto::Receipt>(
          R"({"stage":"build","status":"completed","work_order_id":"wo-1","attempt":1,"next":{"stage":"deploy","pool":"any"}})"),
      with<proto::Receipt>(
          R"({"stage":"build","status":"completed","work_order_id":">","attempt":1,"next":{"stage":"test","pool":"any"}})"),
      with<proto::Receipt>(R"({"stage":"build","status":"failed"})"),
      proto::Dispatch(),
      with<proto::AndonRaised>(R"({"work_order_id":"*"})"),
      with<proto::WorkOrderDecision>(R"({"work_order_id":"wo-1","decision":"destroy"})"),
      with<proto::WorkOrderDecision>(R"({"work_order_id":"wo-1","decision":"put_back"})"),
      with<proto::WorkOrderDecision>(R"({"decision":"hold"})"),
      proto::ReplicaChanged(),
  };
  for (const Predicate& predicate : refused) {
    const auto derived = subject_of(demo_line, predicate);
    ASSERT_FALSE(derived.has_value()) << *derived;
    EXPECT_EQ(derived.error().code, ErrorCode::invalid);
  }
}

}  // namespace
}  // namespace tcps
