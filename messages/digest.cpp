#include "messages/digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

namespace tcps {
namespace {

// Fetched once: looking the algorithm up costs more than hashing a small message.
const EVP_MD* sha256() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  TCPS_CHECK(algorithm != nullptr);
  return algorithm;
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

void begin(EVP_MD_CTX* context) {
  TCPS_CHECK(context != nullptr);
  TCPS_CHECK(EVP_DigestInit_ex2(context, sha256(), nullptr) == 1);
}

void add(EVP_MD_CTX* context, BytesView bytes) {
  TCPS_CHECK(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}

Digest end(EVP_MD_CTX* context) {
  unsigned char raw[Digest::size];
  unsigned int size = 0;
  TCPS_CHECK(EVP_DigestFinal_ex(context, raw, &size) == 1 && size == Digest::size);
  return *Digest::from_raw({reinterpret_cast<const char*>(raw), Digest::size});
}

EVP_MD_CTX* thread_context() {
  thread_local const Context context(EVP_MD_CTX_new());
  begin(context.get());
  return context.get();
}

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr uint8_t no_hex_digit = 0x80;

constexpr std::array<uint8_t, 256> hex_values() {
  std::array<uint8_t, 256> values{};
  values.fill(no_hex_digit);
  for (size_t i = 0; i < hex_digits.size(); ++i)
    values[static_cast<uint8_t>(hex_digits[i])] = static_cast<uint8_t>(i);
  return values;
}

// Reads two digits for each byte. False when there is anything else; `bytes` then holds anything.
bool read_hex(std::string_view hex, uint8_t* bytes) {
  static constexpr auto values = hex_values();
  uint8_t flags = 0;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    const uint8_t high = values[static_cast<uint8_t>(hex[i])];
    const uint8_t low = values[static_cast<uint8_t>(hex[i + 1])];
    flags |= high | low;
    *bytes++ = static_cast<uint8_t>(high << 4 | low);
  }
  return flags < no_hex_digit;
}

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// Two flags above the six bits of a digit: which alphabet alone has the character. Both: neither has it.
constexpr uint8_t standard_only = 0x80;
constexpr uint8_t url_only = 0x40;

constexpr std::array<uint8_t, 256> base64_values() {
  std::array<uint8_t, 256> values{};
  values.fill(standard_only | url_only);
  for (size_t i = 0; i < base64_alphabet.size(); ++i) {
    values[static_cast<uint8_t>(base64_alphabet[i])] = static_cast<uint8_t>(i);
  }
  values['+'] |= standard_only;
  values['/'] |= standard_only;
  values['-'] = 62 | url_only;
  values['_'] = 63 | url_only;
  return values;
}

tl::unexpected<Error> bad_base64(std::string_view why) {
  return fail(ErrorCode::invalid, "base64 text " + std::string(why));
}

}  // namespace

Digest Digest::of(BytesView bytes) {
  EVP_MD_CTX* context = thread_context();
  add(context, bytes);
  return end(context);
}

Digest Digest::of_parts(std::initializer_list<BytesView> parts) {
  EVP_MD_CTX* context = thread_context();
  for (BytesView part : parts) {
    char length[8];
    for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(uint64_t{part.size()} >> (56 - 8 * i));
    add(context, {length, sizeof length});
    add(context, part);
  }
  return end(context);
}

Result<Digest> Digest::from_raw(BytesView raw) {
  if (raw.size() != size) {
    return fail(ErrorCode::invalid, fmt::format("a SHA-256 digest has 32 bytes, not {}", raw.size()));
  }
  Digest digest;
  std::memcpy(digest.bytes_.data(), raw.data(), size);
  return digest;
}

Result<Digest> Digest::parse(std::string_view text) {
  std::string_view hex = text;
  if (hex.starts_with("sha256:")) hex.remove_prefix(7);
  Digest digest;
  if (hex.size() != 2 * size || !read_hex(hex, digest.bytes_.data())) {
    return fail(
        ErrorCode::invalid,
        fmt::format("'{}' is not a digest: write sha256: and 64 lower-case hex digits", text.substr(0, 80)));
  }
  return digest;
}

std::string Digest::hex() const { return to_hex(raw()); }

Hasher::Hasher() : context_(EVP_MD_CTX_new()) { begin(static_cast<EVP_MD_CTX*>(context_)); }
Hasher::~Hasher() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
void Hasher::update(BytesView bytes) { add(static_cast<EVP_MD_CTX*>(context_), bytes); }
Digest Hasher::finish() { return end(static_cast<EVP_MD_CTX*>(context_)); }

Result<Digest> digest_of_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return fail(ErrorCode::io, fmt::format("cannot open '{}' to digest it: {}", path, std::strerror(errno)));
  }
  Hasher hasher;
  std::vector<char> buffer(256 * 1024);
  ssize_t count = 0;
  int error = 0;
  do {
    count = ::read(file, buffer.data(), buffer.size());
    error = count < 0 ? errno : 0;
    if (count > 0) hasher.update({buffer.data(), static_cast<size_t>(count)});
  } while (count > 0 || error == EINTR);
  ::close(file);
  if (error != 0) {
    return fail(ErrorCode::io, fmt::format("cannot read '{}' to digest it: {}", path, std::strerror(error)));
  }
  return hasher.finish();
}

