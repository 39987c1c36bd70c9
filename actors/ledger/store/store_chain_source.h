// A store's entries as chain verification takes them.
#pragma once

#include "actors/ledger/chain/chain.h"
#include "actors/ledger/store/ledger_store.h"

namespace tcps::ledger {

class StoreChainSource final : public ChainSource {
 public:
  explicit StoreChainSource(LedgerStore& store) : store_(store) {}
  Status entries(const EntryVisitor& visitor) override;
  Status entries_about(const std::string& work_order, const EntryVisitor& visitor) override;
  Result<std::vector<Digest>> inclusion(uint64_t index, uint64_t size) override {
    return store_.inclusion(index, size);
  }
  EntryLabel label(uint64_t index) override;

 private:
  LedgerStore& store_;
};

}  // namespace tcps::ledger
