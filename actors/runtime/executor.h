// Where work runs that would hold up an actor: signing, verifying, procedures. Injected, so that the
// simulator runs it inline.
#pragma once

#include <functional>
#include <memory>

namespace tcps {

class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(
      std::function<void()> work) = 0;  // thread-safe; never runs `work` before it returns, unless inline
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

class InlineExecutor final : public Executor {
 public:
  void post(std::function<void()> work) override { work(); }
};

}  // namespace tcps
