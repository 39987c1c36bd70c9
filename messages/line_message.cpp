#include "messages/line_message.h"

#include "messages/canonical_json.h"
#include "messages/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace tcps {
namespace {

using google::protobuf::Message;
using nlohmann::json;

constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";
constexpr std::string_view type_prefix = "https://tcps.dev/";
constexpr std::string_view type_suffix = "/v1";
constexpr std::string_view stage_fields = "stage_fields";

// In the order of Predicate.
constexpr std::array<std::string_view, 17> predicate_types = {
    "https://tcps.dev/genesis/v1",         "https://tcps.dev/acceptance/v1",
    "https://tcps.dev/receipt/v1",         "https://tcps.dev/dispatch/v1",
    "https://tcps.dev/andon-raised/v1",    "https://tcps.dev/andon-acknowledged/v1",
    "https://tcps.dev/andon-escalated/v1", "https://tcps.dev/andon-resolved/v1",
    "https://tcps.dev/decision/v1",        "https://tcps.dev/wip-changed/v1",
    "https://tcps.dev/role-claimed/v1",    "https://tcps.dev/key-added/v1",
    "https://tcps.dev/key-revoked/v1",     "https://tcps.dev/replica-changed/v1",
    "https://tcps.dev/evidence/v1",        "https://tcps.dev/product-changed/v1",
    "https://tcps.dev/epoch-begun/v1"};
static_assert(predicate_types.size() == std::variant_size_v<Predicate>);

std::string_view kind_of(const Predicate& predicate) {
  std::string_view kind = predicate_type(predicate);
  kind.remove_prefix(type_prefix.size());
  kind.remove_suffix(type_suffix.size());
  return kind;
}

const Message& message_of(const Predicate& predicate) {
  return std::visit([](const auto& message) -> const Message& { return message; }, predicate);
}

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::invalid, "statement: " + std::string(what));
}

// ---- writing
// ------------------------------------------------------------------------------------------------------

// The first stage field that would hide a field of the receipt, or nothing.
const std::string* stage_field_in_the_way(const proto::Receipt& receipt) {
  for (const auto& [name, value] : receipt.stage_fields().fields()) {
    if (proto::Receipt::descriptor()->FindFieldByName(name) != nullptr) return &name;
  }
  return nullptr;
}

json predicate_json(const Predicate& predicate) {
  json object = to_json(message_of(predicate));
  const auto* receipt = std::get_if<proto::Receipt>(&predicate);
  if (receipt == nullptr || !receipt->has_stage_fields()) return object;
  TCPS_CHECK(stage_field_in_the_way(*receipt) == nullptr);
  auto& members = object.get_ref<json::object_t&>();
  const auto hoisted = members.extract(members.find(stage_fields));
  members.merge(hoisted.mapped().get_ref<json::object_t&>());
  return object;
}

json subject_json(std::string_view name, const Digest& digest) {
  return {{"name", name}, {"digest", {{"sha256", digest.hex()}}}};
}

// ---- reading
// ------------------------------------------------------------------------------------------------------

// The member of that name when it is a string.
const std::string* string_member(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? &member->get_ref<const std::string&>() : nullptr;
}

Result<StatementSubject> read_subject(const json& subject) {
  constexpr std::string_view shape =
      R"(each subject must be {"name": ..., "digest": {"sha256": <64 hex digits>}})";
  if (!subject.is_object() || subject.size() != 2) return malformed(shape);
  const std::string* name = string_member(subject, "name");
  const auto digests = subject.find("digest");
  if (name == nullptr || digests == subject.end() || !digests->is_object() || digests->size() != 1)
    return malformed(shape);
  const std::string* hex = string_member(*digests, "sha256");
  if (hex == nullptr || hex->size() != 2 * Digest::size) return malformed(shape);
  auto digest = Digest::parse(*hex);
  if (!digest) return malformed(shape);
  return StatementSubject{*name, *digest};
}

Status read_subjects(const json& list, std::vector<StatementSubject>& subjects) {
  if (!list.is_array() || list.empty()) return malformed("'subject' must be a list that is not empty");
  subjects.reserve(list.size());
  for (const json& element : list) {
    auto subject = read_subject(element);
    if (!subject) return fail(subject.error());
    subjects.push_back(std::move(*subject));
  }
  return {};
}

