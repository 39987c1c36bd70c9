#include "messages/line_message.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <array>
#include <optional>

#include "messages/canonical_reader.h"
#include "messages/canonical_text.h"
#include "messages/codec.h"

namespace tcps {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";
constexpr std::string_view type_prefix = "https://tcps.dev/";
constexpr std::string_view type_suffix = "/v1";

static_assert(all_words<MessageKind>.size() == std::variant_size_v<Predicate>);

const Message& message_of(const Predicate& predicate) {
  return std::visit([](const auto& message) -> const Message& { return message; }, predicate);
}
Message& message_of(Predicate& predicate) {
  return std::visit([](auto& message) -> Message& { return message; }, predicate);
}

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::invalid, "statement: " + std::string(what));
}

// ---- writing

// The field of a message whose members stand beside the others: what the Standard Work asks of a stage's
// receipt.
const FieldDescriptor* spread_of(const Predicate& predicate) {
  static const FieldDescriptor* const stage_fields =
      proto::Receipt::descriptor()->FindFieldByName("stage_fields");
  return std::holds_alternative<proto::Receipt>(predicate) ? stage_fields : nullptr;
}

// The first stage field that would hide a field of the receipt, or nothing.
const std::string* stage_field_in_the_way(const proto::Receipt& receipt) {
  for (const auto& [name, value] : receipt.stage_fields().fields()) {
    if (proto::Receipt::descriptor()->FindFieldByName(name) != nullptr) return &name;
  }
  return nullptr;
}

void append_subject(std::string& out, std::string_view name, const Digest& digest) {
  out.append(R"({"digest":{"sha256":")").append(digest.hex()).append(R"("},"name":)");
  canonical::append_string(out, name);
  out += '}';
}

// ---- reading

bool read_digest(CanonicalReader& reader, std::optional<Digest>& digest) {
  return reader.kind() == JsonKind::object &&
         reader.members([&](std::string_view name, CanonicalReader& member) {
           std::string_view hex;
           if (name != "sha256" || member.kind() != JsonKind::string || !member.string(hex)) return false;
           auto parsed = hex.size() == 2 * Digest::size ? Digest::parse(hex) : fail(ErrorCode::invalid, "");
           if (parsed) digest = *parsed;
           return parsed.has_value();
         });
}

bool read_subject(CanonicalReader& reader, StatementSubject& subject) {
  std::optional<Digest> digest;
  std::optional<std::string> name;
  const bool read = reader.kind() == JsonKind::object &&
                    reader.members([&](std::string_view member_name, CanonicalReader& member) {
                      if (member_name == "digest") return read_digest(member, digest);
                      std::string_view text;
                      if (member_name != "name" || member.kind() != JsonKind::string || !member.string(text))
                        return false;
                      name = text;
                      return true;
                    });
  if (!read || !digest || !name) return false;
  subject = {std::move(*name), *digest};
  return true;
}

Status read_subjects(CanonicalReader& reader, std::vector<StatementSubject>& subjects) {
  if (reader.kind() != JsonKind::array) return malformed("'subject' must be a list that is not empty");
  const bool read = reader.elements(
      [&](size_t, CanonicalReader& element) { return read_subject(element, subjects.emplace_back()); });
  if (!read) return malformed(R"(each subject must be {"name": ..., "digest": {"sha256": <64 hex digits>}})");
  if (subjects.empty()) return malformed("'subject' must be a list that is not empty");
  return {};
}

template <size_t... index>
Predicate empty_predicate(size_t wanted, std::index_sequence<index...>) {
  using Make = Predicate (*)();
  static constexpr std::array<Make, sizeof...(index)> makers = {
      +[] { return Predicate(std::in_place_index<index>); }...};
  return makers[wanted]();
}

std::optional<MessageKind> kind_of_type(std::string_view type) {
  if (!type.starts_with(type_prefix) || !type.ends_with(type_suffix)) return std::nullopt;
  if (type.size() < type_prefix.size() + type_suffix.size()) return std::nullopt;
  type.remove_prefix(type_prefix.size());
  type.remove_suffix(type_suffix.size());
  return find_word<MessageKind>(type);
}

Status read_predicate(std::string_view type, CanonicalReader& reader, Predicate& predicate) {
  const auto kind = kind_of_type(type);
  if (!kind) {
    return malformed(fmt::format("'{}' is not a predicate type of the factory", type.substr(0, 128)));
  }
  predicate = empty_predicate(row_number(*kind), std::make_index_sequence<std::variant_size_v<Predicate>>());
  const auto read = from_json(reader, message_of(predicate), spread_of(predicate));
  if (!read) return fail(read.error().at(to_string(*kind)));
  return {};
}

// The members of a statement stand in the order of their names, and so the predicate before its type, which
// is looked up ahead. Inside a string a quote is escaped: this text is the name of a member, and behind the
// statement's own come only its subjects, which have none of that name. Empty when there is none.
std::string_view type_ahead(BytesView payload) {
  constexpr std::string_view before = R"(,"predicateType":")";
  const size_t at = payload.rfind(before);
  if (at == BytesView::npos) return {};
  const BytesView behind = payload.substr(at + before.size());
  return behind.substr(0, behind.find('"'));
}

struct StatementMember {
  std::string_view name;
  JsonKind kind;
};
constexpr std::array<StatementMember, 4> statement_members = {{{"_type", JsonKind::string},
                                                               {"predicate", JsonKind::object},
                                                               {"predicateType", JsonKind::string},
                                                               {"subject", JsonKind::array}}};
enum StatementPart : size_t { type_part, predicate_part, predicate_type_part, subject_part };

constexpr const char* statement_shape =
    "the payload must be an object of _type, predicateType (strings), subject (a list) and predicate (an "
    "object)";

