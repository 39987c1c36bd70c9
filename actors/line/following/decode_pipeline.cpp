#include "actors/line/following/decode_pipeline.h"

#include <utility>

namespace tcps::line {

DecodePipeline::DecodePipeline(Executor& executor, const SharedLine& line, SignatureMemo& memo, Sink sink)
    : executor_(executor), line_(line), memo_(memo), sink_(std::move(sink)) {}

void DecodePipeline::push(bus::Delivery delivery) {
  auto slot = std::make_shared<Slot>();
  slot->delivery = std::move(delivery);
  bool alone = false;
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped_ || under_way_ < under_way_max; });
    if (stopped_) return;
    alone = under_way_++ == 0;
    queue_.push_back(slot);
  }
  if (alone) return decode(slot);  // nothing to overtake: to wake another thread would take longer
  executor_.post([self = shared_from_this(), slot] { self->decode(slot); });
}

void DecodePipeline::decode(const std::shared_ptr<Slot>& slot) {
  auto message = LineMessage::decode(slot->delivery.payload);
  if (message && message->envelope.signatures.size() == 1) {
    auto key = line_.read([&](const LineState& line) -> std::optional<PublicKey> {
      const auto* grant = line.keys().find(message->envelope.signatures.front().key_id);
      if (grant == nullptr) return std::nullopt;
      return grant->key;
    });
    if (key) memo_.verify_ahead(*message, *key);
  }
  finish(slot, std::move(message));
}

void DecodePipeline::finish(const std::shared_ptr<Slot>& slot, Result<LineMessage> message) {
  std::lock_guard lock(mutex_);
  slot->message = std::move(message);
  auto batch = std::make_shared<DecodedBatch>();
  while (!queue_.empty() && queue_.front()->message) {
    batch->push_back({std::move(queue_.front()->delivery), std::move(*queue_.front()->message)});
    queue_.pop_front();
  }
  if (!batch->empty() && !stopped_) sink_(std::move(batch));
}

void DecodePipeline::release(size_t count) {
  std::lock_guard lock(mutex_);
  under_way_ -= count;
  room_.notify_all();
}

void DecodePipeline::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  room_.notify_all();
}

}  // namespace tcps::line
