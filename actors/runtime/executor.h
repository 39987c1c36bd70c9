// Where work runs that would hold up an actor: signing, verifying, procedures. Injected, so that a test runs
// it inline (testing/inline_executor.h).
#pragma once

#include <functional>
#include <memory>

namespace tcps {

class Executor {
 public:
  virtual ~Executor() = default;
  // Thread-safe. Never runs `work` before it returns, unless inline.
  virtual void post(std::function<void()> work) = 0;
};

// A fixed number of threads. The destructor waits for what runs and drops what has not started.
class ThreadPool final : public Executor {
 public:
  explicit ThreadPool(size_t threads);
  ~ThreadPool() override;
  void post(std::function<void()> work) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps
