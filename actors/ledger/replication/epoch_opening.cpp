#include "actors/ledger/replication/epoch_opening.h"

#include <algorithm>
#include <future>

#include "messages/iso8601.h"
#include "messages/line_message.h"
#include "messages/subjects.h"

namespace tcps::ledger {
namespace {

Result<bus::PublishAck> publish(bus::Bus& bus, bus::PublishRequest request) {
  auto answered = std::make_shared<std::promise<Result<bus::PublishAck>>>();
  auto answer = answered->get_future();
  bus.publish(std::move(request),
              [answered](Result<bus::PublishAck> ack) { answered->set_value(std::move(ack)); });
  return answer.get();
}

Result<Bytes> seal_epoch(const EpochOpening& opening, uint64_t first_sequence, std::string& subject) {
  const auto head = opening.store->head();
  proto::EpochBegun begun;
  begun.mutable_log()->set_line(opening.fold->line().str());
  begun.mutable_log()->set_genesis(opening.fold->genesis());
  begun.mutable_log()->set_seen(opening.fold->position());
  begun.set_epoch(opening.fold->epoch() + 1);
  begun.set_first_sequence(first_sequence);
  begun.set_size(head.size);
  begun.set_root(head.root.to_string());
  begun.set_by(opening.by);
  begun.set_at(to_iso8601(opening.unix_ms));
  subject = TCPS_TRY(subject_of(opening.fold->line(), begun));
  return seal_message(begun, {}, *opening.signer);
}

// The fold refuses the copies, for the cards are open already; stations know a card by its content.
Status put_cards_back(const EpochOpening& opening, const std::string& stream) {
  std::vector<const line::WorkOrderState*> open;
  for (const auto& [id, order] : opening.fold->work_orders()) {
    if (order.phase == line::Phase::working) open.push_back(&order);
  }
  std::sort(open.begin(), open.end(),
            [](const auto* a, const auto* b) { return a->card_position < b->card_position; });
  for (const auto* order : open) {
    auto index = TCPS_TRY(opening.store->find_payload(order->card));
    auto entry = TCPS_TRY(opening.store->entry(index));
    TCPS_TRY(publish(*opening.bus, {stream, entry.subject(), entry.envelope(), {}, std::nullopt}));
  }
  return {};
}

}  // namespace

Status open_epoch(const EpochOpening& opening, uint64_t first_sequence) {
  const auto& line = opening.fold->line();
  // All of them: an older copy of the bus may hold an epoch that was given up long ago, as if it were in
  // force.
  for (uint32_t epoch = 1; epoch <= opening.fold->epoch(); ++epoch) {
    auto retired = opening.bus->retire_stream(stream_name(line, epoch));
    if (!retired && retired.error().code != ErrorCode::not_found) return retired;
  }
  auto config = opening.stream;
  config.name = stream_name(line, opening.fold->epoch() + 1);
  config.first_sequence = first_sequence;
  auto made = TCPS_TRY(opening.bus->ensure_stream(config));
  if (made.messages > 0) return fail(ErrorCode::conflict, "another node has opened " + config.name);
  first_sequence = made.last_sequence + 1;  // as it was made, perhaps by a node that died then
  std::string subject;
  auto begun = TCPS_TRY(seal_epoch(opening, first_sequence, subject));
  TCPS_TRY(publish(*opening.bus, {config.name, subject, std::move(begun), {}, 0}));
  return put_cards_back(opening, config.name);
}

}  // namespace tcps::ledger
