#include "actors/ledger/tlog/note.h"

#include <fmt/format.h>

#include <algorithm>

#include "messages/utf8.h"

namespace tcps::tlog {
namespace {

constexpr std::string_view signature_mark = "\xe2\x80\x94 ";  // em dash, space
constexpr size_t key_id_size = 4;
constexpr size_t time_size = 8;

template <class Predicate>
bool every_code_point(std::string_view text, Predicate is_good) {
  while (!text.empty()) {
    const auto point = utf8::take_code_point(text);
    if (!point || !is_good(*point)) return false;
  }
  return true;
}

bool is_space(uint32_t point) {
  return (point >= 0x09 && point <= 0x0d) || point == 0x20 || point == 0x85 || point == 0xa0 ||
         point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 ||
         point == 0x202f || point == 0x205f || point == 0x3000;
}

bool is_key_name(std::string_view name) {
  return !name.empty() &&
         every_code_point(name, [](uint32_t p) { return p >= 0x20 && p != '+' && !is_space(p); });
}

Bytes big_endian(uint64_t number, size_t size) {
  Bytes bytes(size, '\0');
  for (size_t i = size; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xff);
  return bytes;
}

uint64_t from_big_endian(BytesView bytes) {
  uint64_t number = 0;
  for (char c : bytes) number = (number << 8) | static_cast<uint8_t>(c);
  return number;
}

// The one base64 text of its bytes: padded, standard alphabet.
Result<Bytes> strict_base64(std::string_view text) {
  auto bytes = from_base64(text);
  if (bytes && to_base64(*bytes) != text)
    return fail(ErrorCode::invalid, "the base64 text is not in its one canonical form");
  return bytes;
}

std::string cosigned_message(std::string_view text, uint64_t unix_s) {
  return fmt::format("cosignature/v1\ntime {}\n{}", unix_s, text);
}

tl::unexpected<Error> bad_note(std::string_view why) {
  return fail(ErrorCode::invalid, fmt::format("the signed note {}", why));
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(signature_mark))
    return bad_note("has a signature line that does not start with an em dash and a space");
  line.remove_prefix(signature_mark.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) {
    return bad_note("has a signature line without a valid key name");
  }
  auto bytes = strict_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= key_id_size)
    return bad_note("has a signature that is not base64 of a key id and a signature");
  return NoteSignature{std::string(line.substr(0, space)),
                       static_cast<uint32_t>(from_big_endian(BytesView(*bytes).substr(0, key_id_size))),
                       bytes->substr(key_id_size)};
}

// Applies `check` to the key's signatures: true when there are some and all pass.
template <class Check>
bool all_signatures_of(const Note& note, const NoteKey& key, Check check) {
  bool found = false;
  for (const NoteSignature& line : note.signatures) {
    if (line.key_id != key.id() || line.name != key.name()) continue;
    if (!check(line.signature)) return false;
    found = true;
  }
  return found;
}

}  // namespace

Result<NoteKey> NoteKey::make(std::string name, NoteKeyType type, PublicKey key) {
  if (!is_key_name(name)) {
    return fail(ErrorCode::invalid,
                "a note key's name must be non-empty UTF-8 without spaces, control characters and '+'");
  }
  NoteKey result;
  Bytes hashed = name + '\n' + static_cast<char>(type);
  hashed.append(key.raw());
  result.id_ = static_cast<uint32_t>(from_big_endian(Digest::of(hashed).raw().substr(0, key_id_size)));
  result.name_ = std::move(name);
  result.type_ = type;
  result.public_key_ = std::move(key);
  return result;
}

