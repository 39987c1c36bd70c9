// Order, bounds and the memo of the pipeline, on real threads.
#include "actors/line/following/decode_pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "actors/line/testing/factory.h"
#include "actors/runtime/testing/inline_executor.h"

namespace tcps::line {
namespace {

using testing::Factory;
using testing::Keys;

// Collects what comes out, and says so in place of the line actor.
struct Collected {
  std::mutex mutex;
  std::condition_variable more;
  std::vector<uint64_t> sequences;
  size_t undecodable = 0;

  void take(const DecodedBatch& batch) {
    std::lock_guard lock(mutex);
    for (const auto& decoded : batch) {
      sequences.push_back(decoded.delivery.sequence);
      undecodable += !decoded.message;
    }
    more.notify_all();
  }
  bool wait_for(size_t count) {
    std::unique_lock lock(mutex);
    return more.wait_for(lock, std::chrono::seconds(60), [&] { return sequences.size() >= count; });
  }
};

struct Pipeline : ::testing::Test {
  Pipeline() : factory(Keys::real) {
    factory.begin();
    auto id = factory.accept("s-1");
    good = factory.seal(factory.passed(factory.order(id)), factory.node_a).bytes;
    line = std::make_unique<SharedLine>(factory.state);
  }
  bus::Delivery delivery(uint64_t sequence) const {
    return {"subject", sequence % 5 == 0 ? Bytes("garbage") : good, sequence, 0, {}};
  }

  Factory factory;
  Bytes good;
  std::unique_ptr<SharedLine> line;
  SignatureMemo memo;
  Collected out;
};

TEST_F(Pipeline, GivesMessagesOnInOrderWhicheverThreadIsFirst) {
  ThreadPool pool(4);
  auto pipeline = std::make_shared<DecodePipeline>(
      pool, *line, memo, [&](std::shared_ptr<DecodedBatch> batch) { out.take(*batch); });
  constexpr uint64_t count = 2'000;
  for (uint64_t i = 1; i <= count; ++i) pipeline->push(delivery(i));
  ASSERT_TRUE(out.wait_for(count));
  for (uint64_t i = 1; i <= count; ++i) ASSERT_EQ(out.sequences[i - 1], i);
  EXPECT_EQ(out.undecodable, count / 5);
  pipeline->stop();
}

TEST_F(Pipeline, HoldsBackTheBusUntilTheFoldHasCaughtUp) {
  InlineExecutor inline_executor;
  auto pipeline = std::make_shared<DecodePipeline>(
      inline_executor, *line, memo, [&](std::shared_ptr<DecodedBatch> batch) { out.take(*batch); });
  std::atomic<uint64_t> pushed{0};
  std::thread bus([&] {
    for (uint64_t i = 1; i <= 5'000; ++i) {
      pipeline->push({"subject", "garbage", i, 0, {}});
      ++pushed;
    }
  });
  ASSERT_TRUE(out.wait_for(4'096));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(pushed, 4'096u);
  pipeline->release(4'096);
  EXPECT_TRUE(out.wait_for(5'000));
  bus.join();
}

TEST_F(Pipeline, LetsNobodyWaitOnceItIsStopped) {
  InlineExecutor inline_executor;
  auto pipeline = std::make_shared<DecodePipeline>(
      inline_executor, *line, memo, [&](std::shared_ptr<DecodedBatch> batch) { out.take(*batch); });
  std::thread bus([&] {
    for (uint64_t i = 1; i <= 5'000; ++i) pipeline->push({"subject", "garbage", i, 0, {}});
  });
  ASSERT_TRUE(out.wait_for(4'096));
  pipeline->stop();
  bus.join();
  EXPECT_EQ(out.sequences.size(), 4'096u);
}

TEST(SignatureMemo, AnswersAsADirectCheckWould) {
  Factory f(Keys::real);
  f.begin();
  auto sent = f.seal(f.acceptance("s-1"), f.node_a);
  const auto& key = f.node_a.signer->public_key();
  const auto& other = f.node_b.signer->public_key();
  SignatureMemo memo;
  EXPECT_TRUE(memo.check(sent.message, 0, key));
  EXPECT_FALSE(memo.check(sent.message, 0, other));
  memo.verify_ahead(sent.message, key);
  EXPECT_TRUE(memo.check(sent.message, 0, key));
  memo.verify_ahead(sent.message, key);
  EXPECT_FALSE(memo.check(sent.message, 0, other));  // verified ahead by a key that does not count any more
  memo.verify_ahead(sent.message, other);
  EXPECT_TRUE(memo.check(sent.message, 0, key));
  memo.verify_ahead(sent.message, other);
  EXPECT_FALSE(memo.check(sent.message, 0, other));
}

}  // namespace
}  // namespace tcps::line