std::string to_hex(BytesView bytes) {
  std::string text(2 * bytes.size(), '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    text[2 * i] = hex_digits[byte >> 4];
    text[2 * i + 1] = hex_digits[byte & 15];
  }
  return text;
}

Result<Bytes> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return fail(ErrorCode::invalid, "hex text must have an even number of digits");
  Bytes bytes(hex.size() / 2, '\0');
  if (read_hex(hex, reinterpret_cast<uint8_t*>(bytes.data()))) return bytes;
  return fail(ErrorCode::invalid, fmt::format("hex text has a character besides 0-9 and a-f near position {}",
                                              hex.find_first_not_of(hex_digits)));
}

std::string to_base64(BytesView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  const auto* in = reinterpret_cast<const uint8_t*>(bytes.data());
  char* out = text.data();
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, in += 3, out += 4) {
    out[0] = base64_alphabet[in[0] >> 2];
    out[1] = base64_alphabet[(in[0] & 3) << 4 | in[1] >> 4];
    out[2] = base64_alphabet[(in[1] & 15) << 2 | in[2] >> 6];
    out[3] = base64_alphabet[in[2] & 63];
  }
  if (left > 0) {
    const uint8_t second = left == 2 ? in[1] : 0;
    out[0] = base64_alphabet[in[0] >> 2];
    out[1] = base64_alphabet[(in[0] & 3) << 4 | second >> 4];
    if (left == 2) out[2] = base64_alphabet[(second & 15) << 2];
  }
  return text;
}

Result<Bytes> from_base64(std::string_view text) {
  static constexpr auto values = base64_values();
  if (text.size() % 4 != 0) return bad_base64("must be padded with '=' to a multiple of 4 characters");
  if (text.empty()) return Bytes();
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;

  Bytes bytes(text.size() / 4 * 3, '\0');
  const auto* in = reinterpret_cast<const uint8_t*>(text.data());
  char* out = bytes.data();
  uint8_t flags = 0;
  const auto put_group = [&](uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    flags |= a | b | c | d;
    const uint32_t group = (a & 63u) << 18 | (b & 63u) << 12 | (c & 63u) << 6 | (d & 63u);
    out[0] = static_cast<char>(group >> 16);
    out[1] = static_cast<char>(group >> 8);
    out[2] = static_cast<char>(group);
    out += 3;
    return group;
  };
  for (const uint8_t* last = in + text.size() - 4; in < last; in += 4) {
    put_group(values[in[0]], values[in[1]], values[in[2]], values[in[3]]);
  }
  const uint32_t end = put_group(values[in[0]], values[in[1]], padding == 2 ? 0 : values[in[2]],
                                 padding >= 1 ? 0 : values[in[3]]);
  constexpr uint8_t both = standard_only | url_only;
  if ((flags & both) == both) return bad_base64("has a character outside its alphabet, standard or URL");
  if ((end & ((1u << (8 * padding)) - 1)) != 0) return bad_base64("has bits set beyond its last byte");
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace tcps
