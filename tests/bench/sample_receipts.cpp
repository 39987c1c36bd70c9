#include "tests/bench/sample_receipts.h"

#include <google/protobuf/struct.pb.h>

#include <map>

#include "messages/iso8601.h"
#include "messages/line_message.h"

namespace tcps::bench {
namespace {

constexpr int stage_fields = 8;
constexpr int64_t began_ms = 1769421601000;  // 2026-01-26T10:00:01Z

class Maker {
 public:
  explicit Maker(SampleReceipts& sample) : sample_(sample), key_(PrivateKey::generate()) {
    sample_.station = key_.public_key();
    proto::Genesis genesis;
    genesis.set_line(sample_.line.str());
    genesis.set_rules_version(1);
    auto& entry = *genesis.add_keys();
    entry.set_key_id(key_.public_key().id().to_string());
    entry.set_public_key(key_.public_key().base64());
    entry.set_owner("node-1");
    for (const char* role : {"root", "intake", "station", "planner"}) entry.add_roles(role);
    add(genesis, {});
    genesis_ = last_.to_string();
  }

  void run_work_order(size_t number) {
    const std::string id = Digest::of("work order " + std::to_string(number)).hex();
    proto::Acceptance acceptance;
    auto& order = *acceptance.mutable_work_order();
    order.set_id(id);
    order.set_line(sample_.line.str());
    order.set_bucket("features");
    order.set_sku("transport-" + std::to_string(number % 20));
    order.set_pull_pool("any");
    order.set_created("2026-01-26T10:00:00.000Z");
    order_digest_ = work_order_digest(order).to_string();
    add(acceptance, {});
    for (const Stage stage : all_stages) add(receipt(stage, order), subjects_of(stage, id));
  }

 private:
  proto::Receipt receipt(Stage stage, const proto::WorkOrder& order) {
    proto::Receipt receipt;
    receipt.set_stage(std::string(to_string(stage)));
    receipt.set_work_order_id(order.id());
    receipt.set_work_order_digest(order_digest_);
    receipt.set_attempt(1);
    receipt.set_predecessor(last_.to_string());
    receipt.set_node("node-1");
    receipt.set_status("completed");
    receipt.set_manifest(Digest::of(order.id() + std::string(to_string(stage))).to_string());
    // As a line of 320 work orders a second leaves them.
    const int64_t ended_ms = began_ms + static_cast<int64_t>(receipts_++ * 1000 / 3500);
    receipt.set_started_at(to_iso8601(ended_ms - 250));
    receipt.set_ended_at(to_iso8601(ended_ms));
    if (const auto next = next_stage(stage)) {
      receipt.mutable_next()->set_stage(std::string(to_string(*next)));
      receipt.mutable_next()->set_pool("any");
    }
    auto& fields = *receipt.mutable_stage_fields()->mutable_fields();
    for (int i = 0; i < stage_fields; ++i) {
      fields["field_of_the_stage_" + std::to_string(i)].set_string_value(
          Digest::of(order.id() + std::to_string(i)).hex());
    }
    return receipt;
  }

  static std::vector<StatementSubject> subjects_of(Stage stage, const std::string& id) {
    std::vector<StatementSubject> subjects;
    for (const char* name : {"src/transport.erl", "test/transport_tests.erl"})
      subjects.push_back({name, Digest::of(name + id + std::string(to_string(stage)))});
    return subjects;
  }

  template <class Message>
  void add(Message message, const std::vector<StatementSubject>& subjects) {
    if constexpr (requires { message.mutable_log(); }) {
      message.mutable_log()->set_line(sample_.line.str());
      message.mutable_log()->set_genesis(genesis_);
    }
    const Bytes bytes = *seal_message(message, subjects, key_);
    const auto decoded = *LineMessage::decode(bytes);
    const uint64_t sequence = sample_.entries.size() + 1;
    sample_.entries.push_back(
        {{1, sequence}, *subject_of(sample_.line, decoded.predicate), bytes, ledger::keys_of(decoded)});
    sample_.envelope_bytes += bytes.size();
    last_ = decoded.payload_digest;
  }

  SampleReceipts& sample_;
  PrivateKey key_;
  std::string genesis_, order_digest_;
  uint64_t receipts_ = 0;
  Digest last_;
};

}  // namespace

const SampleReceipts& sample_receipts(size_t count) {
  static std::map<size_t, SampleReceipts> made;
  const auto [found, is_new] = made.try_emplace(count);
  SampleReceipts& sample = found->second;
  if (!is_new) return sample;
  Maker maker(sample);
  for (size_t number = 0; sample.entries.size() < count; ++number) maker.run_work_order(number);
  return sample;
}

}  // namespace tcps::bench