// Moves the members that a receipt does not know into an object of their own.
Result<json> take_stage_fields(json& predicate) {
  json taken = json::object();
  if (!predicate.is_object()) return taken;
  auto& members = predicate.get_ref<json::object_t&>();
  if (members.contains(stage_fields))
    return malformed("a receipt's stage fields stand beside its other fields");
  auto& target = taken.get_ref<json::object_t&>();
  for (auto member = members.begin(); member != members.end();) {
    const auto next = std::next(member);
    if (proto::Receipt::descriptor()->FindFieldByName(member->first) == nullptr) {
      target.insert(target.end(), members.extract(member));
    }
    member = next;
  }
  return taken;
}

Status read_receipt(json& predicate, proto::Receipt& receipt) {
  auto stage = take_stage_fields(predicate);
  if (!stage) return fail(stage.error());
  if (auto read = from_json(predicate, receipt); !read) return read;
  if (stage->empty()) return {};
  return from_json(*stage, *receipt.mutable_stage_fields());
}

template <size_t... index>
Predicate empty_predicate(size_t wanted, std::index_sequence<index...>) {
  using Make = Predicate (*)();
  static constexpr std::array<Make, sizeof...(index)> makers = {
      +[] { return Predicate(std::in_place_index<index>); }...};
  return makers[wanted]();
}

Status read_predicate(std::string_view type, json& object, Predicate& predicate) {
  const auto known = std::find(predicate_types.begin(), predicate_types.end(), type);
  if (known == predicate_types.end()) {
    return malformed(fmt::format("'{}' is not a predicate type of the factory", type.substr(0, 128)));
  }
  predicate = empty_predicate(static_cast<size_t>(known - predicate_types.begin()),
                              std::make_index_sequence<predicate_types.size()>());
  Status read = std::visit(
      [&](auto& message) -> Status {
        if constexpr (std::is_same_v<std::decay_t<decltype(message)>, proto::Receipt>) {
          return read_receipt(object, message);
        } else {
          return from_json(object, message);
        }
      },
      predicate);
  if (!read) return fail(read.error().at(kind_of(predicate)));
  return {};
}

Status read_statement(BytesView payload, LineMessage& message) {
  auto statement = parse_json(payload);
  if (!statement) return fail(statement.error().at("statement"));
  if (canonical_json(*statement) != payload) return malformed("the payload is not canonical JSON (RFC 8785)");
  if (!statement->is_object() || statement->size() != 4) {
    return malformed("the payload must have the members _type, subject, predicateType and predicate");
  }
  const std::string* type = string_member(*statement, "_type");
  const std::string* kind = string_member(*statement, "predicateType");
  const auto subjects = statement->find("subject");
  const auto predicate = statement->find("predicate");
  if (type == nullptr || *type != statement_type)
    return malformed("'_type' must be https://in-toto.io/Statement/v1");
  if (kind == nullptr) return malformed("'predicateType' must be a string");
  if (subjects == statement->end()) return malformed("'subject' is missing");
  if (predicate == statement->end()) return malformed("'predicate' is missing");
  if (auto read = read_subjects(*subjects, message.subjects); !read) return read;
  return read_predicate(*kind, *predicate, message.predicate);
}

// ---- subjects of the bus
// --------------------------------------------------------------------------------------------

Result<std::string> event(const LineName& line, std::string_view kind) {
  return to_subject(EventSubject{line, std::string(kind), std::nullopt});
}

Result<std::string> event(const LineName& line, std::string_view kind, std::string_view work_order) {
  auto id = WorkOrderId::parse(work_order);
  if (!id) return fail(id.error());
  return to_subject(EventSubject{line, std::string(kind), std::move(*id)});
}

Result<std::string> card(const LineName& line, std::string_view stage, std::string_view pool,
                         std::string_view work_order, uint32_t attempt) {
  auto to_stage = parse_stage(stage);
  if (!to_stage) return fail(to_stage.error());
  auto to_pool = Pool::parse(pool);
  if (!to_pool) return fail(to_pool.error());
  auto id = WorkOrderId::parse(work_order);
  if (!id) return fail(id.error());
  if (attempt == 0) return fail(ErrorCode::invalid, "the attempt of a card must be at least 1");
  return to_subject(CardSubject{line, *to_stage, std::move(*to_pool), std::move(*id), attempt});
}

