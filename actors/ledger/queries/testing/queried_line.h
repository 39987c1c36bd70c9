// A line with keys, whose signed messages the fold has admitted and a store holds. For tests of queries.
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "actors/ledger/queries/queries.h"
#include "actors/ledger/store/key_value/testing/memory_tables.h"
#include "actors/line/following/sealed_message.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {

class QueriedLine {
 public:
  // In memory, or in a store that is given.
  explicit QueriedLine(std::unique_ptr<LedgerStore> given = nullptr) : store(std::move(given)) {
    if (store == nullptr) {
      store = *LedgerStore::open_on(std::make_unique<MemoryTables>(std::make_shared<MemoryTables::Data>()),
                                    {folder.path()});
    }
    proto::Genesis genesis;
    genesis.set_line(name.str());
    genesis.set_rules_version(line::rules_version);
    *genesis.add_keys() = grant(person, "ann", {"root", "operator"});
    *genesis.add_keys() = grant(node, "node-1", {"station", "intake", "planner", "supervisor", "replica"});
    genesis.set_wip_limit(3);
    genesis.set_backlog_limit(100);
    add(genesis, person);
    for (const char* role : {"planner", "supervisor"}) {
      proto::RoleClaimed claim;
      claim.set_role(role);
      claim.set_term(1);
      claim.set_node("node-1");
      add(claim, node);
    }
    proto::ProductChanged product;
    product.set_standard_work(Digest::of("line.toml").to_string());
    product.set_sku("transport");
    product.set_wip_limit(2);
    product.set_backlog_limit(50);
    product.set_pool("any");
    add(product, person);
  }

  static proto::PublicKeyEntry grant(const PrivateKey& key, const std::string& owner,
                                     std::initializer_list<const char*> roles) {
    proto::PublicKeyEntry entry;
    entry.set_key_id(key.public_key().id().to_string());
    entry.set_public_key(key.public_key().base64());
    entry.set_owner(owner);
    for (const char* role : roles) entry.add_roles(role);
    return entry;
  }

  // Accepts a signal and returns the work order's id.
  std::string accept(const std::string& signal, const std::string& bucket = "security") {
    proto::Acceptance acceptance;
    auto& order = *acceptance.mutable_work_order();
    order.set_id(work_order_id(name, "github", signal).str());
    order.set_line(name.str());
    order.set_sku("transport");
    order.set_title("Title of " + signal);
    order.set_bucket(bucket);
    order.set_priority("high");
    order.set_created("2026-01-26T10:00:00Z");
    order.set_pull_pool("any");
    order.mutable_demand()->set_signal_id(signal);
    order.mutable_demand()->set_source("github");
    add(acceptance, node);
    orders[order.id()] = order;
    return order.id();
  }

  proto::Receipt receipt(const std::string& id, Stage stage) {
    const auto& order = *state().find(*WorkOrderId::parse(id));
    proto::Receipt receipt;
    receipt.set_stage(std::string(to_string(stage)));
    receipt.set_work_order_id(id);
    receipt.set_work_order_digest(order.digest.to_string());
    receipt.set_attempt(order.attempt);
    receipt.set_predecessor((stage == Stage::plan ? order.passed : order.card).to_string());
    receipt.set_node("node-1");
    receipt.set_sku("transport");
    receipt.set_status("completed");
    receipt.set_started_at(fmt::format("2026-01-26T10:{:02}:00Z", static_cast<int>(stage)));
    receipt.set_ended_at(fmt::format("2026-01-26T10:{:02}:04Z", static_cast<int>(stage)));
    receipt.set_version(stage == Stage::pull ? fmt::format("1.0.{}", ++versions) : order.version);
    if (stage == Stage::plan) receipt.set_term(1);
    if (const auto next = next_stage(stage)) {
      receipt.mutable_next()->set_stage(std::string(to_string(*next)));
      receipt.mutable_next()->set_pool("any");
    }
    return receipt;
  }

