#include "bus/contract/harness.h"

namespace tcps::bus::contract {
namespace {

// Every bus that keeps the contract.
constexpr Implementation implementations[] = {
    {"Nats", make_nats_harness},
    {"Sim", make_sim_harness},
};

INSTANTIATE_TEST_SUITE_P(Bus, BusContract, ::testing::ValuesIn(implementations),
                         [](const auto& info) { return info.param.name; });

}  // namespace

Result<PublishAck> BusContract::publish(PublishRequest request) {
  auto seen = std::make_shared<Seen<Result<PublishAck>>>();
  bus_->publish(std::move(request), [seen](Result<PublishAck> ack) { seen->add(std::move(ack)); });
  if (!until([&] { return seen->size() == 1; }))
    return fail(ErrorCode::io, "the publish handler was never called");
  return seen->at(0);
}

uint64_t BusContract::publish_well(const std::string& subject, Bytes payload) {
  auto ack = publish(message(subject, std::move(payload)));
  EXPECT_TRUE(ack) << ack.error().message;
  return ack ? ack->sequence : 0;
}

uint64_t BusContract::publish_stubbornly(const std::string& subject, const Bytes& payload) {
  auto request = message(subject, payload);
  request.expected_last_subject_sequence = 0;
  for (int attempt = 0; attempt < 50; ++attempt) {
    auto ack = publish(request);
    if (ack) return ack->sequence;
    if (ack.error().code == ErrorCode::conflict) return 0;  // an attempt whose outcome was unknown is stored
    harness_->pass(Milliseconds(100));
  }
  ADD_FAILURE() << "never acknowledged: " << subject;
  return 0;
}

std::unique_ptr<PullConsumer> BusContract::pull(Bus& bus, const ConsumerConfig& config,
                                                Seen<Delivery>& seen) {
  auto consumer = bus.pull(config, [&seen](Delivery delivery) { seen.add(std::move(delivery)); });
  EXPECT_TRUE(consumer) << consumer.error().message;
  return consumer ? std::move(*consumer) : nullptr;
}

}  // namespace tcps::bus::contract
