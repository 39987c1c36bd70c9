#include "actors/ledger/store/key_value/key_value_store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

namespace tcps::ledger {
namespace {

// In the order of Table. Scattered: new keys fall everywhere among the old ones, and keys are asked for that
// may be absent. All other tables grow at their end.
struct TableLayout {
  const char* name;
  size_t block_bytes;
  bool scattered;
};
constexpr std::array<TableLayout, table_count> layouts = {{
    {"entries", 16 << 10, false},
    {"tiles", 8 << 10, false},
    {"refused", 16 << 10, false},
    {"indexes", 8 << 10, true},
    {"checkpoints", 4 << 10, false},
    {"snapshots", 64 << 10, false},
    {"meta", 4 << 10, false},
}};

constexpr int bloom_bits_per_key = 10;
constexpr uint64_t write_ahead_log_bytes_max = 64u << 20;
constexpr size_t read_ahead_bytes = 1 << 20;
constexpr int view_attempts = 20;
constexpr std::chrono::milliseconds view_pause{10};  // times the number of the attempt

// Swallows RocksDB's own log. Readers must not write to the folder, and when the owner's disk is full,
// RocksDB 7.8 ends the process at the log's first lost line, before it could report the error.
class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Slice slice(BytesView bytes) { return {bytes.data(), bytes.size()}; }
BytesView view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

Error error_of(const rocksdb::Status& status, const std::string& folder) {
  const std::string text = status.ToString();
  if (status.IsCorruption()) {
    return {ErrorCode::corrupt,
            fmt::format("{}: {}: restore this replica from a peer or a backup", folder, text)};
  }
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kNoSpace) {
    return {ErrorCode::full, fmt::format("{}: {}: make room on the disk, then start again", folder, text)};
  }
  return {ErrorCode::io, fmt::format("{}: {}: look at the disk, then start again", folder, text)};
}

// Tables and logs that a store left behind are never taken for a fresh folder: RocksDB would remove them.
bool holds_no_rows(const std::string& folder) {
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    const auto extension = file.path().extension();
    if (extension == ".sst" || extension == ".log") return false;
  }
  return !error;
}

Error opening_error_of(const rocksdb::Status& status, const std::string& folder) {
  if (status.IsIOError() && status.ToString().find("/LOCK:") != std::string::npos) {
    return {ErrorCode::conflict,
            fmt::format("{}: another process has the ledger open: stop it first", folder)};
  }
  if (status.IsTryAgain()) {
    return {ErrorCode::unavailable,
            fmt::format("{}: the ledger's tables changed at each of {} attempts to read them: try again when "
                        "its node has less to do",
                        folder, view_attempts)};
  }
  if (status.IsPathNotFound() || status.IsNotFound() || status.IsInvalidArgument()) {
    if (holds_no_rows(folder)) return {ErrorCode::not_found, fmt::format("{}: no ledger is here", folder)};
    return {ErrorCode::corrupt,
            fmt::format("{}: {}: restore this replica from a peer or a backup", folder, status.ToString())};
  }
  return error_of(status, folder);
}

rocksdb::ColumnFamilyOptions table_options(const TableLayout& layout,
                                           const std::shared_ptr<rocksdb::Cache>& cache,
                                           size_t write_buffer_bytes) {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = cache;
  blocks.block_size = layout.block_bytes;
  blocks.cache_index_and_filter_blocks = true;
  blocks.format_version = 5;
  blocks.checksum = rocksdb::kXXH3;
  if (layout.scattered) {
    // In parts of a block each, or a look-up in a large file would read megabytes of filter through the
    // cache.
    blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits_per_key));
    blocks.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    blocks.partition_filters = true;
  }

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  options.write_buffer_size = write_buffer_bytes / 2;
  if (layout.scattered) {
    options.compression = rocksdb::kLZ4Compression;
    // By levels, each new file would have its whole level written anew: a fifth of a busy node's time with
    // 350,000 entries.
    options.compaction_style = rocksdb::kCompactionStyleUniversal;
  } else {
    // The same at all levels: files that grew at their end move down as they are.
    options.compression = rocksdb::kZSTD;
    options.compression_opts.level = 1;
  }
  return options;
}

rocksdb::DBOptions database_options(const KeyValueOptions& options) {
  rocksdb::DBOptions database;
  database.env = options.disk ? options.disk.get() : rocksdb::Env::Default();
  database.create_if_missing = holds_no_rows(options.folder);
  database.create_missing_column_families = true;
  database.paranoid_checks = true;
  database.db_write_buffer_size = options.write_buffer_bytes;
  database.max_total_wal_size = write_ahead_log_bytes_max;
  database.max_background_jobs = 2;
  database.allow_concurrent_memtable_write = false;  // one writer, whose rows come in order
  database.bytes_per_sync = 1 << 20;
  database.max_bgerror_resume_count = 0;  // after a failed write nothing is tried again: the ledger stops
  database.stats_dump_period_sec = 0;
  database.stats_persist_period_sec = 0;
  database.info_log = std::make_shared<SilentLogger>();
  return database;
}

class RocksStore final : public KeyValueStore {
 public:
  RocksStore(const KeyValueOptions& options, std::unique_ptr<rocksdb::DB> database,
             std::vector<rocksdb::ColumnFamilyHandle*> handles, bool dropped_torn_write)
      : folder_(options.folder),
        disk_(options.disk),
        database_(std::move(database)),
        handles_(std::move(handles)),
        dropped_torn_write_(dropped_torn_write) {}

