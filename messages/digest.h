// SHA-256 digests: how the factory names bytes. A digest is compared, stored and hashed as 32 raw bytes and
// written for people and JSON as "sha256:<64 hex digits>".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "messages/result.h"

namespace tcps {

using Bytes = std::string;           // owned octets, not text
using BytesView = std::string_view;  // borrowed octets

class Digest {
 public:
  static constexpr size_t size = 32;

  Digest() = default;  // all zero: "no digest"

  static Digest of(BytesView bytes);
  // Digest of the parts, each preceded by its length as 8 big-endian bytes, so that no two lists collide.
  static Digest of_parts(std::initializer_list<BytesView> parts);
  // Errors: invalid.
  static Result<Digest> from_raw(BytesView raw);
  // Accepts "sha256:<hex>" and bare hex, lower case. Errors: invalid.
  static Result<Digest> parse(std::string_view text);

  bool empty() const { return *this == Digest{}; }
  BytesView raw() const { return {reinterpret_cast<const char*>(bytes_.data()), size}; }
  std::string hex() const;
  std::string to_string() const { return "sha256:" + hex(); }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::array<uint8_t, size> bytes_{};
};

// Incremental SHA-256, for files that do not fit in memory.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void update(BytesView bytes);
  Digest finish();  // call once

 private:
  void* context_;
};

// Errors: io, naming the file.
Result<Digest> digest_of_file(const std::string& path);

std::string to_hex(BytesView bytes);
Result<Bytes> from_hex(std::string_view hex);
std::string to_base64(BytesView bytes);            // RFC 4648 section 4, padded
Result<Bytes> from_base64(std::string_view text);  // strict: standard or URL alphabet is not mixed

}  // namespace tcps

template <>
struct std::hash<tcps::Digest> {
  size_t operator()(const tcps::Digest& digest) const noexcept {
    size_t value;
    std::memcpy(&value, digest.raw().data(), sizeof value);
    return value;
  }
};
