// Tables in memory that outlive their opening, so that tests can reopen, look into and damage them. For tests
// only.
#pragma once

#include <array>
#include <map>
#include <memory>

#include "actors/ledger/store/key_value/key_value_store.h"

namespace tcps::ledger {

class MemoryTables final : public KeyValueStore {
 public:
  using Rows = std::map<Bytes, Bytes, std::less<>>;
  struct Data {
    std::array<Rows, table_count> tables;
    std::optional<Error> write_error, read_error;  // what the disk says, when it fails
    Rows& rows(Table table) { return tables[static_cast<size_t>(table)]; }
  };

  explicit MemoryTables(std::shared_ptr<Data> data) : data_(std::move(data)) {}

  Status write(const WriteGroup& group) override {
    if (data_->write_error) return fail(*data_->write_error);
    for (size_t i = 0; i < group.size(); ++i) {
      const auto change = group[i];
      if (change.value) {
        data_->rows(change.table)[Bytes(change.key)] = Bytes(*change.value);
      } else {
        data_->rows(change.table).erase(Bytes(change.key));
      }
    }
    return {};
  }

  Result<std::optional<Bytes>> get(Table table, BytesView key) override {
    if (data_->read_error) return fail(*data_->read_error);
    const Rows& rows = data_->rows(table);
    const auto found = rows.find(key);
    return found == rows.end() ? std::nullopt : std::optional(found->second);
  }

  Status scan(Table table, const ScanRange& range, const RowVisitor& visitor) override {
    if (data_->read_error) return fail(*data_->read_error);
    const Rows& rows = data_->rows(table);
    auto first = rows.lower_bound(range.from);
    auto last = range.to.empty() ? rows.end() : rows.lower_bound(range.to);
    while (first != last) {
      const auto row = range.backwards ? --last : first++;
      if (!visitor(row->first, row->second)) break;
    }
    return {};
  }

 private:
  std::shared_ptr<Data> data_;
};

}  // namespace tcps::ledger
