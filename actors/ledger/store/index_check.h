// Checks that the index table of a store holds exactly the items that its entries call for, in one pass over
// the table and in flat memory: the items that summaries call for and those that are there must be equal as
// multisets. Each side is a sum of keyed hashes, which nobody without the seed can make equal on purpose.
// Whether a summary is that of its entry is for replica_check.h.
#pragma once

#include <cstdint>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::ledger {

class IndexCheck {
 public:
  struct Seed {
    uint64_t first = 0, second = 0;  // random
  };
  // Items of entries from `size` on are passed over: a replica may be appending.
  IndexCheck(uint64_t size, Seed seed) : size_(size), seed_(seed) {}

  // Errors: corrupt, naming the row.
  Status take(BytesView key, BytesView value);
  // After the last row. Errors: corrupt.
  Status finish() const;
  uint64_t items() const { return items_; }

 private:
  struct Sum {
    uint64_t first = 0, second = 0;
    friend bool operator==(const Sum&, const Sum&) = default;
  };
  void add(Sum& sum, BytesView key, BytesView value) const;
  Status take_posting(BytesView key, BytesView value);

  uint64_t size_;
  Seed seed_;
  uint64_t items_ = 0, items_due_ = 0, summaries_ = 0;
  Sum there_, due_;
};

}  // namespace tcps::ledger
