#include "tests/bench/sample_receipts.h"

#include <google/protobuf/struct.pb.h>

#include <filesystem>
#include <map>

#include "actors/ledger/certification/certificate.h"
#include "actors/line/testing/factory.h"
#include "messages/iso8601.h"
#include "messages/line_message.h"

namespace tcps::bench {
namespace {

constexpr int stage_fields = 8;
constexpr int64_t began_ms = 1769421601000;  // 2026-01-26T10:00:01Z
constexpr size_t entries_per_group = 1'000;

// One node that does everything, with one key.
class Maker {
 public:
  using Sink = std::function<void(ledger::AdmittedEntry)>;

  explicit Maker(Sink sink) : sink_(std::move(sink)), factory_(line::testing::Keys::real, "bench") {
    factory_.state.set_check([](const LineMessage&, size_t, const PublicKey&) { return true; });
    factory_.keeps_history = false;
    node_ = line::testing::make_member(line::testing::Keys::real, "node-a",
                                       {Role::root, Role::operator_, Role::station, Role::intake,
                                        Role::planner, Role::supervisor, Role::replica});
    auto genesis = factory_.genesis();
    genesis.clear_keys();
    *genesis.add_keys() = node_.grant;
    add(genesis);
    add(factory_.claim(Role::planner, node_));
    add(factory_.claim(Role::supervisor, node_));
    add(factory_.product());
  }

  void run_work_order(size_t number) {
    const std::string signal = std::to_string(number);
    add(factory_.acceptance(signal, all_buckets[number % all_buckets.size()]));
    const auto id = work_order_id(factory_.line, "github", signal);
    while (const auto* order = factory_.state.find(id)) add(receipt(*order), subjects_of(*order));
  }

  Signer& signer() const { return *node_.signer; }
  const line::LineState& fold() const { return factory_.state; }
  uint64_t made() const { return factory_.position; }

 private:
  proto::Receipt receipt(const line::WorkOrderState& order) const {
    auto receipt = factory_.passed(order);
    // As a line of 320 work orders a second leaves them.
    const int64_t ended_ms = began_ms + static_cast<int64_t>(made() * 1000 / 3500);
    receipt.set_node(node_.owner);
    receipt.set_started_at(to_iso8601(ended_ms - 250));
    receipt.set_ended_at(to_iso8601(ended_ms));
    auto& fields = *receipt.mutable_stage_fields()->mutable_fields();
    for (int i = 0; i < stage_fields; ++i) {
      fields["field_of_the_stage_" + std::to_string(i)].set_string_value(
          Digest::of(order.id.str() + std::to_string(i)).hex());
    }
    return receipt;
  }

  static std::vector<StatementSubject> subjects_of(const line::WorkOrderState& order) {
    std::vector<StatementSubject> subjects;
    for (const char* name : {"src/transport.erl", "test/transport_tests.erl"})
      subjects.push_back({name, Digest::of(name + order.id.str() + std::string(to_string(order.stage)))});
    return subjects;
  }

  void add(const Predicate& predicate, const std::vector<StatementSubject>& subjects = {}) {
    line::testing::Sent sent;
    sent.subject = subject_of(factory_.line, predicate).value();
    sent.bytes = seal_message(predicate, subjects, *node_.signer).value();
    sent.message = LineMessage::decode(sent.bytes).value();
    ledger::AdmittedEntry entry{
        {1, factory_.position + 1}, sent.subject, sent.bytes, ledger::facets_of(sent.message)};
    const auto verdict = factory_.apply(std::move(sent));
    if (!verdict.admitted) throw std::logic_error("the line refuses a sample: " + verdict.reason);
    sink_(std::move(entry));
  }

  Sink sink_;
  line::testing::Factory factory_;
  line::testing::Member node_;
};

}  // namespace

const SampleReceipts& sample_receipts(size_t count) {
  static std::map<size_t, SampleReceipts> made;
  const auto [found, is_new] = made.try_emplace(count);
  SampleReceipts& sample = found->second;
  if (!is_new) return sample;
  Maker maker([&](ledger::AdmittedEntry entry) {
    sample.envelope_bytes += entry.envelope.size();
    sample.entries.push_back(std::move(entry));
  });
  sample.station = maker.signer().public_key();
  for (size_t number = 0; sample.entries.size() < count; ++number) maker.run_work_order(number);
  return sample;
}

void make_ledger(const std::string& data_folder, size_t count) {
  const LineName line = LineName::literal("bench");
  const std::string folder = data_folder + "/lines/" + line.str();
  std::filesystem::create_directories(folder);
  const auto store = *ledger::LedgerStore::open({.data_folder = folder});
  TCPS_CHECK(store->head().size == 0);
  ledger::Group group;
  const auto append = [&] {
    TCPS_CHECK(store->append(group).has_value());
    group = {};
  };
  Maker maker([&](ledger::AdmittedEntry entry) {
    group.next = {1, entry.position.sequence + 1};
    group.admitted.push_back(std::move(entry));
    if (group.admitted.size() == entries_per_group) append();
  });
  for (size_t number = 0; maker.made() < count; ++number) maker.run_work_order(number);
  group.next = {1, maker.made() + 1};
  group.snapshot = maker.fold().save();
  append();
  const auto head = store->head();
  const auto origin = tlog::checkpoint_origin(line, head.genesis);
  const auto checkpoint =
      tlog::sign_checkpoint({origin, head.size, head.root, {}},
                            *ledger::proposer_key(origin, maker.signer().public_key()), maker.signer());
  TCPS_CHECK(store->add_checkpoint(*checkpoint).has_value());
}

}  // namespace tcps::bench
