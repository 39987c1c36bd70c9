// Bearer tokens of auditors. A token is 32 random bytes, shown once; the file keeps its SHA-256 only, which
// is enough for a secret of that size. A line of the file is "<name> <sha256:...> <scope> <created>";
// removing the line revokes the token, and a running gateway notices.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::gateway {

inline constexpr std::string_view auditor_scope = "auditor";
inline constexpr size_t tokens_max = 1000;

struct TokenEntry {
  std::string name;  // a token of messages/ids.h: a-z, 0-9, '-'
  Digest hash;
  std::string scope;
  std::string created;  // ISO 8601
};

class TokenList {
 public:
  // Errors: invalid, naming the line.
  static Result<TokenList> parse(std::string_view text);
  std::string format() const;

  // Adds a new token and returns it: the only time that it is seen. Errors: invalid (name), conflict, full.
  Result<std::string> add(const std::string& name, const std::string& created);
  Status revoke(const std::string& name);  // Errors: not_found
  // The entry whose token this is; null when there is none. The time it takes depends on the number of
  // entries only.
  const TokenEntry* find(std::string_view token) const;
  const std::vector<TokenEntry>& entries() const { return entries_; }

 private:
  std::vector<TokenEntry> entries_;
};

// The list in its file. A file that others can read or write is refused.
Result<TokenList> load_tokens(const std::string& path);                // Errors: not_found, refused, invalid
Status save_tokens(const TokenList& tokens, const std::string& path);  // mode 0600; whole or not at all

// A file as a running gateway sees it: read again when it has changed. A file that cannot be read, or has
// become wrong, admits nobody. Threads: any.
class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  enum class Admission { admitted, unknown, without_scope };
  // `token`: as it stands after "Bearer ".
  Admission check(std::string_view token);

 private:
  struct Stamp {
    int64_t modified_ns = 0, changed_ns = 0;
    uint64_t inode = 0, size = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  void refresh();

  const std::string path_;
  std::mutex mutex_;  // guards the rest
  Stamp stamp_;
  TokenList tokens_;
};

}  // namespace tcps::gateway
