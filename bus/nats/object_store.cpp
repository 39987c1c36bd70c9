#include "bus/nats/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "bus/nats/jet_api.h"
#include "messages/files.h"
#include "messages/iso8601.h"

namespace tcps::bus {
namespace {

using nlohmann::json;

constexpr size_t chunk_bytes = 128 * 1024;
constexpr size_t chunks_in_flight_max = 16;
constexpr int64_t refresh_age_ms =
    1'000;  // an object stored longer ago is marked as stored now, when it is put again
constexpr int store_attempts_max = 8;
constexpr int64_t orphan_age_ms = 24LL * 3600 * 1000;
constexpr Milliseconds duplicate_window{120'000};
constexpr const char* discarded_key = "tcps.dev/discarded";  // in the metadata of a meta message: why

std::string to_base64url(BytesView bytes) {
  std::string text = to_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string digest_word(const Digest& digest) { return "SHA-256=" + to_base64url(digest.raw()); }

using Source = std::function<Result<Bytes>()>;  // the next chunk; empty at the end
using Sink = std::function<Status(BytesView bytes)>;

// Publishes of one put that still lack their acknowledgement.
class Window {
 public:
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ < chunks_in_flight_max; });
    ++open_;
  }
  void leave(const Status& status) {
    std::lock_guard lock(mutex_);
    --open_;
    if (!status && first_) first_ = status;
    changed_.notify_all();
  }
  Status drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ == 0; });
    return first_;
  }
  bool good() {
    std::lock_guard lock(mutex_);
    return first_.has_value();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t open_ = 0;
  Status first_;
};

class NatsObjectStore : public ObjectStore {
 public:
  NatsObjectStore(std::shared_ptr<Link> link, std::string bucket)
      : link_(std::move(link)), bucket_(std::move(bucket)), stream_("OBJ_" + bucket_) {}

  Status create(uint64_t bytes_max, int replicas) {
    if (bytes_max == 0) {
      TCPS_TRY(jet_call(*link_, "STREAM.INFO." + stream_, nullptr));
      return {};
    }
    const json config{
        {"name", stream_},           {"subjects", {"$O." + bucket_ + ".C.>", "$O." + bucket_ + ".M.>"}},
        {"retention", "limits"},     {"discard", "new"},
        {"storage", "file"},         {"max_bytes", bytes_max},
        {"num_replicas", replicas},  {"duplicate_window", nanoseconds(duplicate_window)},
        {"allow_rollup_hdrs", true}, {"allow_direct", true}};
    TCPS_TRY(create_stream(*link_, config, {"max_bytes", "num_replicas"}));
    return sweep_orphans();
  }

  Status put_file(const Digest& digest, const std::string& path) override {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(ErrorCode::io, "cannot read " + path + ": check that it exists and may be read");
    return store(digest, [&file, &path]() -> Result<Bytes> {
      Bytes chunk(chunk_bytes, '\0');
      file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
      if (file.bad()) return fail(ErrorCode::io, "reading " + path + " failed: check the disk");
      chunk.resize(static_cast<size_t>(file.gcount()));
      return chunk;
    });
  }

  Status put(const Digest& digest, BytesView bytes) override {
    return store(digest, [bytes]() mutable -> Result<Bytes> {
      Bytes chunk(bytes.substr(0, chunk_bytes));
      bytes.remove_prefix(chunk.size());
      return chunk;
    });
  }

  Status get_file(const Digest& digest, const std::string& path) override {
    auto meta = TCPS_TRY(find(digest));
    FileReplacement file(path);
    auto written = load(digest, meta, [&file](BytesView bytes) { return file.write(bytes); });
    return written ? file.commit() : written;
  }

