#include "actors/ledger/store/key_value/testing/key_value_store_faults.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

namespace tcps::ledger {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

IOStatus error_of(DiskEffect effect) {
  return effect == DiskEffect::full ? IOStatus::NoSpace("injected") : IOStatus::IOError("injected");
}

bool writes(DiskOperation operation) { return operation != DiskOperation::read; }

// Hands a read's bytes on with damage.
void damage(DiskEffect effect, Slice& bytes, char* scratch) {
  if (bytes.empty()) return;
  if (effect == DiskEffect::shortened) {
    bytes = Slice(bytes.data(), bytes.size() / 2);
    return;
  }
  std::memmove(scratch, bytes.data(), bytes.size());
  scratch[bytes.size() / 2] = static_cast<char>(scratch[bytes.size() / 2] ^ 16);
  bytes = Slice(scratch, bytes.size());
}

// RocksDB rests for a second after a failed flush; a test need not.
class HastyClock final : public rocksdb::SystemClockWrapper {
 public:
  HastyClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "HastyClock"; }
  void SleepForMicroseconds(int) override { SystemClockWrapper::SleepForMicroseconds(100); }
};

// The files given, everything else the machine's.
class Environment final : public rocksdb::EnvWrapper {
 public:
  explicit Environment(std::unique_ptr<rocksdb::Env> files) : EnvWrapper(std::move(files)) {
    system_clock_ = std::make_shared<HastyClock>();
  }
  const char* Name() const override { return "FaultyDisk"; }
};

bool alters(DiskEffect effect) { return effect == DiskEffect::flipped || effect == DiskEffect::shortened; }

}  // namespace

class FaultyDisk::State {
 public:
  std::optional<DiskEffect> strike(DiskOperation operation, const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (!fault_) return std::nullopt;
    const bool meant = fault_->operation == operation ||
                       (fault_->operation == DiskOperation::any_write && writes(operation));
    const auto name = std::filesystem::path(path).filename().string();
    if (!meant || name.find(fault_->file) == std::string::npos) return std::nullopt;
    if (fault_->after > 0) {
      --fault_->after;
      return std::nullopt;
    }
    ++struck_;
    const DiskEffect effect = fault_->effect;
    if (!fault_->lasting) fault_.reset();
    return effect;
  }

  void inject(std::optional<DiskFault> fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
    struck_ = 0;
  }

  size_t struck() const {
    const std::lock_guard lock(mutex_);
    return struck_;
  }

  void created(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_[path] = {};
  }
  void appended(const std::string& path, size_t bytes) {
    const std::lock_guard lock(mutex_);
    files_[path].written += bytes;
  }
  void synced(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_[path].synced = files_[path].written;
  }
  void lost(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_[path].is_lost = true;
  }
  void folder_synced(const std::string& folder) {
    const std::lock_guard lock(mutex_);
    for (auto& [path, file] : files_) {
      if (std::filesystem::path(path).parent_path() == folder) file.is_named = true;
    }
  }
  void renamed(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    auto moved = files_.extract(from);
    files_.erase(to);
    if (!moved) return;
    moved.key() = to;
    moved.mapped().is_named = true;
    files_.insert(std::move(moved));
  }
  void removed(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_.erase(path);
  }

  void restart(DiskRestart how) {
    const std::lock_guard lock(mutex_);
    fault_.reset();
    for (const auto& [path, file] : files_) {
      if (how == DiskRestart::process_died && !file.is_lost) continue;
      if (how != DiskRestart::process_died && !file.is_named) {
        std::filesystem::remove(path);
        continue;
      }
      const bool half = how == DiskRestart::power_cut_in_write && !file.is_lost;
      const size_t kept = file.synced + (half ? (file.written - file.synced) / 2 : 0);
      if (std::filesystem::file_size(path) > kept) std::filesystem::resize_file(path, kept);
    }
    files_.clear();
  }

 private:
  struct File {
    size_t written = 0, synced = 0;
    bool is_named = false;  // its folder was synced since it was created
    bool is_lost = false;
  };
  mutable std::mutex mutex_;
  std::optional<DiskFault> fault_;
  size_t struck_ = 0;
  std::map<std::string, File> files_;  // since the last restart
};

