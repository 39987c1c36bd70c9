// Publishing to, and fetching from, a container registry with skopeo. A tag is written once: another image
// under the same tag is a version conflict (F9.4), never overwritten; an unreachable registry is another
// error (F9.2), and is retried with growing pauses.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "actors/engines/sandbox/process_runner.h"
#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::channels {

struct ImageReference {
  std::string registry;    // "host" or "host:port"
  std::string repository;  // lower case, "team/name"
  std::string tag;

  std::string to_string() const { return registry + "/" + repository + ":" + tag; }
  // Errors: invalid, naming the part.
  Status check() const;
  // On this machine: only then is plain HTTP spoken.
  bool on_loopback() const;
};

struct RetryPolicy {
  int attempts_max = 4;
  std::chrono::milliseconds pause{200};  // doubled after each attempt
  std::chrono::milliseconds pause_max{5'000};
};

struct Pushed {
  Digest digest;
  bool already_there = false;  // the same image was published before
};

// Thread-safe. Two publishers that race for one tag are told apart by reading the tag back: the loser gets
// conflict.
class OciRegistry {
 public:
  struct Options {
    RetryPolicy retry;
    std::function<void(std::chrono::milliseconds)> sleep;  // default: sleeps
    std::string auth_file;                                 // of skopeo; empty: none
    std::chrono::milliseconds deadline{300'000};           // of one skopeo run
    CancelToken cancel;
  };
  // `runner` must outlive the registry.
  OciRegistry(ProcessRunner& runner, Options options);

  // Digest of the manifest that the tag names. Errors: invalid, not_found (tag or repository), unavailable,
  // refused (credentials), timeout.
  Result<Digest> digest_of(const ImageReference& reference);

  // Publishes the image `tag` of an OCI layout, digests unchanged. Errors: those of digest_of() but for
  // not_found; conflict (the tag names another image: increment the version); not_found (no such layout).
  Result<Pushed> push(const std::string& layout_folder, const ImageReference& reference);

  // Fetches into a new OCI layout, under the same tag. Errors: those of digest_of().
  Status pull(const ImageReference& reference, const std::string& layout_folder);

 private:
  Result<Bytes> skopeo(const std::vector<std::string>& arguments, const ImageReference& reference);
  Result<Bytes> run_once(const std::vector<std::string>& arguments, const ImageReference& reference);

  ProcessRunner& runner_;
  Options options_;
};

}  // namespace tcps::channels
