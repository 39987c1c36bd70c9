// C2SP signed notes: a text followed by signature lines, readable by people and verifiable with other
// people's tools. Checkpoints travel as notes (checkpoint.h). Pure rules.
//
// A key is a name, a type and a public key; its 4-byte id binds the three, so that a line made for one key
// never passes for another. Type 1 signs the text itself; type 4 (cosignature/v1) signs the text together
// with the time at which its signer saw it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/keys.h"
#include "messages/result.h"

namespace tcps::tlog {

inline constexpr size_t note_bytes_max = 1u << 16;
inline constexpr size_t note_signatures_max = 100;

enum class NoteKeyType : uint8_t { ed25519 = 1, cosignature = 4 };

class NoteKey {
 public:
  // Errors: invalid (a name is valid UTF-8 without spaces, control characters and '+').
  static Result<NoteKey> make(std::string name, NoteKeyType type, PublicKey key);
  // "<name>+<id as 8 hex digits>+<base64 of type and public key>". Errors: invalid.
  static Result<NoteKey> parse(std::string_view text);
  std::string format() const;

  const std::string& name() const { return name_; }
  NoteKeyType type() const { return type_; }
  uint32_t id() const { return id_; }  // first 4 bytes of SHA-256(name, 0x0A, type, public key), big-endian
  const PublicKey& public_key() const { return public_key_; }

 private:
  NoteKey() = default;
  std::string name_;
  NoteKeyType type_ = NoteKeyType::ed25519;
  uint32_t id_ = 0;
  PublicKey public_key_;
};

struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  Bytes signature;  // of type 4: the time as 8 big-endian bytes, then the 64 bytes of Ed25519
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Note {
  std::string text;  // ends with a newline
  std::vector<NoteSignature> signatures;

  // Errors: invalid. Form only; who signed is asked of verify() and cosigned_at().
  static Result<Note> parse(BytesView bytes);
  // What parse() reads. The note came from parse() or consists of a text that is_note_text() and signatures
  // of sign(): asserted.
  Bytes encode() const;
};

// Valid UTF-8 that ends with a newline and has no other control characters.
bool is_note_text(std::string_view text);

// `key` must be of type 1 and the signer's: asserted. Errors: unavailable (signer).
Result<NoteSignature> sign_note(std::string_view text, const NoteKey& key, Signer& signer);
// `key` must be of type 4 and the signer's: asserted. Errors: unavailable (signer).
Result<NoteSignature> cosign_note(std::string_view text, const NoteKey& key, uint64_t unix_s, Signer& signer);

// True when the note carries signatures of this type 1 key and all of them are good.
bool verify_note(const Note& note, const NoteKey& key);
// When the holder of this type 4 key saw the note, in Unix seconds; nothing when it carries no good
// cosignature of the key.
std::optional<uint64_t> cosigned_at(const Note& note, const NoteKey& key);

}  // namespace tcps::tlog