Status read_part(size_t part, std::string_view type, CanonicalReader& reader, LineMessage& message) {
  if (part == predicate_part) return read_predicate(type, reader, message.predicate);
  if (part == subject_part) return read_subjects(reader, message.subjects);
  std::string_view text;
  if (!reader.string(text)) return malformed(statement_shape);
  if (part == type_part && text != statement_type)
    return malformed("'_type' must be https://in-toto.io/Statement/v1");
  if (part == predicate_type_part && text != type) return malformed(statement_shape);
  return {};
}

Status read_statement(BytesView payload, LineMessage& message) {
  const std::string_view type = type_ahead(payload);
  CanonicalReader reader(payload);
  size_t part = 0;
  Status good;
  const bool read = reader.kind() == JsonKind::object &&
                    reader.members([&](std::string_view name, CanonicalReader& member) {
                      if (part == statement_members.size() || name != statement_members[part].name ||
                          member.kind() != statement_members[part].kind)
                        return false;
                      good = read_part(part++, type, member, message);
                      return good.has_value();
                    });
  if (reader.is_malformed() || (read && !reader.at_end())) {
    return malformed(
        fmt::format("the payload is not canonical JSON (RFC 8785) near byte {}", reader.position()));
  }
  if (!good) return good;
  return read && part == statement_members.size() ? Status{} : malformed(statement_shape);
}

// ---- subjects of the bus

Result<std::string> event(const LineName& line, std::string_view kind) {
  return to_subject(EventSubject{line, std::string(kind), std::nullopt});
}

Result<std::string> event(const LineName& line, std::string_view kind, std::string_view work_order) {
  auto id = TCPS_TRY(WorkOrderId::parse(work_order));
  return to_subject(EventSubject{line, std::string(kind), std::move(id)});
}

Result<std::string> card(const LineName& line, std::string_view stage, std::string_view pool,
                         std::string_view work_order, uint32_t attempt) {
  auto to_stage = TCPS_TRY(parse_stage(stage));
  auto to_pool = TCPS_TRY(Pool::parse(pool));
  auto id = TCPS_TRY(WorkOrderId::parse(work_order));
  if (attempt == 0) return fail(ErrorCode::invalid, "the attempt of a card must be at least 1");
  return to_subject(CardSubject{line, to_stage, std::move(to_pool), std::move(id), attempt});
}

Result<std::string> receipt_subject(const LineName& line, const proto::Receipt& receipt) {
  const bool is_last = receipt.stage() == to_string(Stage::verify);
  const auto status = TCPS_TRY(status_of(receipt));
  if (status == ReceiptStatus::failed) {
    if (receipt.has_next()) return fail(ErrorCode::invalid, "a failed receipt names no next station");
    return event(line, "failed", receipt.work_order_id());
  }
  if (receipt.has_next() == is_last) {
    return fail(ErrorCode::invalid,
                "a completed receipt names the next station, but for verify's, which names none");
  }
  if (is_last) return event(line, "done", receipt.work_order_id());
  return card(line, receipt.next().stage(), receipt.next().pool(), receipt.work_order_id(),
              receipt.attempt());
}

Result<std::string> decision_subject(const LineName& line, const proto::WorkOrderDecision& decision) {
  const auto decided = TCPS_TRY(decision_of(decision));
  return event(line, to_string(decided), decision.work_order_id());
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
    const auto change = TCPS_TRY(replica_change_of(message));
    return event(line, fmt::format("replica-{}", to_string(change)));
  }
  Result<std::string> operator()(const Message&) const { return event(line, kind); }
};

}  // namespace

std::string predicate_type(const Predicate& predicate) {
  return std::string(type_prefix).append(to_string(kind_of(predicate))).append(type_suffix);
}

MessageKind kind_of(const Predicate& predicate) { return all_words<MessageKind>[predicate.index()]; }

Result<LineMessage> LineMessage::decode(BytesView envelope_bytes) {
  auto envelope = TCPS_TRY(Envelope::decode(envelope_bytes));
  if (envelope.payload_type != in_toto_payload_type) {
    return fail(ErrorCode::invalid, "the payload type of the envelope must be application/vnd.in-toto+json");
  }
  LineMessage message;
  message.envelope = std::move(envelope);
  TCPS_TRY(read_statement(message.envelope.payload, message));
  message.payload_digest = Digest::of(message.envelope.payload);
  return message;
}

Bytes encode_statement(const Predicate& predicate, const std::vector<StatementSubject>& subjects) {
  std::string body;
  body.reserve(2048);
  append_canonical_json(body, message_of(predicate), spread_of(predicate));
  Bytes statement;
  statement.reserve(body.size() + 512);
  statement.append(R"({"_type":")").append(statement_type).append(R"(","predicate":)").append(body);
  statement.append(R"(,"predicateType":")").append(predicate_type(predicate)).append(R"(","subject":[)");
  for (const StatementSubject& subject : subjects) {
    if (&subject != &subjects.front()) statement += ',';
    append_subject(statement, subject.name, subject.digest);
  }
  if (subjects.empty()) append_subject(statement, to_string(kind_of(predicate)), Digest::of(body));
  return statement.append("]}");
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
  auto envelope = TCPS_TRY(seal(in_toto_payload_type, encode_statement(predicate, subjects), signer));
  return envelope.encode();
}

Digest work_order_digest(const proto::WorkOrder& work_order) {
  return Digest::of(canonical_json(work_order));
}

Result<std::string> subject_of(const LineName& line, const Predicate& predicate) {
  const std::string_view kind = to_string(kind_of(predicate));
  auto subject = std::visit(SubjectOf{line, kind}, predicate);
  if (!subject) return fail(subject.error().at(kind));
  return subject;
}

}  // namespace tcps
