#include "actors/ledger/replication/replica_service.h"

#include <atomic>
#include <future>
#include <nlohmann/json.hpp>
#include <random>
#include <tuple>

#include "actors/ledger/replication/rebuild.h"
#include "messages/canonical_json.h"
#include "messages/json_fields.h"
#include "messages/reply.h"
#include "messages/subjects.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

constexpr size_t under_way_max = 16;
constexpr bus::Milliseconds state_timeout{2'000};
constexpr bus::Milliseconds entries_timeout{10'000};

Result<Bytes> ask(bus::Bus& bus, const std::string& subject, const json& request, bus::Milliseconds timeout) {
  auto answered = std::make_shared<std::promise<Result<Bytes>>>();
  auto answer = answered->get_future();
  bus.request(subject, request.dump(), timeout,
              [answered](Result<Bytes> reply) { answered->set_value(std::move(reply)); });
  return answer.get();
}

std::string new_nonce() {
  std::random_device random;
  return Digest::of(std::to_string(random()) + std::to_string(random()) + std::to_string(random()))
      .hex()
      .substr(0, 32);
}

Result<SignedReplicaState> ask_state_on(bus::Bus& bus, const std::string& subject) {
  const auto nonce = new_nonce();
  auto reply = TCPS_TRY(ask(bus, subject, {{"nonce", nonce}}, state_timeout));
  return decode_replica_state(reply, nonce);
}

}  // namespace

struct ReplicaService::Shared {
  Config config;
  std::mutex mutex;  // guards the next three
  std::shared_ptr<LedgerStore> store;
  bool halted = false;
  std::string waits_for;
  std::atomic<size_t> under_way{0};

  Result<Bytes> answer(const std::string& what, const json& request) {
    auto [from_store, is_halted, sentence] = [this] {
      std::lock_guard lock(mutex);
      return std::tuple(store, halted, waits_for);
    }();
    if (!from_store) return fail(ErrorCode::unavailable, "this replica has no log yet");
    if (what == "entries")
      return entry_page(*from_store, number_of(request, "from"), number_of(request, "target"));
    if (what != "state") return fail(ErrorCode::not_found, "there is no such question between replicas");
    auto state = TCPS_TRY(replica_state(*from_store, config.node.str(), is_halted));
    if (is_halted) state.waits_for = sentence;
    const auto nonce = request.value("nonce", json());
    if (!nonce.is_string() || !is_token(nonce.get<std::string>()))
      return fail(ErrorCode::invalid, "state: name a nonce");
    return encode_replica_state(state, tlog::checkpoint_origin(config.line, from_store->head().genesis),
                                nonce.get<std::string>(),
                                static_cast<uint64_t>(config.clock->unix_ms() / 1000), *config.signer);
  }

  void reply(const bus::Message& message) {
    auto request = parse_json(message.payload, 4);
    auto answered =
        request && request->is_object()
            ? answer(message.subject.substr(message.subject.rfind('.') + 1), *request)
            : Result<Bytes>(fail(ErrorCode::invalid, "a question between replicas is a JSON object"));
    config.bus->send(message.reply_to, answered ? *answered : error_reply(answered.error()).dump());
  }
};

Result<std::unique_ptr<ReplicaService>> ReplicaService::start(Config config) {
  std::unique_ptr<ReplicaService> service(new ReplicaService());
  service->shared_ = std::make_shared<Shared>();
  service->shared_->config = std::move(config);
  service->pool_ = std::make_unique<ThreadPool>(1);
  const auto& c = service->shared_->config;
  const auto handler = [shared = service->shared_, pool = service->pool_.get()](bus::Message message) {
    const bool known = [&] {
      std::lock_guard lock(shared->mutex);
      return shared->store != nullptr;
    }();
    if (!known || message.reply_to.empty() || shared->under_way >= under_way_max) return;
    ++shared->under_way;
    pool->post([shared, message = std::move(message)] {
      shared->reply(message);
      --shared->under_way;
    });
  };
  for (const char* what : {"state", "entries"}) {
    auto one = TCPS_TRY(c.bus->subscribe(replica_subject(c.line, c.node, what), "", handler));
    service->subscriptions_.push_back(std::move(one));
  }
  auto any = TCPS_TRY(c.bus->subscribe(any_replica_subject(c.line, "state"), "", handler));
  service->subscriptions_.push_back(std::move(any));
  return service;
}

ReplicaService::~ReplicaService() { subscriptions_.clear(); }

void ReplicaService::serve(std::shared_ptr<LedgerStore> store) {
  std::lock_guard lock(shared_->mutex);
  shared_->store = std::move(store);
}

void ReplicaService::set_halted(bool halted) {
  std::lock_guard lock(shared_->mutex);
  shared_->halted = halted;
}

void ReplicaService::set_waits_for(std::string sentence) {
  std::lock_guard lock(shared_->mutex);
  shared_->waits_for = std::move(sentence);
}

Result<SignedReplicaState> ask_state(bus::Bus& bus, const LineName& line, const NodeId& node) {
  return ask_state_on(bus, replica_subject(line, node, "state"));
}

Result<SignedReplicaState> ask_any_state(bus::Bus& bus, const LineName& line) {
  return ask_state_on(bus, any_replica_subject(line, "state"));
}

Result<Bytes> ask_entries(bus::Bus& bus, const LineName& line, const NodeId& node, uint64_t from,
                          uint64_t target) {
  auto reply =
      ask(bus, replica_subject(line, node, "entries"), {{"from", from}, {"target", target}}, entries_timeout);
  if (!reply || !reply->starts_with('{')) return reply;
  auto error = parse_json(*reply);
  if (error) {
    TCPS_TRY(reply_status(*error));
  }
  return fail(ErrorCode::invalid, "the reply of replica " + node.str() + " is no page of entries");
}

}  // namespace tcps::ledger