class FaultyDisk::WrittenFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WrittenFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, std::string path, std::shared_ptr<State> state)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), state_(std::move(state)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    const auto effect = state_->strike(DiskOperation::append, path_);
    const bool refused = effect && *effect != DiskEffect::torn && *effect != DiskEffect::persisted;
    if (refused) return error_of(*effect);
    const bool torn = effect == DiskEffect::torn;
    const Slice written = torn ? Slice(data.data(), data.size() / 2) : data;
    auto status = target()->Append(written, options, context);
    if (status.ok()) state_->appended(path_, written.size());
    return effect && status.ok() ? error_of(*effect) : status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    return sync([&] { return target()->Sync(options, context); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return sync([&] { return target()->Fsync(options, context); });
  }

 private:
  template <class Call>
  IOStatus sync(Call call) {
    const auto effect = state_->strike(DiskOperation::sync, path_);
    if (effect == DiskEffect::lost) state_->lost(path_);
    if (effect && *effect != DiskEffect::persisted) return error_of(*effect);
    auto status = call();
    if (status.ok()) state_->synced(path_);
    return effect && status.ok() ? error_of(*effect) : status;
  }

  std::string path_;
  std::shared_ptr<State> state_;
};

class FaultyDisk::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(std::unique_ptr<rocksdb::FSDirectory>&& folder, std::string path, std::shared_ptr<State> state)
      : FSDirectoryWrapper(std::move(folder)), path_(std::move(path)), state_(std::move(state)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return sync([&] { return FSDirectoryWrapper::Fsync(options, context); });
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* context,
                               const rocksdb::DirFsyncOptions& folder_options) override {
    return sync([&] { return FSDirectoryWrapper::FsyncWithDirOptions(options, context, folder_options); });
  }

 private:
  template <class Call>
  IOStatus sync(Call call) {
    const auto effect = state_->strike(DiskOperation::sync_folder, path_);
    if (effect && *effect != DiskEffect::persisted) return error_of(*effect);
    auto status = call();
    if (status.ok()) state_->folder_synced(path_);
    return effect && status.ok() ? error_of(*effect) : status;
  }

  std::string path_;
  std::shared_ptr<State> state_;
};

class FaultyDisk::ReadFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  ReadFile(std::unique_ptr<rocksdb::FSRandomAccessFile>&& file, std::string path,
           std::shared_ptr<State> state)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), path_(std::move(path)), state_(std::move(state)) {}

  IOStatus Read(uint64_t offset, size_t count, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* context) const override {
    const auto effect = state_->strike(DiskOperation::read, path_);
    if (effect && !alters(*effect)) return error_of(*effect);
    auto status = target()->Read(offset, count, options, result, scratch, context);
    if (status.ok() && effect) damage(*effect, *result, scratch);
    return status;
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* context) override {
    for (size_t i = 0; i < count; ++i) {
      auto& one = requests[i];
      one.status = Read(one.offset, one.len, options, &one.result, one.scratch, context);
    }
    return IOStatus::OK();
  }
  IOStatus Prefetch(uint64_t, size_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("so that every read passes through Read()");
  }

 private:
  std::string path_;
  std::shared_ptr<State> state_;
};

class FaultyDisk::StreamedFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  StreamedFile(std::unique_ptr<rocksdb::FSSequentialFile>&& file, std::string path,
               std::shared_ptr<State> state)
      : FSSequentialFileOwnerWrapper(std::move(file)), path_(std::move(path)), state_(std::move(state)) {}

  IOStatus Read(size_t count, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* context) override {
    const auto effect = state_->strike(DiskOperation::read, path_);
    if (effect && !alters(*effect)) return error_of(*effect);
    auto status = target()->Read(count, options, result, scratch, context);
    if (status.ok() && effect) damage(*effect, *result, scratch);
    return status;
  }

 private:
  std::string path_;
  std::shared_ptr<State> state_;
};

class FaultyDisk::Files final : public rocksdb::FileSystemWrapper {
 public:
  explicit Files(std::shared_ptr<State> state)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), state_(std::move(state)) {}
  const char* Name() const override { return "FaultyDisk"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* context) override {
    if (const auto effect = state_->strike(DiskOperation::create, path)) return error_of(*effect);
    auto status = FileSystemWrapper::NewWritableFile(path, options, file, context);
    if (!status.ok()) return status;
    state_->created(path);
    *file = std::make_unique<WrittenFile>(std::move(*file), path, state_);
    return status;
  }
  IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                             IODebugContext* context) override {
    auto status = FileSystemWrapper::NewSequentialFile(path, options, file, context);
    if (status.ok()) *file = std::make_unique<StreamedFile>(std::move(*file), path, state_);
    return status;
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext* context) override {
    auto status = FileSystemWrapper::NewRandomAccessFile(path, options, file, context);
    if (status.ok()) *file = std::make_unique<ReadFile>(std::move(*file), path, state_);
    return status;
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, IODebugContext* context) override {
    auto status = FileSystemWrapper::NewDirectory(path, options, folder, context);
    if (status.ok()) *folder = std::make_unique<Folder>(std::move(*folder), path, state_);
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* context) override {
    if (const auto effect = state_->strike(DiskOperation::rename, to)) return error_of(*effect);
    auto status = FileSystemWrapper::RenameFile(from, to, options, context);
    if (status.ok()) state_->renamed(from, to);
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* context) override {
    auto status = FileSystemWrapper::DeleteFile(path, options, context);
    if (status.ok()) state_->removed(path);
    return status;
  }

 private:
  std::shared_ptr<State> state_;
};

FaultyDisk::FaultyDisk()
    : state_(std::make_shared<State>()),
      environment_(std::make_shared<Environment>(rocksdb::NewCompositeEnv(std::make_shared<Files>(state_)))) {
}
FaultyDisk::~FaultyDisk() = default;

std::shared_ptr<rocksdb::Env> FaultyDisk::environment() const { return environment_; }
void FaultyDisk::inject(DiskFault fault) { state_->inject(std::move(fault)); }
void FaultyDisk::heal() { state_->inject(std::nullopt); }
size_t FaultyDisk::struck() const { return state_->struck(); }
void FaultyDisk::restart(DiskRestart how) { state_->restart(how); }

}  // namespace tcps::ledger
