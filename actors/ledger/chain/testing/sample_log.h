// A small line with keys that signs whole work orders, as the bus would carry them. For tests only.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "messages/line_message.h"

namespace tcps::ledger {

// As the bus carried it.
struct SampleEntry {
  uint64_t sequence = 0;
  std::string subject;
  Bytes envelope;
  LineMessage message;
  std::string work_order, stage;  // that it is about, where it is about one
  std::string bucket;             // of the newest work order
};

class SampleLog {
 public:
  SampleLog() {
    proto::Genesis genesis;
    genesis.set_line(line.str());
    genesis.set_rules_version(1);
    for (auto [key, owner, role] :
         {std::tuple(&root, "root", "root"), std::tuple(&intake, "node-1", "intake"),
          std::tuple(&station, "node-1", "station"), std::tuple(&planner, "node-1", "planner"),
          std::tuple(&person, "ann", "operator"), std::tuple(&replica, "node-1", "replica")}) {
      *genesis.add_keys() = entry_of(*key, owner, role);
    }
    add(genesis, root);
    genesis_digest = last.to_string();
  }

  static proto::PublicKeyEntry entry_of(const PrivateKey& key, const std::string& owner,
                                        const std::string& role) {
    proto::PublicKeyEntry entry;
    entry.set_key_id(key.public_key().id().to_string());
    entry.set_public_key(key.public_key().base64());
    entry.set_owner(owner);
    entry.add_roles(role);
    return entry;
  }

  void accept(const std::string& id) {
    proto::Acceptance acceptance;
    acceptance.mutable_work_order()->set_id(id);
    acceptance.mutable_work_order()->set_line(line.str());
    acceptance.mutable_work_order()->set_bucket("security");
    acceptance.mutable_work_order()->set_sku("transport");
    acceptance.mutable_work_order()->set_pull_pool("any");
    acceptance.mutable_work_order()->set_created("2026-01-26T10:00:00Z");
    work_order = acceptance.work_order();
    attempt = 1;
    add(acceptance, intake);
    passed = last;
  }

  proto::Receipt receipt(Stage stage) const {
    proto::Receipt receipt;
    receipt.set_stage(std::string(to_string(stage)));
    receipt.set_work_order_id(work_order.id());
    receipt.set_work_order_digest(work_order_digest(work_order).to_string());
    receipt.set_attempt(attempt);
    receipt.set_predecessor(last.to_string());
    receipt.set_node("node-1");
    receipt.set_status("completed");
    receipt.set_ended_at(fmt::format("2026-01-26T10:{:02}:00Z", static_cast<int>(stage)));
    if (const auto next = next_stage(stage)) {
      receipt.mutable_next()->set_stage(std::string(to_string(*next)));
      receipt.mutable_next()->set_pool("any");
    }
    return receipt;
  }

  void pass(Stage stage) {
    add(receipt(stage), stage == Stage::plan ? planner : station);
    passed = last;
  }

  void fail_at(Stage stage, const std::string& mode) {
    auto failed = receipt(stage);
    failed.clear_next();
    failed.set_status("failed");
    failed.mutable_failure()->set_mode(mode);
    add(failed, station);
  }

  void resume_at(Stage stage) {
    proto::WorkOrderDecision decision;
    decision.set_work_order_id(work_order.id());
    decision.set_attempt(attempt++);
    decision.set_decision("resume");
    add(decision, person);
    proto::Dispatch dispatch;
    dispatch.set_work_order_id(work_order.id());
    dispatch.set_attempt(attempt);
    dispatch.mutable_next()->set_stage(std::string(to_string(stage)));
    dispatch.mutable_next()->set_pool("any");
    dispatch.set_predecessor(passed.to_string());
    add(dispatch, planner);
  }

  void run_whole(const std::string& id) {
    accept(id);
    for (Stage stage : all_stages) pass(stage);
  }

  // Signs the message and puts it at the end of the log, on the subject of its content.
  template <class Message>
  void add(Message message, PrivateKey& key) {
    if constexpr (requires { message.mutable_log(); }) {
      message.mutable_log()->set_line(line.str());
      message.mutable_log()->set_genesis(genesis_digest);
    }
    const Bytes bytes = *seal_message(message, {}, key);
    const auto decoded = *LineMessage::decode(bytes);
    SampleEntry entry{++sequence,         *subject_of(line, decoded.predicate), bytes, decoded, {}, {},
                      work_order.bucket()};
    if constexpr (requires { message.work_order_id(); }) entry.work_order = message.work_order_id();
    if constexpr (requires { message.work_order(); }) entry.work_order = message.work_order().id();
    if constexpr (requires { message.stage(); }) entry.stage = message.stage();
    entries.push_back(std::move(entry));
    last = decoded.payload_digest;
  }

  LineName line = LineName::literal("transport");
  PrivateKey root = PrivateKey::generate(), intake = PrivateKey::generate(), station = PrivateKey::generate(),
             planner = PrivateKey::generate(), person = PrivateKey::generate(),
             replica = PrivateKey::generate();
  std::string genesis_digest;
  proto::WorkOrder work_order;
  uint32_t attempt = 1;
  uint64_t sequence = 0;
  Digest last;    // payload digest of the newest message
  Digest passed;  // of the last passed outcome
  std::vector<SampleEntry> entries;
};

}  // namespace tcps::ledger
