// Judgements on what changes the line itself: genesis, Andon, limits, roles, keys, replicas.
#include "actors/line/fold/applying.h"

namespace tcps::line {
namespace {

Result<BucketWeights> parse_weights(const google::protobuf::Map<std::string, uint32_t>& weights) {
  BucketWeights parsed = weights.empty() ? standard_weights : BucketWeights{};
  for (const auto& [name, weight] : weights) {
    auto bucket = parse_word<Bucket>(name);
    if (!bucket) return fail(bucket.error());
    if (weight > 1000) return refuse("weight of bucket " + name + " must be 0-1000");
    parsed[static_cast<size_t>(*bucket)] = weight;
  }
  return parsed;
}

Status check_limits(uint32_t wip_limit, uint32_t backlog_limit) {
  if (wip_limit < 1 || wip_limit > 100'000) return refuse("wip_limit must be 1-100000");
  if (backlog_limit < 1 || backlog_limit > 1'000'000) return refuse("backlog_limit must be 1-1000000");
  return {};
}

// Calls that only the supervisor makes; the others are made by whoever sees the trouble.
bool is_supervisors(const std::string& kind) {
  return kind == "stage_failed" || kind == "forgery" || kind == "overdue" || kind == "systemic";
}

}  // namespace

Status LineState::judge(Applying& a, const proto::Genesis& m) {
  if (!genesis_.empty()) return refuse("the line has a genesis already");
  if (m.line() != line_.str()) return refuse("the genesis is of line " + m.line());
  if (m.rules_version() != rules_version)
    return refuse("rules version " + std::to_string(m.rules_version()) + " is not known here");
  TCPS_TRY(check_limits(m.wip_limit(), m.backlog_limit()));
  if (m.sku().size() > 256) return refuse("sku is too long");
  auto weights = TCPS_TRY(parse_weights(m.bucket_weights()));
  KeyRing keys;
  for (const auto& entry : m.keys()) {
    auto grant = TCPS_TRY(KeyGrant::from_proto(entry));
    TCPS_TRY(keys.can_add(grant));
    keys.add(std::move(grant));
  }
  const auto* signer = keys.find(a.message.envelope.signatures.front().key_id);
  if (signer == nullptr || !signer->has(Role::root) || !check_(a.message, 0, signer->key)) {
    a.forged = true;
    return refuse("a genesis is signed by a root key that it names");
  }
  keys_ = std::move(keys);
  for (const auto& entry : m.keys()) {
    if (keys_.find(entry.key_id())->has(Role::replica)) replicas_[entry.owner()] = a.position;
  }
  genesis_ = a.message.payload_digest.to_string();
  wip_.limit = m.wip_limit();
  backlog_limit_ = m.backlog_limit();
  cycle_.set_weights(weights);
  product_.sku = m.sku();
  a.note(ChangeKind::genesis, genesis_);
  return {};
}

Status LineState::judge(Applying& a, const proto::AndonRaised& m) {
  if (is_supervisors(m.kind())) {
    TCPS_TRY(require_term(a, Role::supervisor, m.term()));
  } else if (m.kind() == "pulled") {
    TCPS_TRY(require(a, Role::operator_));
  } else if (m.kind() == "diverged") {
    TCPS_TRY(require(a, Role::replica));
    if (!m.work_order_id().empty() || !m.stage().empty())
      return refuse("logs that diverge are the trouble of the whole line");
  } else if (m.kind() == "crash_loop") {
    TCPS_TRY(require(a, Role::station));
    if (m.work_order_id().empty() || m.stage().empty())
      return refuse("a crash loop is that of a work order's card at a stage");
  } else {
    return refuse("kind of call '" + m.kind() + "' is unknown");
  }
  if (!is_token(m.andon_id())) return refuse("andon id is malformed");
  if (m.reason().size() > reason_bytes_max) return refuse("the reason is longer than 4096 bytes");
  for (const auto* text : {&m.mode(), &m.severity(), &m.raised_by(), &m.raised_at()}) {
    if (text->size() > 256) return refuse("mode, severity and who raised it when are at most 256 bytes each");
  }
  if (andons_.contains(m.andon_id())) return refuse("call " + m.andon_id() + " is open already");
  if (andons_.size() >= open_andons_max) return refuse("too many calls are open: resolve some first");
  if (!m.stage().empty()) {
    TCPS_TRY(parse_stage(m.stage()));
  }
  if (!m.work_order_id().empty()) {
    auto found = TCPS_TRY(unclosed(m.work_order_id()));
    auto& order = *found;
    if (m.attempt() != order.attempt) return refuse("the call is about another attempt");
    if (!m.stage().empty() && m.stage() != tcps::to_string(order.stage))
      return refuse("the work order is at another stage by now");
    if (m.kind() == "crash_loop" &&
        (order.phase != Phase::working || !a.signer->may_work(order.stage, order.pool.str()))) {
      return refuse("a station calls about a card that is open and that it may work");
    }
    bool set_aside_already = order.phase == Phase::quarantined || order.phase == Phase::held;
    if (m.kind() == "stage_failed" && order.phase != Phase::quarantined)
      return refuse("the work order has not failed");
    if (!set_aside_already) set_aside(a, order, Phase::quarantined, m.mode(), m.reason());
    order.called = true;
  } else if (m.kind() == "systemic" && !m.stage().empty()) {
    failures_[static_cast<size_t>(*parse_stage(m.stage()))].called = true;
  }
  andons_[m.andon_id()] = {m.andon_id(), m.work_order_id(), m.attempt(),   m.stage(),     m.kind(), m.mode(),
                           m.reason(),   m.severity(),      m.raised_by(), m.raised_at(), 0,        false,
                           a.position};
  a.note(ChangeKind::andon_raised, m.andon_id());
  return {};
}

Status LineState::judge(Applying& a, const proto::AndonAcknowledged& m) {
  TCPS_TRY(require(a, Role::operator_));
  auto call = andons_.find(m.andon_id());
  if (call == andons_.end()) return refuse("call " + m.andon_id() + " is not open");
  call->second.acknowledged = true;
  a.note(ChangeKind::andon_acknowledged, m.andon_id());
  return {};
}

Status LineState::judge(Applying& a, const proto::AndonEscalated& m) {
  TCPS_TRY(require_term(a, Role::supervisor, m.term()));
  auto call = andons_.find(m.andon_id());
  if (call == andons_.end()) return refuse("call " + m.andon_id() + " is not open");
  if (m.level() != call->second.level + 1)
    return refuse("the call is at level " + std::to_string(call->second.level));
  call->second.level = m.level();
  a.note(ChangeKind::andon_escalated, m.andon_id());
  return {};
}

Status LineState::judge(Applying& a, const proto::AndonResolved& m) {
  TCPS_TRY(require(a, Role::operator_));
  auto call = andons_.find(m.andon_id());
  if (call == andons_.end()) return refuse("call " + m.andon_id() + " is not open");
  if (m.disposition() != "resume" && m.disposition() != "keep" && m.disposition() != "cancel") {
    return refuse("disposition must be resume, keep or cancel");
  }
  auto work_order = call->second.work_order;
  if (call->second.kind == "systemic" && !call->second.stage.empty()) {
    failures_[static_cast<size_t>(*parse_stage(call->second.stage))] = {};
  }
  andons_.erase(call);
  a.note(ChangeKind::andon_resolved, m.andon_id());
  if (work_order.empty() || m.disposition() == "keep") return {};
  auto found = unclosed(work_order);
  if (!found) return {};
  auto& order = **found;
  if (m.disposition() == "cancel") {
    close(a, order, ChangeKind::cancelled, m.resolution());
  } else if (order.phase == Phase::quarantined || order.phase == Phase::held) {
    resolve_andons_of(a, order.id);
    resume(a, order);
  }
  return {};
}

Status LineState::judge(Applying& a, const proto::ProductChanged& m) {
  TCPS_TRY(require(a, Role::operator_));
  TCPS_TRY(check_limits(m.wip_limit(), m.backlog_limit()));
  auto weights = TCPS_TRY(parse_weights(m.bucket_weights()));
  auto pool = TCPS_TRY(Pool::parse(m.pool()));
  if (auto digest = Digest::parse(m.standard_work()); !digest)
    return fail(digest.error().at("standard_work"));
  if (!m.snapshot().empty()) {
    if (auto digest = Digest::parse(m.snapshot()); !digest) return fail(digest.error().at("snapshot"));
  }
  if (m.sku().size() > 256) return refuse("sku is too long");
  product_ = {m.snapshot(), m.standard_work(), m.sku(), pool};
  wip_.limit = m.wip_limit();
  backlog_limit_ = m.backlog_limit();
  if (weights != cycle_.weights()) cycle_.set_weights(weights);
  a.note(ChangeKind::product_changed, m.standard_work());
  return {};
}

Status LineState::judge(Applying& a, const proto::WipChanged& m) {
  TCPS_TRY(require(a, Role::operator_));
  TCPS_TRY(check_limits(m.wip_limit(), backlog_limit_));
  wip_.limit = m.wip_limit();
  a.note(ChangeKind::wip_changed, std::to_string(m.wip_limit()));
  return {};
}

Status LineState::judge(Applying& a, const proto::RoleClaimed& m) {
  auto role = parse_role(m.role());
  if (!role) return fail(role.error());
  if (*role != Role::planner && *role != Role::supervisor)
    return refuse("only planner and supervisor are claimed");
  TCPS_TRY(require(a, *role));
  if (m.node() != a.signer->owner) return refuse("a node claims a role for itself only");
  auto& current = *role == Role::planner ? planner_ : supervisor_;
  if (m.term() != current.term + 1) return refuse("the next term is " + std::to_string(current.term + 1));
  current = {m.term(), m.node(), a.signer->key_id};
  a.note(ChangeKind::role_changed, m.role());
  return {};
}

Status LineState::judge(Applying& a, const proto::KeyAdded& m) {
  TCPS_TRY(require(a, Role::root));
  auto grant = TCPS_TRY(KeyGrant::from_proto(m.key()));
  TCPS_TRY(keys_.can_add(grant));
  a.note(ChangeKind::keys_changed, grant.key_id);
  keys_.add(std::move(grant));
  return {};
}

Status LineState::judge(Applying& a, const proto::KeyRevoked& m) {
  TCPS_TRY(require(a, Role::root));
  TCPS_TRY(keys_.can_revoke(m.key_id()));
  keys_.revoke(m.key_id());
  a.note(ChangeKind::keys_changed, m.key_id());
  return {};
}

Status LineState::judge(Applying& a, const proto::ReplicaChanged& m) {
  if (m.change() == "added") {
    TCPS_TRY(require(a, Role::replica));
    if (m.node() != a.signer->owner) return refuse("a node adds itself only");
    if (replicas_.contains(m.node())) return refuse("node " + m.node() + " is a replica already");
    if (replicas_.size() >= 64) return refuse("the replica set is full");
    replicas_[m.node()] = a.position;
  } else if (m.change() == "ejected") {
    TCPS_TRY(a.signer->has(Role::operator_) ? Status{} : require_term(a, Role::supervisor, m.term()));
    if (replicas_.erase(m.node()) == 0) return refuse("node " + m.node() + " is not a replica");
  } else {
    return refuse("change must be added or ejected");
  }
  a.note(ChangeKind::replicas_changed, m.node());
  return {};
}

Status LineState::judge(Applying& a, const proto::Evidence& m) {
  if (!a.signer->has(Role::operator_) && !a.signer->has(Role::supervisor))
    return refuse("evidence is left by operators and supervisors");
  a.note(ChangeKind::evidence, m.name());
  return {};
}

Status LineState::judge(Applying& a, const proto::EpochBegun& m) {
  if (!a.signer->has(Role::replica) && !a.signer->has(Role::operator_))
    return refuse("an epoch is begun by replicas and operators");
  if (m.epoch() != epoch_ + 1) return refuse("the next epoch is " + std::to_string(epoch_ + 1));
  if (m.first_sequence() != a.position)
    return refuse("the message that begins an epoch stands first in its stream");
  if (auto root = Digest::parse(m.root()); !root) return fail(root.error().at("root"));
  epoch_ = m.epoch();
  a.note(ChangeKind::epoch_begun, std::to_string(epoch_));
  return {};
}

}  // namespace tcps::line