  Result<Bytes> get(const Digest& digest, size_t bytes_max) override {
    auto meta = TCPS_TRY(find(digest));
    const auto size = number_in(meta, "size");
    const auto too_large = [&] {
      return fail(ErrorCode::full, fmt::format("object {} has more than {} bytes; fetch it to a file",
                                               digest.hex(), bytes_max));
    };
    if (size > bytes_max) return too_large();
    Bytes all;
    all.reserve(size);
    TCPS_TRY(load(digest, meta, [&](BytesView bytes) -> Status {
      if (all.size() + bytes.size() > bytes_max) return too_large();
      all += bytes;
      return {};
    }));
    return all;
  }

  Result<bool> contains(const Digest& digest) override {
    auto meta = find(digest);
    if (meta) return true;
    if (meta.error().code == ErrorCode::not_found) return false;
    return fail(meta.error());
  }

  Result<std::vector<ObjectInfo>> list() override {
    std::vector<ObjectInfo> infos;
    TCPS_TRY(each_meta([&infos](const json& meta, uint64_t sequence) {
      auto digest = Digest::parse(text_in(meta, "name"));
      if (digest) infos.push_back({*digest, number_in(meta, "size"), stored_unix_ms(meta), sequence});
    }));
    return infos;
  }

  // The mark in the meta message's place goes first: what is half discarded is gone for readers, and its
  // chunks are swept as orphans. The mark is refused when the object was stored again meanwhile.
  Status discard(const ObjectInfo& seen, const std::string& why) override {
    auto there = TCPS_TRY(find_meta(seen.digest));
    const std::string nuid = text_in(there.meta, "nuid");
    const bool has_chunks = number_in(there.meta, "chunks") != 0;
    if (there.sequence != seen.revision || flag_in(there.meta, "deleted"))
      return fail(ErrorCode::conflict,
                  "object " + seen.digest.hex() + " was stored again, or is gone: list anew");
    json mark{{"name", seen.digest.hex()},
              {"bucket", bucket_},
              {"nuid", nuid},
              {"size", 0},
              {"chunks", 0},
              {"deleted", true},
              {"metadata", {{discarded_key, why}}}};
    TCPS_TRY(publish_meta(seen.digest, mark, seen.revision));
    return has_chunks ? purge(*link_, stream_, {{"filter", chunk_subject(nuid)}}) : Status{};
  }

 private:
  std::string meta_subject(const Digest& digest) const {
    return "$O." + bucket_ + ".M." + to_base64url(digest.hex());
  }
  std::string chunk_subject(const std::string& nuid) const { return "$O." + bucket_ + ".C." + nuid; }
  std::string fresh_nuid() const {
    const std::string inbox = link_->new_inbox();
    return inbox.substr(inbox.rfind('.') + 1);
  }

  struct StoredMeta {
    json meta;
    uint64_t sequence = 0;
  };

  // As it lies there, also of an object that was discarded.
  Result<StoredMeta> find_meta(const Digest& digest) {
    auto message = stored_message(*link_, stream_, {{"last_by_subj", meta_subject(digest)}});
    if (!message) return fail(message.error().at("object " + digest.hex()));
    auto meta = json::parse(message->payload, nullptr, false);
    if (!meta.is_object()) return fail(damaged(digest, "its meta message is no JSON object"));
    return StoredMeta{std::move(meta), message->sequence};
  }

  Result<json> find(const Digest& digest) {
    auto there = TCPS_TRY(find_meta(digest));
    if (!flag_in(there.meta, "deleted")) return std::move(there.meta);
    const std::string why = text_in(part_of(there.meta, "metadata"), discarded_key);
    return fail(ErrorCode::not_found,
                fmt::format("object {} was {} (since {})", digest.hex(), why.empty() ? "deleted" : why,
                            text_in(there.meta, "mtime")));
  }

  static Error damaged(const Digest& digest, const std::string& how) {
    return {ErrorCode::corrupt,
            fmt::format("object {} is damaged: {}; remove it and store it again", digest.hex(), how)};
  }