  void pass(const std::string& id, Stage stage) {
    auto passed = receipt(id, stage);
    if (stage == Stage::publish) {
      auto& publications =
          *(*passed.mutable_stage_fields()->mutable_fields())["publications"].mutable_list_value();
      auto& fields = *publications.add_values()->mutable_struct_value()->mutable_fields();
      fields["channel"].set_string_value("marketplace");
    }
    add(passed, node);
  }
  void pass_until(const std::string& id, Stage last) {
    for (Stage stage : all_stages) {
      if (stage <= last) pass(id, stage);
    }
  }
  void fail_at(const std::string& id, Stage stage, const std::string& mode, const std::string& reason) {
    auto failed = receipt(id, stage);
    failed.clear_next();
    failed.set_status("failed");
    failed.mutable_failure()->set_mode(mode);
    failed.mutable_failure()->set_reason(reason);
    add(failed, node);
  }
  void decide(const std::string& id, const std::string& decision) {
    proto::WorkOrderDecision message;
    message.set_work_order_id(id);
    message.set_attempt(state().find(*WorkOrderId::parse(id))->attempt);
    message.set_decision(decision);
    message.set_reason("because");
    add(message, person);
  }
  void raise(const std::string& andon, const std::string& id, const std::string& stage = {}) {
    proto::AndonRaised call;
    call.set_andon_id(andon);
    call.set_work_order_id(id);
    call.set_attempt(id.empty() ? 0 : state().find(*WorkOrderId::parse(id))->attempt);
    call.set_stage(stage);
    call.set_kind("pulled");
    call.set_reason("come and see");
    call.set_severity("high");
    call.set_raised_at("2026-01-26T11:00:00Z");
    add(call, person);
  }
  void resolve(const std::string& andon, const std::string& disposition) {
    proto::AndonResolved resolved;
    resolved.set_andon_id(andon);
    resolved.set_disposition(disposition);
    add(resolved, person);
  }

  // Seals, folds and stores the message; the fold must admit it.
  template <class Message>
  void add(Message message, PrivateKey& key) {
    const uint64_t position = ++sequence;
    if constexpr (requires { message.mutable_log(); }) {
      constexpr bool is_card =
          std::is_same_v<Message, proto::Acceptance> || std::is_same_v<Message, proto::Receipt>;
      *message.mutable_log() = line::log_origin(name, state().genesis(), is_card ? 0 : position - 1);
    }
    const auto sealed = *line::seal_predicate(name, message, {{"thing", Digest::of("thing")}}, {}, key);
    const auto decoded = *LineMessage::decode(sealed.bytes);
    const auto verdict =
        shared.write([&](line::LineState& s) { return s.apply(position, sealed.subject, decoded); });
    ASSERT_TRUE(verdict.admitted) << verdict.reason;
    if (!storing) return;
    EntryFacets facets = facets_of(decoded);
    if (facets.bucket.empty() && orders.contains(facets.work_order))
      facets.bucket = orders[facets.work_order].bucket();
    Group group;
    group.admitted.push_back({{1, position}, sealed.subject, sealed.bytes, facets});
    group.next = {1, position + 1};
    ASSERT_TRUE(store->append(group).has_value());
  }

  void make_checkpoint(PrivateKey& key) {
    const Head head = store->head();
    const std::string origin = tlog::checkpoint_origin(name, head.genesis);
    const auto note_key = *tlog::NoteKey::make(origin, tlog::NoteKeyType::ed25519, key.public_key());
    ASSERT_TRUE(
        store->add_checkpoint(*tlog::sign_checkpoint({origin, head.size, head.root, {}}, note_key, key)));
  }

  const line::LineState& state() {  // for one thread only
    return *shared.read([](const line::LineState& state) { return &state; });
  }

  LineName name = LineName::literal("transport");
  test::TemporaryFolder folder;
  PrivateKey person = PrivateKey::generate(), node = PrivateKey::generate();
  std::unique_ptr<LedgerStore> store;
  line::SharedLine shared{line::LineState(name)};
  std::map<std::string, proto::WorkOrder> orders;
  uint64_t sequence = 0;
  int versions = 0;
  bool storing = true;  // false: the fold runs ahead of the ledger
};

// The same with its queries asked directly.
class AskedLine : public testing::Test {
 protected:
  nlohmann::json ask(std::string_view query, const nlohmann::json& request = nlohmann::json::object()) {
    auto reply = queries.answer(query, request);
    EXPECT_TRUE(reply.has_value()) << reply.error().message;
    return reply.value_or(nlohmann::json::object());
  }
  ErrorCode error_of(std::string_view query, const nlohmann::json& request) {
    auto reply = queries.answer(query, request);
    EXPECT_FALSE(reply.has_value()) << *reply;
    return reply ? ErrorCode::io : reply.error().code;
  }

  QueriedLine line;
  line::Peers peers;
  LedgerQueries queries{*line.store, line.shared, &peers, [] { return int64_t{5'000}; }};
};

}  // namespace tcps::ledger