Result<std::string> receipt_subject(const LineName& line, const proto::Receipt& receipt) {
  const bool is_last = receipt.stage() == to_string(Stage::verify);
  if (receipt.status() == "failed") {
    if (receipt.has_next()) return fail(ErrorCode::invalid, "a failed receipt names no next station");
    return event(line, "failed", receipt.work_order_id());
  }
  if (receipt.status() != "completed")
    return fail(ErrorCode::invalid, "the status of a receipt must be completed or failed");
  if (receipt.has_next() == is_last) {
    return fail(ErrorCode::invalid,
                "a completed receipt names the next station, but for verify's, which names none");
  }
  if (is_last) return event(line, "done", receipt.work_order_id());
  return card(line, receipt.next().stage(), receipt.next().pool(), receipt.work_order_id(),
              receipt.attempt());
}

Result<std::string> decision_subject(const LineName& line, const proto::WorkOrderDecision& decision) {
  const std::string& text = decision.decision();
  if (text != "quarantine" && text != "resume" && text != "hold" && text != "cancel") {
    return fail(ErrorCode::invalid, "a decision must be quarantine, resume, hold or cancel");
  }
  return event(line, text, decision.work_order_id());
}

struct SubjectOf {
  const LineName& line;
  std::string_view kind;

  Result<std::string> operator()(const proto::Acceptance& message) const {
    const proto::WorkOrder& order = message.work_order();
    return card(line, to_string(Stage::pull), order.pull_pool().empty() ? "any" : order.pull_pool(),
                order.id(), 1);
  }
  Result<std::string> operator()(const proto::Receipt& message) const {
    return receipt_subject(line, message);
  }
  Result<std::string> operator()(const proto::Dispatch& message) const {
    return card(line, message.next().stage(), message.next().pool(), message.work_order_id(),
                message.attempt());
  }
  Result<std::string> operator()(const proto::AndonRaised& message) const {
    return message.work_order_id().empty() ? event(line, kind) : event(line, kind, message.work_order_id());
  }
  Result<std::string> operator()(const proto::WorkOrderDecision& message) const {
    return decision_subject(line, message);
  }
  Result<std::string> operator()(const proto::ReplicaChanged& message) const {
    if (message.change() != "added" && message.change() != "ejected") {
      return fail(ErrorCode::invalid, "the change of a replica must be added or ejected");
    }
    return event(line, "replica-" + message.change());
  }
  Result<std::string> operator()(const Message&) const { return event(line, kind); }
};

}  // namespace

std::string_view predicate_type(const Predicate& predicate) { return predicate_types[predicate.index()]; }

Result<LineMessage> LineMessage::decode(BytesView envelope_bytes) {
  auto envelope = Envelope::decode(envelope_bytes);
  if (!envelope) return fail(envelope.error());
  if (envelope->payload_type != in_toto_payload_type) {
    return fail(ErrorCode::invalid, "the payload type of the envelope must be application/vnd.in-toto+json");
  }
  LineMessage message;
  message.envelope = std::move(*envelope);
  if (auto read = read_statement(message.envelope.payload, message); !read) return fail(read.error());
  message.envelope_digest = Digest::of(envelope_bytes);
  message.payload_digest = Digest::of(message.envelope.payload);
  return message;
}

Bytes encode_statement(const Predicate& predicate, const std::vector<StatementSubject>& subjects) {
  json body = predicate_json(predicate);
  json list = json::array();
  for (const StatementSubject& subject : subjects) list.push_back(subject_json(subject.name, subject.digest));
  if (list.empty()) list.push_back(subject_json(kind_of(predicate), Digest::of(canonical_json(body))));
  json statement = json::object();
  statement["_type"] = statement_type;
  statement["subject"] = std::move(list);
  statement["predicateType"] = predicate_type(predicate);
  statement["predicate"] = std::move(body);
  return canonical_json(statement);
}

Result<Bytes> seal_message(const Predicate& predicate, const std::vector<StatementSubject>& subjects,
                           Signer& signer) {
  if (const auto* receipt = std::get_if<proto::Receipt>(&predicate)) {
    if (const std::string* name = stage_field_in_the_way(*receipt)) {
      return fail(ErrorCode::invalid,
                  fmt::format("the stage field '{}' has the name of a field of every receipt: rename it",
                              name->substr(0, 64)));
    }
  }
  auto envelope = seal(in_toto_payload_type, encode_statement(predicate, subjects), signer);
  if (!envelope) return fail(envelope.error());
  return envelope->encode();
}

Digest work_order_digest(const proto::WorkOrder& work_order) {
  return Digest::of(canonical_json(to_json(work_order)));
}

Result<std::string> subject_of(const LineName& line, const Predicate& predicate) {
  auto subject = std::visit(SubjectOf{line, kind_of(predicate)}, predicate);
  if (!subject) return fail(subject.error().at(kind_of(predicate)));
  return subject;
}

}  // namespace tcps