  // An object that lies there is stored anew by its meta message alone: so who discards what has not been
  // stored for long sees it, or has been first.
  Result<bool> refresh(const Digest& digest) {
    for (int attempt = 0; attempt < store_attempts_max; ++attempt) {
      auto there = find_meta(digest);
      if (!there && there.error().code == ErrorCode::not_found) return false;
      if (!there) return fail(there.error());
      if (flag_in(there->meta, "deleted")) return false;
      if (std::time(nullptr) * 1000 - stored_unix_ms(there->meta) <= refresh_age_ms) return true;
      auto refreshed = publish_meta(digest, there->meta, there->sequence);
      if (refreshed) return true;
      if (refreshed.error().code != ErrorCode::conflict) return fail(refreshed.error());
    }
    return fail(ErrorCode::unavailable,
                "object " + digest.hex() + " is stored by many at once: store it again later");
  }

  Status store(const Digest& digest, const Source& source) {
    auto there = refresh(digest);
    if (!there || *there) return there ? Status{} : Status{fail(there.error())};
    const std::string nuid = fresh_nuid();
    json meta{{"name", digest.hex()},
              {"bucket", bucket_},
              {"nuid", nuid},
              {"options", {{"max_chunk_size", chunk_bytes}}}};
    auto stored = store_chunks(digest, chunk_subject(nuid), source, meta);
    if (stored) stored = publish_meta(digest, meta);
    if (!stored) (void)purge(*link_, stream_, {{"filter", chunk_subject(nuid)}});
    return stored;
  }

  Status store_chunks(const Digest& digest, const std::string& subject, const Source& source, json& meta) {
    auto window = std::make_shared<Window>();
    Hasher hasher;
    uint64_t size = 0;
    uint64_t chunks = 0;
    Status read;
    while (window->good()) {
      auto chunk = source();
      if (!chunk) read = fail(chunk.error());
      if (!chunk || chunk->empty()) break;
      hasher.update(*chunk);
      size += chunk->size();
      ++chunks;
      window->enter();
      link_->request(subject, *chunk, link_->options().request_timeout,
                     [window, subject](Result<Reply> reply) {
                       auto ack = reply ? parse_publish_ack(reply->payload, subject) : fail(reply.error());
                       window->leave(ack ? Status{} : Status{fail(ack.error())});
                     },
                     {{"Nats-Expected-Stream", stream_}});
    }
    TCPS_TRY(window->drain());
    if (!read) return read;
    if (hasher.finish() != digest)
      return fail(ErrorCode::corrupt,
                  "the bytes to store as " + digest.hex() + " have another digest; compute it again");
    meta["size"] = size;
    meta["chunks"] = chunks;
    meta["digest"] = digest_word(digest);
    return {};
  }

  static int64_t stored_unix_ms(const json& meta) { return unix_ms_of_rfc3339(text_in(meta, "mtime")); }

