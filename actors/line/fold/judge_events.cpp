// Judgements on what changes the line itself: genesis, limits, roles, keys, replicas, epochs.
#include "actors/line/fold/judging.h"

namespace tcps::line {
namespace {

Result<BucketWeights> parse_weights(const google::protobuf::Map<std::string, uint32_t>& weights) {
  BucketWeights parsed = weights.empty() ? standard_weights : BucketWeights{};
  for (const auto& [name, weight] : weights) {
    auto bucket = TCPS_TRY(parse_word<Bucket>(name));
    if (weight > 1000) return refuse("weight of bucket " + name + " must be 0-1000");
    parsed[static_cast<size_t>(bucket)] = weight;
  }
  return parsed;
}

Status check_limits(uint32_t wip_limit, uint32_t backlog_limit) {
  if (wip_limit < 1 || wip_limit > 100'000) return refuse("wip_limit must be 1-100000");
  if (backlog_limit < 1 || backlog_limit > 1'000'000) return refuse("backlog_limit must be 1-1000000");
  return {};
}

}  // namespace

Status LineState::Judging::judge(const proto::Genesis& m) {
  if (!state_.genesis_.empty()) return refuse("the line has a genesis already");
  if (m.line() != state_.line_.str()) return refuse("the genesis is of line " + m.line());
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
  const auto* signer = keys.find(message_.envelope.signatures.front().key_id);
  if (signer == nullptr || !signer->has(Role::root) || !state_.check_(message_, 0, signer->key)) {
    forged_ = true;
    return refuse("a genesis is signed by a root key that it names");
  }
  state_.keys_ = std::move(keys);
  for (const auto& entry : m.keys()) {
    if (state_.keys_.find(entry.key_id())->has(Role::replica)) state_.replicas_[entry.owner()] = position_;
  }
  state_.genesis_ = message_.payload_digest.to_string();
  state_.wip_.limit = m.wip_limit();
  state_.backlog_limit_ = m.backlog_limit();
  state_.cycle_.set_weights(weights);
  state_.product_.sku = m.sku();
  note(ChangeKind::genesis, state_.genesis_);
  return {};
}

Status LineState::Judging::judge(const proto::ProductChanged& m) {
  TCPS_TRY(require(Role::operator_));
  TCPS_TRY(check_limits(m.wip_limit(), m.backlog_limit()));
  auto weights = TCPS_TRY(parse_weights(m.bucket_weights()));
  auto pool = TCPS_TRY(Pool::parse(m.pool()));
  if (auto digest = Digest::parse(m.standard_work()); !digest)
    return fail(digest.error().at("standard_work"));
  if (!m.snapshot().empty()) {
    if (auto digest = Digest::parse(m.snapshot()); !digest) return fail(digest.error().at("snapshot"));
  }
  if (m.sku().size() > 256) return refuse("sku is too long");
  state_.product_ = {m.snapshot(), m.standard_work(), m.sku(), pool};
  state_.wip_.limit = m.wip_limit();
  state_.backlog_limit_ = m.backlog_limit();
  if (weights != state_.cycle_.weights()) state_.cycle_.set_weights(weights);
  note(ChangeKind::product_changed, m.standard_work());
  return {};
}

Status LineState::Judging::judge(const proto::WipChanged& m) {
  TCPS_TRY(require(Role::operator_));
  TCPS_TRY(check_limits(m.wip_limit(), state_.backlog_limit_));
  state_.wip_.limit = m.wip_limit();
  note(ChangeKind::wip_changed, std::to_string(m.wip_limit()));
  return {};
}

Status LineState::Judging::judge(const proto::RoleClaimed& m) {
  const auto role = TCPS_TRY(claimed_role_of(m));
  TCPS_TRY(require(role));
  if (m.node() != signer_->owner) return refuse("a node claims a role for itself only");
  auto& current = role == Role::planner ? state_.planner_ : state_.supervisor_;
  if (m.term() != current.term + 1) return refuse("the next term is " + std::to_string(current.term + 1));
  current = {m.term(), m.node(), signer_->key_id};
  note(ChangeKind::role_changed, m.role());
  return {};
}

Status LineState::Judging::judge(const proto::KeyAdded& m) {
  TCPS_TRY(require(Role::root));
  auto grant = TCPS_TRY(KeyGrant::from_proto(m.key()));
  TCPS_TRY(state_.keys_.can_add(grant));
  note(ChangeKind::keys_changed, grant.key_id);
  state_.keys_.add(std::move(grant));
  return {};
}

Status LineState::Judging::judge(const proto::KeyRevoked& m) {
  TCPS_TRY(require(Role::root));
  TCPS_TRY(state_.keys_.can_revoke(m.key_id()));
  state_.keys_.revoke(m.key_id());
  note(ChangeKind::keys_changed, m.key_id());
  return {};
}

Status LineState::Judging::judge(const proto::ReplicaChanged& m) {
  const auto change = TCPS_TRY(replica_change_of(m));
  if (change == ReplicaChange::added) {
    TCPS_TRY(require(Role::replica));
    if (m.node() != signer_->owner) return refuse("a node adds itself only");
    if (state_.replicas_.contains(m.node())) return refuse("node " + m.node() + " is a replica already");
    if (state_.replicas_.size() >= 64) return refuse("the replica set is full");
    state_.replicas_[m.node()] = position_;
  } else {
    TCPS_TRY(signer_->has(Role::operator_) ? Status{} : require_term(Role::supervisor, m.term()));
    if (state_.replicas_.erase(m.node()) == 0) return refuse("node " + m.node() + " is not a replica");
  }
  note(ChangeKind::replicas_changed, m.node());
  return {};
}

Status LineState::Judging::judge(const proto::Evidence& m) {
  if (!signer_->has(Role::operator_) && !signer_->has(Role::supervisor))
    return refuse("evidence is left by operators and supervisors");
  note(ChangeKind::evidence, m.name());
  return {};
}

Status LineState::Judging::judge(const proto::EpochBegun& m) {
  if (!signer_->has(Role::replica) && !signer_->has(Role::operator_))
    return refuse("an epoch is begun by replicas and operators");
  if (m.epoch() != state_.epoch_ + 1) return refuse("the next epoch is " + std::to_string(state_.epoch_ + 1));
  if (m.first_sequence() != position_)
    return refuse("the message that begins an epoch stands first in its stream");
  if (auto root = Digest::parse(m.root()); !root) return fail(root.error().at("root"));
  state_.epoch_ = m.epoch();
  note(ChangeKind::epoch_begun, std::to_string(state_.epoch_));
  return {};
}

}  // namespace tcps::line
