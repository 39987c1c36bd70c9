#include "actors/runtime/executor.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

namespace tcps {

struct ThreadPool::Impl {
  explicit Impl(size_t threads) : pool(threads) {}
  boost::asio::thread_pool pool;
};

ThreadPool::ThreadPool(size_t threads) : impl_(std::make_unique<Impl>(threads)) {}

ThreadPool::~ThreadPool() {
  impl_->pool.stop();
  impl_->pool.join();
}

void ThreadPool::post(std::function<void()> work) { boost::asio::post(impl_->pool, std::move(work)); }

}  // namespace tcps
