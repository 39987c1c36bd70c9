// LineState as bytes and back. The bytes are deterministic: equal states on two nodes have equal snapshots.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>

#include "actors/line/fold/line_snapshot.pb.h"
#include "actors/line/fold/line_state.h"

namespace tcps::line {
namespace {

Bytes bytes_of(const Digest& digest) { return digest.empty() ? Bytes() : Bytes(digest.raw()); }

Digest digest_of(const Bytes& bytes) {
  return bytes.empty() ? Digest{} : Digest::from_raw(bytes).value_or(Digest{});
}

tl::unexpected<Error> corrupt(const std::string& what) {
  return fail(ErrorCode::corrupt, "snapshot of the line: " + what);
}

void write(const WorkOrderState& order, proto::WorkOrderSnapshot& out) {
  out.set_id(order.id.str());
  out.set_digest(bytes_of(order.digest));
  out.set_sku(order.sku);
  out.set_version(order.version);
  out.set_bucket(static_cast<uint32_t>(order.bucket));
  out.set_priority(static_cast<uint32_t>(order.backlog_key.priority));
  out.set_due_date(order.backlog_key.due_date);
  out.set_resumed(!order.backlog_key.fresh);
  out.set_backlog_position(order.backlog_key.position);
  out.set_phase(static_cast<uint32_t>(order.phase));
  out.set_stage(static_cast<uint32_t>(order.stage));
  out.set_pool(order.pool.str());
  out.set_attempt(order.attempt);
  out.set_accepted_position(order.accepted_position);
  out.set_card_position(order.card_position);
  out.set_card(bytes_of(order.card));
  out.set_acceptance(bytes_of(order.acceptance));
  out.set_passed(bytes_of(order.passed));
  out.set_manifest(bytes_of(order.manifest));
  out.set_standard_work(bytes_of(order.standard_work));
  out.set_failure_mode(order.failure_mode);
  out.set_reason(order.reason);
  out.set_called(order.called);
}

Result<WorkOrderState> read(const proto::WorkOrderSnapshot& in) {
  auto id = WorkOrderId::parse(in.id());
  if (!id) return corrupt(id.error().message);
  if (in.bucket() >= all_buckets.size() || in.priority() >= all_words<Priority>.size() ||
      in.phase() >= all_words<Phase>.size() || in.stage() < 1 || in.stage() > 10) {
    return corrupt("work order " + in.id() + " is out of range");
  }
  WorkOrderState order;
  order.id = *id;
  order.digest = digest_of(in.digest());
  order.sku = in.sku();
  order.version = in.version();
  order.bucket = static_cast<Bucket>(in.bucket());
  order.backlog_key = {!in.resumed(), static_cast<Priority>(in.priority()), in.due_date(),
                       in.backlog_position()};
  order.phase = static_cast<Phase>(in.phase());
  order.stage = static_cast<Stage>(in.stage());
  if (auto pool = Pool::parse(in.pool())) order.pool = *pool;
  order.attempt = in.attempt();
  order.accepted_position = in.accepted_position();
  order.card_position = in.card_position();
  order.card = digest_of(in.card());
  order.acceptance = digest_of(in.acceptance());
  order.passed = digest_of(in.passed());
  order.manifest = digest_of(in.manifest());
  order.standard_work = digest_of(in.standard_work());
  order.failure_mode = in.failure_mode();
  order.reason = in.reason();
  order.called = in.called();
  return order;
}

void write(const AndonCall& call, proto::AndonSnapshot& out) {
  out.set_id(call.id);
  out.set_work_order(call.work_order);
  out.set_attempt(call.attempt);
  if (call.stage) out.set_stage(std::string(to_string(*call.stage)));
  out.set_kind(std::string(to_string(call.kind)));
  out.set_mode(call.mode);
  out.set_reason(call.reason);
  out.set_severity(call.severity);
  out.set_raised_by(call.raised_by);
  out.set_raised_at(call.raised_at);
  out.set_level(call.level);
  out.set_acknowledged(call.acknowledged);
  out.set_position(call.position);
}

Result<AndonCall> read(const proto::AndonSnapshot& in) {
  const auto kind = find_word<AndonKind>(in.kind());
  const auto stage = find_word<Stage>(in.stage());
  if (!kind || stage.has_value() == in.stage().empty())
    return corrupt("call " + in.id() + " is of no kind or stage there is");
  return AndonCall{in.id(),    in.work_order(),   in.attempt(),  stage,          *kind,
                   in.mode(),  in.reason(),       in.severity(), in.raised_by(), in.raised_at(),
                   in.level(), in.acknowledged(), in.position()};
}

void write(const RoleHolder& holder, proto::RoleSnapshot& out) {
  out.set_term(holder.term);
  out.set_node(holder.node);
  out.set_key_id(holder.key_id);
}

Bytes serialize_deterministically(const proto::LineSnapshot& snapshot) {
  Bytes bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  snapshot.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace

Bytes LineState::save() const {
  proto::LineSnapshot out;
  out.set_rules_version(rules_version);
  out.set_line(line_.str());
  out.set_genesis(genesis_);
  out.set_position(position_);
  out.set_epoch(epoch_);
  out.set_wip_limit(wip_.limit);
  out.set_backlog_limit(backlog_limit_);
  out.set_done(done_);
  out.set_last_done(last_done_);
  out.set_product_snapshot(product_.snapshot);
  out.set_product_standard_work(product_.standard_work);
  out.set_product_sku(product_.sku);
  out.set_product_pool(product_.pool.str());
  for (auto weight : cycle_.weights()) out.add_weights(weight);
  for (auto used : cycle_.used()) out.add_used(used);
  for (const auto* grant : keys_.all()) *out.add_keys() = grant->to_proto();
  for (const auto& id : keys_.revoked_ids()) out.add_revoked(id);
  std::vector<const WorkOrderState*> orders;
  for (const auto& [id, order] : work_orders_) orders.push_back(&order);
  std::sort(orders.begin(), orders.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  for (const auto* order : orders) write(*order, *out.add_work_orders());
  std::vector<uint64_t> closed(closed_.begin(), closed_.end());
  std::sort(closed.begin(), closed.end());
  out.mutable_closed()->Add(closed.begin(), closed.end());
  for (const auto& [id, call] : andons_) write(call, *out.add_andons());
  write(planner_, *out.mutable_planner());
  write(supervisor_, *out.mutable_supervisor());
  out.mutable_replicas()->insert(replicas_.begin(), replicas_.end());
  out.mutable_versions()->insert(versions_.begin(), versions_.end());
  for (const auto& run : failures_) {
    auto* failure = out.add_failures();
    failure->set_mode(run.mode);
    failure->set_count(run.count);
    failure->set_position(run.position);
    failure->set_called(run.called);
  }
  for (const auto& [position, payload] : recent_events_) {
    auto* event = out.add_recent_events();
    event->set_position(position);
    event->set_payload(bytes_of(payload));
  }
  return serialize_deterministically(out);
}

Result<LineState> LineState::load(const LineName& line, BytesView snapshot, SignatureCheck check) {
  proto::LineSnapshot in;
  if (!in.ParseFromArray(snapshot.data(), static_cast<int>(snapshot.size()))) {
    return fail(ErrorCode::corrupt, "snapshot of the line cannot be read: fold the log again");
  }
  if (in.line() != line.str())
    return fail(ErrorCode::invalid, "snapshot is of line " + in.line() + ", not " + line.str());
  if (in.rules_version() != rules_version) {
    return fail(ErrorCode::invalid, "snapshot is by rules version " + std::to_string(in.rules_version()) +
                                        ": use a tcpsd that knows it");
  }
  constexpr int buckets = static_cast<int>(all_buckets.size());
  if (in.weights_size() != buckets || in.used_size() != buckets ||
      in.failures_size() != static_cast<int>(all_stages.size()) + 1) {
    return fail(ErrorCode::corrupt, "snapshot of the line is incomplete: fold the log again");
  }
  LineState state(line, std::move(check));
  state.genesis_ = in.genesis();
  state.position_ = in.position();
  state.epoch_ = std::max(1u, in.epoch());
  state.wip_.limit = in.wip_limit();
  state.backlog_limit_ = in.backlog_limit();
  state.done_ = in.done();
  state.last_done_ = in.last_done();
  state.product_ = {in.product_snapshot(), in.product_standard_work(), in.product_sku(),
                    Pool::parse(in.product_pool()).value_or(Pool{})};
  BucketWeights weights;
  BucketWeights used;
  std::copy(in.weights().begin(), in.weights().end(), weights.begin());
  std::copy(in.used().begin(), in.used().end(), used.begin());
  state.cycle_.restore(weights, used);
  for (const auto& entry : in.keys()) {
    auto grant = KeyGrant::from_proto(entry);
    if (!grant) return fail(ErrorCode::corrupt, "snapshot of the line: " + grant.error().message);
    state.keys_.add(std::move(*grant));
  }
  for (const auto& id : in.revoked()) state.keys_.restore_revoked(id);
  for (const auto& stored : in.work_orders()) {
    auto order = TCPS_TRY(read(stored));
    auto [place, fresh] = state.work_orders_.emplace(order.id, order);
    auto& placed = place->second;
    bool taken =
        placed.phase == Phase::working
            ? state.cards_.contains(placed.card) || state.card_positions_.contains(placed.card_position)
            : placed.phase == Phase::backlog &&
                  state.backlog_.queue(placed.bucket).contains(placed.backlog_key);
    if (!fresh || taken)
      return fail(ErrorCode::corrupt,
                  "snapshot of the line: work order " + stored.id() + " stands there twice");
    state.enter(placed, placed.phase, placed.stage);
  }
  state.closed_.insert(in.closed().begin(), in.closed().end());
  for (const auto& stored : in.andons()) {
    state.andons_[stored.id()] = TCPS_TRY(read(stored));
  }
  state.planner_ = {in.planner().term(), in.planner().node(), in.planner().key_id()};
  state.supervisor_ = {in.supervisor().term(), in.supervisor().node(), in.supervisor().key_id()};
  state.replicas_.insert(in.replicas().begin(), in.replicas().end());
  state.versions_.insert(in.versions().begin(), in.versions().end());
  for (size_t i = 0; i < state.failures_.size(); ++i) {
    const auto& run = in.failures(static_cast<int>(i));
    state.failures_[i] = {run.mode(), run.count(), run.position(), run.called()};
  }
  for (const auto& event : in.recent_events()) {
    state.recent_events_.emplace_back(event.position(), digest_of(event.payload()));
    state.recent_event_set_.insert(digest_of(event.payload()));
  }
  return state;
}

}  // namespace tcps::line
