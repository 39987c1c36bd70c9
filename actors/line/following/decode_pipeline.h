// Decodes and verifies the line's messages on the executor and gives them on in stream order. Bounded: push()
// waits when too many are under way, which holds back the bus and nothing else.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/line/following/shared_line.h"
#include "actors/line/following/signature_memo.h"
#include "actors/runtime/executor.h"
#include "bus/bus.h"

namespace tcps::line {

struct DecodedMessage {
  bus::Delivery delivery;
  Result<LineMessage> message;
};
using DecodedBatch = std::vector<DecodedMessage>;

class DecodePipeline : public std::enable_shared_from_this<DecodePipeline> {
 public:
  using Sink =
      std::function<void(std::shared_ptr<DecodedBatch>)>;  // called in order, under a lock: must be quick

  DecodePipeline(Executor& executor, const SharedLine& line, SignatureMemo& memo, Sink sink);

  void push(bus::Delivery delivery);  // from the bus
  void release(size_t count);         // so many were folded
  void stop();                        // push() returns at once from now on

 private:
  struct Slot {
    bus::Delivery delivery;
    std::optional<Result<LineMessage>> message;
  };
  void decode(const std::shared_ptr<Slot>& slot);
  void finish(const std::shared_ptr<Slot>& slot, Result<LineMessage> message);

  static constexpr size_t under_way_max = 4'096;

  Executor& executor_;
  const SharedLine& line_;
  SignatureMemo& memo_;
  Sink sink_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::shared_ptr<Slot>> queue_;
  size_t under_way_ = 0;
  bool stopped_ = false;
};

}  // namespace tcps::line