Result<NoteKey> NoteKey::parse(std::string_view text) {
  const auto bad = [](std::string_view why) {
    return fail(ErrorCode::invalid, fmt::format("the note key {}", why));
  };
  const size_t first = text.find('+');
  const size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return bad("is not of the form <name>+<id>+<base64>");
  auto bytes = strict_base64(text.substr(second + 1));
  if (!bytes || bytes->size() < 2) return bad("does not end with base64 of a type and a public key");
  const auto type = static_cast<NoteKeyType>(bytes->front());
  if (type != NoteKeyType::ed25519 && type != NoteKeyType::cosignature)
    return bad("has a type other than 1 and 4");
  auto public_key = PublicKey::from_raw(BytesView(*bytes).substr(1));
  if (!public_key) return fail(public_key.error().at("the note key"));
  auto key = make(std::string(text.substr(0, first)), type, std::move(*public_key));
  if (key && fmt::format("{:08x}", key->id_) != text.substr(first + 1, second - first - 1)) {
    return bad("carries an id that is not the one of its name and public key");
  }
  return key;
}

std::string NoteKey::format() const {
  const Bytes typed_key = static_cast<char>(type_) + Bytes(public_key_.raw());
  return fmt::format("{}+{:08x}+{}", name_, id_, to_base64(typed_key));
}

bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && every_code_point(text, [](uint32_t p) { return p >= 0x20 || p == '\n'; });
}

Result<Note> Note::parse(BytesView bytes) {
  if (bytes.size() > note_bytes_max) return bad_note("is longer than 65,536 bytes");
  if (!is_note_text(bytes)) return bad_note("is not UTF-8 text ending with a newline");
  const size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos || split + 2 == bytes.size())
    return bad_note("has no signatures after an empty line");
  Note note;
  note.text = bytes.substr(0, split + 1);
  for (std::string_view rest = bytes.substr(split + 2); !rest.empty();) {
    if (note.signatures.size() == note_signatures_max) return bad_note("has more than 100 signatures");
    const size_t end = rest.find('\n');
    auto line = TCPS_TRY(parse_signature_line(rest.substr(0, end)));
    note.signatures.push_back(std::move(line));
    rest.remove_prefix(end + 1);
  }
  return note;
}

Bytes Note::encode() const {
  TCPS_CHECK(is_note_text(text) && !signatures.empty() && signatures.size() <= note_signatures_max);
  Bytes bytes = text + "\n";
  for (const NoteSignature& line : signatures) {
    bytes += fmt::format("{}{} {}\n", signature_mark, line.name,
                         to_base64(big_endian(line.key_id, key_id_size) + line.signature));
  }
  return bytes;
}

Result<NoteSignature> sign_note(std::string_view text, const NoteKey& key, Signer& signer) {
  TCPS_CHECK(key.type() == NoteKeyType::ed25519 && key.public_key() == signer.public_key() &&
             is_note_text(text));
  auto signature = TCPS_TRY(signer.sign(text));
  return NoteSignature{key.name(), key.id(), std::move(signature)};
}

Result<NoteSignature> cosign_note(std::string_view text, const NoteKey& key, uint64_t unix_s,
                                  Signer& signer) {
  TCPS_CHECK(key.type() == NoteKeyType::cosignature && key.public_key() == signer.public_key() &&
             is_note_text(text));
  auto signature = TCPS_TRY(signer.sign(cosigned_message(text, unix_s)));
  return NoteSignature{key.name(), key.id(), big_endian(unix_s, time_size) + signature};
}

bool verify_note(const Note& note, const NoteKey& key) {
  if (key.type() != NoteKeyType::ed25519) return false;
  return all_signatures_of(
      note, key, [&](BytesView signature) { return key.public_key().verify(note.text, signature); });
}

std::optional<uint64_t> cosigned_at(const Note& note, const NoteKey& key) {
  if (key.type() != NoteKeyType::cosignature) return std::nullopt;
  uint64_t newest = 0;
  const bool good = all_signatures_of(note, key, [&](BytesView signature) {
    if (signature.size() <= time_size) return false;
    const uint64_t unix_s = from_big_endian(signature.substr(0, time_size));
    newest = std::max(newest, unix_s);
    return key.public_key().verify(cosigned_message(note.text, unix_s), signature.substr(time_size));
  });
  return good ? std::optional(newest) : std::nullopt;
}

}  // namespace tcps::tlog