  ~RocksStore() override {
    for (auto* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
    database_->Close();
  }

  Status write(const WriteGroup& group) override {
    rocksdb::WriteBatch batch;
    for (size_t i = 0; i < group.size(); ++i) {
      const auto change = group[i];
      auto* handle = handle_of(change.table);
      const auto status = change.value ? batch.Put(handle, slice(change.key), slice(*change.value))
                                       : batch.Delete(handle, slice(change.key));
      if (!status.ok()) return fail(error_of(status, folder_));
    }
    rocksdb::WriteOptions options;
    options.sync = true;
    if (const auto status = database_->Write(options, &batch); !status.ok())
      return fail(error_of(status, folder_));
    return {};
  }

  Result<std::optional<Bytes>> get(Table table, BytesView key) override {
    Bytes value;
    const auto status = database_->Get({}, handle_of(table), slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return fail(error_of(status, folder_));
    return std::optional<Bytes>(std::move(value));
  }

  Status scan(Table table, const ScanRange& range, const RowVisitor& visitor) override {
    const rocksdb::Slice from = slice(range.from);
    const rocksdb::Slice to = slice(range.to);
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &from;
    if (!range.to.empty()) options.iterate_upper_bound = &to;
    options.fill_cache = !range.bulk;
    if (range.bulk) options.readahead_size = read_ahead_bytes;
    const std::unique_ptr<rocksdb::Iterator> row(database_->NewIterator(options, handle_of(table)));
    range.backwards ? row->SeekToLast() : row->SeekToFirst();
    while (row->Valid() && visitor(view(row->key()), view(row->value())))
      range.backwards ? row->Prev() : row->Next();
    if (!row->status().ok()) return fail(error_of(row->status(), folder_));
    return {};
  }

  bool dropped_torn_write() const override { return dropped_torn_write_; }

 private:
  // The default column family stands first and is not used.
  rocksdb::ColumnFamilyHandle* handle_of(Table table) const {
    return handles_[1 + static_cast<size_t>(table)];
  }

  std::string folder_;
  std::shared_ptr<rocksdb::Env> disk_;  // outlives the database
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  bool dropped_torn_write_;
};

struct Opened {
  std::unique_ptr<rocksdb::DB> database;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
};

rocksdb::Status open_with(const KeyValueOptions& options, rocksdb::WALRecoveryMode mode, Opened& opened) {
  auto database = database_options(options);
  database.wal_recovery_mode = mode;
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> tables;
  tables.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions{});
  for (const auto& layout : layouts) {
    tables.emplace_back(layout.name, table_options(layout, cache, options.write_buffer_bytes));
  }
  rocksdb::DB* raw = nullptr;
  const auto status =
      options.read_only
          ? rocksdb::DB::OpenForReadOnly(database, options.folder, tables, &opened.handles, &raw)
          : rocksdb::DB::Open(database, options.folder, tables, &opened.handles, &raw);
  opened.database.reset(raw);
  return status;
}

// The owner first insists on a log without a blemish. When that fails, only a torn end is forgiven, which is
// what a crash in the middle of an unfinished write leaves; anything else damaged stays an error.
rocksdb::Status open_owned(const KeyValueOptions& options, Opened& opened, bool& torn) {
  auto status = open_with(options, rocksdb::WALRecoveryMode::kAbsoluteConsistency, opened);
  if (!status.IsCorruption()) return status;
  status = open_with(options, rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords, opened);
  torn = status.ok();
  return status;
}

// The list of tables as it is now: the file that holds it, and that file's size, which grows with every
// change of the list. The owner changes the list before it removes a table or a log that the list made
// superfluous.
struct TableList {
  std::string file;
  uint64_t bytes = 0;
  bool operator==(const TableList& other) const { return file == other.file && bytes == other.bytes; }
};

TableList table_list_of(const KeyValueOptions& options) {
  rocksdb::Env* disk = options.disk ? options.disk.get() : rocksdb::Env::Default();
  TableList list;
  if (!rocksdb::ReadFileToString(disk, options.folder + "/CURRENT", &list.file).ok()) return {};
  const auto name = list.file.substr(0, list.file.find('\n'));
  return disk->GetFileSize(options.folder + "/" + name, &list.bytes).ok() ? list : TableList{};
}

// RocksDB reads the list of tables, then the logs. When the owner turns a log into tables in between, its
// rows are in neither, and the view has a hole that nothing else tells of. So a view counts only when the
// list stood still.
rocksdb::Status open_view(const KeyValueOptions& options, Opened& opened) {
  for (int attempt = 1; attempt <= view_attempts; ++attempt) {
    const TableList before = table_list_of(options);
    const auto status = open_with(options, rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords, opened);
    if (table_list_of(options) == before) return status;
    for (auto* handle : opened.handles) opened.database->DestroyColumnFamilyHandle(handle);
    opened = {};
    std::this_thread::sleep_for(attempt * view_pause);
  }
  return rocksdb::Status::TryAgain();
}

}  // namespace

Result<std::unique_ptr<KeyValueStore>> open_key_value_store(const KeyValueOptions& options) {
  std::error_code error;
  if (options.read_only && !std::filesystem::exists(options.folder, error)) {
    return fail(ErrorCode::not_found, fmt::format("{}: no ledger is here", options.folder));
  }
  if (!options.read_only) std::filesystem::create_directories(options.folder, error);
  if (error) return fail(ErrorCode::io, fmt::format("{}: {}", options.folder, error.message()));
  Opened opened;
  bool torn = false;
  const auto status = options.read_only ? open_view(options, opened) : open_owned(options, opened, torn);
  if (!status.ok()) return fail(opening_error_of(status, options.folder));
  return std::make_unique<RocksStore>(options, std::move(opened.database), std::move(opened.handles), torn);
}

}  // namespace tcps::ledger
