#include "actors/line/testing/factory.h"

#include <set>
#include <stdexcept>
#include <utility>

namespace tcps::line::testing {
namespace {

Bytes cheap_signature(const PublicKey& key, BytesView message) {
  auto half = Digest::of_parts({key.raw(), message});
  return Bytes(half.raw()) + Bytes(half.raw());
}

std::string text_of(const Digest& digest) { return digest.empty() ? std::string() : digest.to_string(); }

}  // namespace

CheapKey::CheapKey(std::string_view name) : public_key_(*PublicKey::from_raw(Digest::of(name).raw())) {}

Result<Bytes> CheapKey::sign(BytesView message) { return cheap_signature(public_key_, message); }

bool cheap_check(const LineMessage& message, size_t index, const PublicKey& key) {
  const auto& envelope = message.envelope;
  return envelope.signatures[index].signature ==
         cheap_signature(key, pre_authentication_encoding(envelope.payload_type, envelope.payload));
}

Member make_member(Keys keys, const std::string& owner, std::initializer_list<Role> roles) {
  Member member;
  member.owner = owner;
  if (keys == Keys::real) {
    member.signer = std::make_shared<PrivateKey>(PrivateKey::generate());
  } else {
    member.signer = std::make_shared<CheapKey>(owner);
  }
  const auto& key = member.signer->public_key();
  member.grant.set_key_id(key.id().to_string());
  member.grant.set_public_key(key.base64());
  member.grant.set_owner(owner);
  for (auto role : roles) member.grant.add_roles(std::string(to_string(role)));
  return member;
}

Sent seal_for(const LineName& line, const Predicate& predicate, Signer& signer) {
  Sent sent;
  if (auto subject = subject_of(line, predicate)) sent.subject = *subject;
  sent.bytes = seal_message(predicate, {}, signer).value();
  sent.message = LineMessage::decode(sent.bytes).value();
  return sent;
}

Factory::Factory(Keys keys, const std::string& line_name)
    : line(LineName::literal(line_name)),
      ann(make_member(keys, "ann", {Role::root, Role::operator_})),
      bob(make_member(keys, "bob", {Role::operator_})),
      node_a(make_member(keys, "node-a",
                         {Role::station, Role::intake, Role::planner, Role::supervisor, Role::replica})),
      node_b(make_member(keys, "node-b",
                         {Role::station, Role::intake, Role::planner, Role::supervisor, Role::replica})),
      node_c(make_member(keys, "node-c", {Role::station})),
      state(line,
            keys == Keys::real ? SignatureCheck(LineState::verify_directly) : SignatureCheck(cheap_check)) {
  node_c.grant.add_stages("build");
  node_c.grant.add_stages("test");
  node_c.grant.add_pools("arm");
}

// ---- messages, unsigned

proto::LogOrigin Factory::origin() const { return log_origin(line, state.genesis(), state.position()); }

proto::Genesis Factory::genesis() const {
  proto::Genesis m;
  m.set_line(line.str());
  m.set_rules_version(rules_version);
  for (const auto* member : {&ann, &bob, &node_a, &node_b, &node_c}) *m.add_keys() = member->grant;
  m.set_wip_limit(3);
  m.set_backlog_limit(100);
  m.set_sku("widget");
  return m;
}

proto::Acceptance Factory::acceptance(const std::string& signal, Bucket bucket,
                                      const std::string& pool) const {
  proto::Acceptance m;
  *m.mutable_log() = log_origin(line, state.genesis());
  m.set_node("node-a");
  auto& order = *m.mutable_work_order();
  order.set_id(work_order_id(line, "github", signal).str());
  order.set_line(line.str());
  order.set_sku("widget");
  order.set_bucket(std::string(tcps::to_string(bucket)));
  order.set_priority("medium");
  order.set_standard_work(standard_work.to_string());
  order.set_pull_pool(pool);
  order.mutable_demand()->set_source("github");
  order.mutable_demand()->set_signal_id(signal);
  return m;
}

static proto::Receipt receipt_of(const Factory& factory, const WorkOrderState& order) {
  proto::Receipt m;
  *m.mutable_log() = log_origin(factory.line, factory.state.genesis());
  m.set_stage(std::string(tcps::to_string(order.stage)));
  m.set_work_order_id(order.id.str());
  m.set_work_order_digest(order.digest.to_string());
  m.set_attempt(order.attempt);
  m.set_predecessor((order.phase == Phase::backlog ? order.passed : order.card).to_string());
  m.set_standard_work(text_of(order.standard_work));
  m.set_sku(order.sku);
  if (order.stage == Stage::plan) m.set_term(factory.state.holder(Role::planner).term);
  return m;
}

Sent Factory::seal(Predicate predicate, const Member& by) const {
  if (auto* receipt = std::get_if<proto::Receipt>(&predicate); receipt && receipt->node().empty())
    receipt->set_node(by.owner);
  return seal_for(line, predicate, *by.signer);
}

proto::Receipt Factory::passed(const WorkOrderState& order) const {
  auto m = receipt_of(*this, order);
  m.set_status("completed");
  m.set_version(order.version);
  if (order.stage == Stage::pull) {
    m.set_version("1.0." + std::to_string(state.position()));
  } else if (order.stage == Stage::plan) {
    m.set_manifest(text_of(order.manifest));
  } else {
    m.set_manifest(Digest::of_parts({order.id.str(), m.stage(), std::to_string(order.attempt)}).to_string());
  }
  if (auto following = next_stage(order.stage)) {
    m.mutable_next()->set_stage(std::string(tcps::to_string(*following)));
    m.mutable_next()->set_pool("any");
  }
  return m;
}

proto::Receipt Factory::failed(const WorkOrderState& order, const std::string& mode) const {
  auto m = receipt_of(*this, order);
  m.set_status("failed");
  m.mutable_failure()->set_mode(mode);
  m.mutable_failure()->set_reason("it did not work");
  return m;
}

proto::Dispatch Factory::dispatch(const WorkOrderState& order) const {
  proto::Dispatch m;
  *m.mutable_log() = log_origin(line, state.genesis());
  m.set_work_order_id(order.id.str());
  m.set_attempt(order.attempt);
  m.mutable_next()->set_stage(std::string(tcps::to_string(order.stage)));
  m.mutable_next()->set_pool("any");
  m.set_predecessor(order.passed.to_string());
  m.set_manifest(text_of(order.manifest));
  m.set_term(state.holder(Role::planner).term);
  return m;
}

proto::AndonRaised Factory::call(const std::string& id, const std::string& kind,
                                 const WorkOrderState* order) const {
  proto::AndonRaised m;
  *m.mutable_log() = origin();
  m.set_andon_id(id);
  m.set_kind(kind);
  m.set_reason("look at this");
  m.set_severity("high");
  m.set_term(state.holder(Role::supervisor).term);
  if (order == nullptr) return m;
  m.set_work_order_id(order->id.str());
  m.set_attempt(order->attempt);
  m.set_stage(std::string(tcps::to_string(order->stage)));
  return m;
}

proto::AndonResolved Factory::resolution(const std::string& id, const std::string& disposition) const {
  proto::AndonResolved m;
  *m.mutable_log() = origin();
  m.set_andon_id(id);
  m.set_resolution("mended");
  m.set_disposition(disposition);
  return m;
}

proto::WorkOrderDecision Factory::decision(const WorkOrderState& order, const std::string& what) const {
  proto::WorkOrderDecision m;
  *m.mutable_log() = origin();
  m.set_work_order_id(order.id.str());
  m.set_attempt(order.attempt);
  m.set_decision(what);
  m.set_reason("because");
  return m;
}

proto::WipChanged Factory::wip(uint32_t limit) const {
  proto::WipChanged m;
  *m.mutable_log() = origin();
  m.set_wip_limit(limit);
  return m;
}

proto::ProductChanged Factory::product() const {
  proto::ProductChanged m;
  *m.mutable_log() = origin();
  m.set_standard_work(standard_work.to_string());
  m.set_sku("widget");
  m.set_wip_limit(3);
  m.set_backlog_limit(100);
  m.set_pool("any");
  return m;
}

proto::RoleClaimed Factory::claim(Role role, const Member& node) const {
  proto::RoleClaimed m;
  *m.mutable_log() = origin();
  m.set_role(std::string(to_string(role)));
  m.set_term(state.holder(role).term + 1);
  m.set_node(node.owner);
  return m;
}

proto::ReplicaChanged Factory::replica(const Member& node, const std::string& change) const {
  proto::ReplicaChanged m;
  *m.mutable_log() = origin();
  m.set_node(node.owner);
  m.set_change(change);
  return m;
}

// ---- sending

Verdict Factory::apply(Sent sent) {
  auto verdict = state.apply(++position, sent.subject, sent.message);
  if (keeps_history) history.push_back({position, std::move(sent), verdict.admitted, verdict.reason});
  return verdict;
}

Verdict Factory::admit(const Predicate& predicate, const Member& by) {
  auto verdict = send(predicate, by);
  if (!verdict.admitted)
    throw std::logic_error(std::string(predicate_type(predicate)) + " was refused: " + verdict.reason);
  return verdict;
}

void Factory::begin() {
  admit(genesis(), ann);
  admit(claim(Role::planner, node_a), node_a);
  admit(claim(Role::supervisor, node_a), node_a);
  admit(product(), ann);
}

WorkOrderId Factory::accept(const std::string& signal, Bucket bucket) {
  admit(acceptance(signal, bucket), node_a);
  return work_order_id(line, "github", signal);
}

const WorkOrderState& Factory::order(const WorkOrderId& id) const {
  const auto* found = state.find(id);
  if (found == nullptr) throw std::logic_error(id.str() + " is not in the fold");
  return *found;
}

void Factory::pass(const WorkOrderId& id) {
  const auto& at = order(id);
  bool resumed = at.phase == Phase::backlog && at.stage != Stage::plan;
  admit(resumed ? Predicate(dispatch(at)) : Predicate(passed(at)), node_a);
}

void Factory::pass_until(const WorkOrderId& id, Stage stage) {
  while (order(id).stage != stage) pass(id);
}

void Factory::finish(const WorkOrderId& id) {
  while (state.find(id) != nullptr) pass(id);
}

// ---- invariants

std::string broken_invariant(const LineState& state) {
  size_t slots = 0;
  size_t backlog = 0;
  std::array<size_t, all_stages.size() + 1> open{};
  uint64_t lowest = UINT64_MAX;
  std::set<Digest> cards;
  for (const auto& [id, order] : state.work_orders()) {
    if (!(id == order.id)) return "a work order is filed under another id";
    if (state.closed(id)) return id.str() + " is closed and in the fold";
    if (order.attempt < 1) return id.str() + " has no attempt";
    slots += occupies_slot(order);
    bool working = order.phase == Phase::working;
    if (working != (state.card_holder(order.card) == &order))
      return id.str() + " is found by its card exactly when working";
    if (working != (order.card_position != 0)) return id.str() + " has a card position exactly when working";
    if (working) {
      if (state.open_card_at(order.card_position) != &order)
        return id.str() + " is not found at its card's position";
      if (!cards.insert(order.card).second) return id.str() + " shares its card";
      ++open[static_cast<size_t>(order.stage)];
      lowest = std::min(lowest, order.card_position);
    }
    if (order.phase == Phase::backlog) {
      ++backlog;
      const auto& queue = state.backlog().queue(order.bucket);
      auto found = queue.find(order.backlog_key);
      if (found == queue.end() || !(found->second == id))
        return id.str() + " is not in its place of the backlog";
    }
  }
  size_t queued = 0;
  for (auto bucket : all_buckets) queued += state.backlog().queue(bucket).size();
  if (backlog != state.backlog().size() || queued != backlog)
    return "the backlog counts other work orders than those in it";
  for (auto stage : all_stages) {
    if (open[static_cast<size_t>(stage)] != state.open_cards(stage))
      return "open cards are miscounted at " + std::string(tcps::to_string(stage));
  }
  if (slots != state.wip().used) return "WIP is not the number of work orders that occupy a slot";
  if (lowest != state.lowest_open_card()) return "the lowest open card is another";
  for (const auto& [id, call] : state.andons()) {
    if (call.id != id) return "a call is filed under another id";
    auto order = WorkOrderId::parse(call.work_order);
    if (!call.work_order.empty() && (!order || state.find(*order) == nullptr))
      return "call " + id + " is about a closed work order";
    if (!call.work_order.empty() && state.find(*order)->attempt != call.attempt)
      return "call " + id + " is about another attempt";
  }
  return {};
}

}  // namespace tcps::line::testing
