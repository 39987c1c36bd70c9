// An executor that does the work before post() returns: tests without threads.
#pragma once

#include "actors/runtime/executor.h"

namespace tcps {

class InlineExecutor final : public Executor {
 public:
  void post(std::function<void()> work) override { work(); }
};

}  // namespace tcps
