#include "actors/ledger/replication/pages_ahead.h"

#include <algorithm>

namespace tcps::ledger {
namespace {

constexpr int tries_per_page = 3;
constexpr size_t entries_per_task = 16;

}  // namespace

PagesAhead::PagesAhead(PageSource source, uint64_t from, uint64_t target,
                       std::shared_ptr<line::SignatureMemo> memo)
    : source_(std::move(source)),
      memo_(std::move(memo)),
      decoders_(std::max(1u, std::thread::hardware_concurrency())),
      fetcher_([this, from, target] { fetch(from, target); }) {}

PagesAhead::~PagesAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  fetcher_.join();
}

void PagesAhead::keys_are(line::KeyRing keys) {
  auto ring = std::make_shared<const line::KeyRing>(std::move(keys));
  const std::lock_guard lock(mutex_);
  keys_ = std::move(ring);
}

Result<LogPage> PagesAhead::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !slots_.empty() && slots_.front()->undecoded == 0; });
  if (!slots_.front()->page) return fail(slots_.front()->page.error());
  auto page = std::move(slots_.front()->page);
  slots_.pop_front();
  changed_.notify_all();
  return page;
}

void PagesAhead::fetch(uint64_t from, uint64_t target) {
  for (bool more = from < target; more && wait_for_room();) {
    auto slot = std::make_shared<Slot>();
    slot->page = fetch_page(from, target);
    if (slot->page) slot->undecoded = slot->page->size();
    from += slot->undecoded;
    more = slot->undecoded > 0 && from < target;
    {
      const std::lock_guard lock(mutex_);
      slots_.push_back(slot);
    }
    changed_.notify_all();
    decode(slot);
  }
}

bool PagesAhead::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || slots_.size() < pages_ahead_max; });
  return !stopped_;
}

Result<LogPage> PagesAhead::fetch_page(uint64_t from, uint64_t target) {
  for (int tries = 1;; ++tries) {
    auto bytes = source_(from, target);
    if (bytes) return LogPage::parse(*bytes);
    const bool is_passing =
        bytes.error().code == ErrorCode::timeout || bytes.error().code == ErrorCode::unavailable;
    if (!is_passing || tries == tries_per_page || !wait_for_room()) return fail(bytes.error());
  }
}

void PagesAhead::decode(const std::shared_ptr<Slot>& slot) {
  const size_t count = slot->undecoded;
  for (size_t first = 0; first < count; first += entries_per_task) {
    decoders_.post([this, slot, first, end = std::min(count, first + entries_per_task)] {
      const auto keys = [this] {
        const std::lock_guard lock(mutex_);
        return keys_;
      }();
      for (size_t i = first; i < end; ++i) slot->page->decode(i, *keys, *memo_);
      {
        const std::lock_guard lock(mutex_);
        slot->undecoded -= end - first;
      }
      changed_.notify_all();
    });
  }
}

}  // namespace tcps::ledger
