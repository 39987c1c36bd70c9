// Pages of a peer's log, fetched, decoded and verified by threads of their own ahead of the one that folds
// and appends them: a rebuild then goes as fast as the machine verifies, not as one core does.
//
// Bounded: at most pages_ahead_max pages wait for next(), the one that is being fetched among them. Threads:
// next() and keys_are() for one thread; the source is called from another, one call at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "actors/ledger/replication/rebuild.h"
#include "actors/runtime/executor.h"

namespace tcps::ledger {

inline constexpr size_t pages_ahead_max = 4;

// Where pages come from: entries from `from` on, proved against the tree of `target` entries.
using PageSource = std::function<Result<Bytes>(uint64_t from, uint64_t target)>;

class PagesAhead {
 public:
  // Of entries [from, target). A page that does not come in time is asked for again, a few times.
  PagesAhead(PageSource source, uint64_t from, uint64_t target, std::shared_ptr<line::SignatureMemo> memo);
  ~PagesAhead();  // waits for the source's answer

  // Signatures are verified ahead by these keys from now on; those of other keys wait for the fold.
  void keys_are(line::KeyRing keys);
  // The next page, every entry decoded. Waits for it. Errors: those of the source and of LogPage; likewise
  // every time after.
  Result<LogPage> next();

 private:
  struct Slot {
    Result<LogPage> page;
    size_t undecoded = 0;
  };
  void fetch(uint64_t from, uint64_t target);
  Result<LogPage> fetch_page(uint64_t from, uint64_t target);
  bool wait_for_room();  // false: stopped
  void decode(const std::shared_ptr<Slot>& slot);

  const PageSource source_;
  const std::shared_ptr<line::SignatureMemo> memo_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Slot>> slots_;
  std::shared_ptr<const line::KeyRing> keys_ = std::make_shared<line::KeyRing>();
  bool stopped_ = false;
  ThreadPool decoders_;
  std::thread fetcher_;
};

}  // namespace tcps::ledger