  // `replaces`: only in place of the meta message of this sequence, else conflict.
  Status publish_meta(const Digest& digest, json& meta, std::optional<uint64_t> replaces = {}) {
    meta["mtime"] = to_iso8601(1'000 * int64_t{std::time(nullptr)});
    auto window = std::make_shared<Window>();
    const auto subject = meta_subject(digest);
    window->enter();
    link_->request(
        subject, meta.dump(), link_->options().request_timeout,
        [window, subject](Result<Reply> reply) {
          auto ack = reply ? parse_publish_ack(reply->payload, subject) : fail(reply.error());
          window->leave(ack ? Status{} : Status{fail(ack.error())});
        },
        {{"Nats-Rollup", "sub"},
         {"Nats-Expected-Stream", stream_},
         {"Nats-Expected-Last-Subject-Sequence", replaces ? std::to_string(*replaces) : std::string()}});
    return window->drain();
  }

  Status load(const Digest& digest, const json& meta, const Sink& sink) {
    const auto size = number_in(meta, "size");
    const auto chunks = number_in(meta, "chunks");
    const auto subject = chunk_subject(text_in(meta, "nuid"));
    if (text_in(meta, "digest") != digest_word(digest))
      return fail(damaged(digest, "its meta message names another digest"));
    Hasher hasher;
    uint64_t read = 0;
    uint64_t next = 1;
    for (uint64_t chunk = 0; chunk < chunks; ++chunk) {
      auto message = next_message(subject, next);
      if (!message) {
        if (message.error().code != ErrorCode::not_found) return fail(message.error());
        auto still_there = find(digest);  // or removed while it was read
        return fail(still_there ? damaged(digest, "a chunk is missing") : still_there.error());
      }
      next = message->sequence + 1;
      read += message->payload.size();
      if (read > size) return fail(damaged(digest, "it is longer than its meta message says"));
      hasher.update(message->payload);
      TCPS_TRY(sink(message->payload));
    }
    if (read != size || hasher.finish() != digest)
      return fail(damaged(digest, "its bytes do not have its digest"));
    return {};
  }

  // From any replica; from the leader when that replica does not have it (yet).
  Result<Reply> next_message(const std::string& filter, uint64_t sequence) {
    const json which{{"seq", sequence}, {"next_by_subj", filter}};
    auto direct = link_->call("$JS.API.DIRECT.GET." + stream_, which.dump());
    if (direct || direct.error().code != ErrorCode::not_found) return direct;
    auto stored = TCPS_TRY(stored_message(*link_, stream_, which));
    return Reply{std::move(stored.payload), stored.sequence, std::move(stored.subject)};
  }

  // Of each object that was not discarded, with the message's sequence.
  Status each_meta(const std::function<void(const json&, uint64_t sequence)>& visit) {
    for (uint64_t next = 1;;) {
      auto message = next_message("$O." + bucket_ + ".M.>", next);
      if (!message)
        return message.error().code == ErrorCode::not_found ? Status{} : Status{fail(message.error())};
      next = message->sequence + 1;
      const auto meta = json::parse(message->payload, nullptr, false);
      if (meta.is_object() && !flag_in(meta, "deleted")) visit(meta, message->sequence);
    }
  }

  Result<std::vector<std::string>> subjects(const std::string& filter) {
    auto answer = TCPS_TRY(jet_call(*link_, "STREAM.INFO." + stream_, {{"subjects_filter", filter}}));
    std::vector<std::string> names;
    const auto& state = part_of(answer, "state");
    if (const auto& found = part_of(state, "subjects"); found.is_object())
      for (const auto& [name, unused] : found.items()) names.push_back(name);
    return names;
  }

  // Reads the meta messages only when there are more chunk subjects than objects.
  Status sweep_orphans() {
    auto chunk_subjects = TCPS_TRY(subjects("$O." + bucket_ + ".C.>"));
    auto meta_subjects = TCPS_TRY(subjects("$O." + bucket_ + ".M.>"));
    if (chunk_subjects.size() <= meta_subjects.size()) return {};
    std::set<std::string> used;
    TCPS_TRY(
        each_meta([&](const json& meta, uint64_t) { used.insert(chunk_subject(text_in(meta, "nuid"))); }));
    for (const auto& subject : chunk_subjects) {
      if (used.count(subject)) continue;
      auto newest = jet_call(*link_, "STREAM.MSG.GET." + stream_, {{"last_by_subj", subject}});
      if (!newest) continue;
      const int64_t written = unix_ms_of_rfc3339(text_in(part_of(*newest, "message"), "time"));
      if (written == 0 || written > std::time(nullptr) * 1000 - orphan_age_ms) continue;
      TCPS_TRY(purge(*link_, stream_, {{"filter", subject}}));
    }
    return {};
  }

  const std::shared_ptr<Link> link_;
  const std::string bucket_;
  const std::string stream_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_object_store(std::shared_ptr<Link> link, const std::string& bucket,
                                                       uint64_t bytes_max, int replicas) {
  auto store = std::make_unique<NatsObjectStore>(std::move(link), bucket);
  if (auto created = store->create(bytes_max, replicas); !created)
    return fail(created.error().at("bucket " + bucket));
  return store;
}

}  // namespace tcps::bus
