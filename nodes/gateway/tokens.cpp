#include "nodes/gateway/tokens.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "messages/files.h"
#include "messages/ids.h"

namespace tcps::gateway {
namespace {

constexpr size_t token_bytes = 32;
constexpr size_t file_bytes_max = 1u << 20;
constexpr std::string_view token_prefix = "tcps_";  // so that scanners for leaked secrets know it

Result<TokenEntry> read_entry(const std::string& line, size_t number) {
  std::istringstream words(line);
  std::string hash, more;
  TokenEntry entry;
  words >> entry.name >> hash >> entry.scope >> entry.created;
  const auto digest = Digest::parse(hash);
  if (!is_token(entry.name) || !digest || entry.created.empty() || (words >> more)) {
    return fail(ErrorCode::invalid,
                fmt::format("line {}: write '<name> sha256:<64 hex digits> <scope> <created>'", number));
  }
  entry.hash = *digest;
  return entry;
}

}  // namespace

Result<TokenList> TokenList::parse(std::string_view text) {
  TokenList list;
  std::istringstream lines{std::string(text)};
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    auto entry = TCPS_TRY(read_entry(line, number));
    if (list.entries_.size() == tokens_max)
      return fail(ErrorCode::invalid, fmt::format("line {}: more than {} tokens", number, tokens_max));
    list.entries_.push_back(std::move(entry));
  }
  return list;
}

std::string TokenList::format() const {
  std::string text =
      "# Tokens of auditors, as `tcps-gateway token` keeps them: name, SHA-256, scope, creation.\n";
  for (const TokenEntry& entry : entries_)
    text += fmt::format("{} {} {} {}\n", entry.name, entry.hash.to_string(), entry.scope, entry.created);
  return text;
}

Result<std::string> TokenList::add(const std::string& name, const std::string& created) {
  if (!is_token(name))
    return fail(ErrorCode::invalid, "a token's name is 1-64 characters of a-z, 0-9 and '-'");
  const auto same = [&](const TokenEntry& entry) { return entry.name == name; };
  if (std::any_of(entries_.begin(), entries_.end(), same))
    return fail(ErrorCode::conflict,
                fmt::format("there is a token '{}': revoke it first, or take another name", name));
  if (entries_.size() == tokens_max) return fail(ErrorCode::full, "there are too many tokens: revoke some");
  unsigned char random[token_bytes];
  TCPS_CHECK(RAND_bytes(random, sizeof random) == 1);
  const std::string token =
      std::string(token_prefix) + to_hex({reinterpret_cast<const char*>(random), sizeof random});
  OPENSSL_cleanse(random, sizeof random);
  entries_.push_back({name, Digest::of(token), std::string(auditor_scope), created});
  return token;
}

Status TokenList::revoke(const std::string& name) {
  const size_t removed = std::erase_if(entries_, [&](const TokenEntry& entry) { return entry.name == name; });
  if (removed > 0) return {};
  return fail(ErrorCode::not_found, fmt::format("there is no token '{}': see tcps-gateway token list", name));
}

const TokenEntry* TokenList::find(std::string_view token) const {
  const Digest hash = Digest::of(token);
  const TokenEntry* found = nullptr;
  for (const TokenEntry& entry : entries_) {
    if (CRYPTO_memcmp(hash.raw().data(), entry.hash.raw().data(), Digest::size) == 0) found = &entry;
  }
  return found;
}

Result<TokenList> load_tokens(const std::string& path) {
  auto text = read_private_file(path, file_bytes_max);
  if (!text && text.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found,
                fmt::format("token file {} is not there: make it with tcps-gateway token add", path));
  }
  if (!text) return fail(text.error().at("token file"));
  auto list = TokenList::parse(*text);
  if (!list) return fail(list.error().at(path));
  return list;
}

Status save_tokens(const TokenList& tokens, const std::string& path) {
  return replace_file(path, tokens.format(), mode_of_secrets);
}

void TokenFile::refresh() {
  struct stat status {};
  Stamp now;
  if (stat(path_.c_str(), &status) == 0) {
    const auto nanoseconds = [](const timespec& time) {
      return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    };
    now = {nanoseconds(status.st_mtim), nanoseconds(status.st_ctim), status.st_ino,
           static_cast<uint64_t>(status.st_size)};
  }
  if (now == stamp_ && now.inode != 0) return;
  stamp_ = now;
  auto read = load_tokens(path_);
  if (!read) spdlog::error("{}; nobody is admitted until it is right", read.error().message);
  tokens_ = read ? std::move(*read) : TokenList();
}

TokenFile::Admission TokenFile::check(std::string_view token) {
  const std::lock_guard lock(mutex_);
  refresh();
  const TokenEntry* entry = tokens_.find(token);
  if (entry == nullptr) return Admission::unknown;
  return entry->scope == auditor_scope ? Admission::admitted : Admission::without_scope;
}

}  // namespace tcps::gateway
