// DSSE v1 envelopes (secure-systems-lab/dsse): signed bytes with a type. The factory writes an envelope in
// one canonical JSON form; the exact bytes of that form are the ledger's leaf.
#pragma once

#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/keys.h"
#include "messages/result.h"

namespace tcps {

inline constexpr std::string_view in_toto_payload_type = "application/vnd.in-toto+json";
inline constexpr size_t envelope_bytes_max = 65'535;  // fits a C2SP entry bundle's uint16 length

// "DSSEv1 <len type> <type> <len body> <body>": what is signed.
std::string pre_authentication_encoding(std::string_view payload_type, BytesView payload);

struct EnvelopeSignature {
  std::string key_id;  // "sha256:..."
  Bytes signature;
};

struct Envelope {
  std::string payload_type;
  Bytes payload;
  std::vector<EnvelopeSignature> signatures;

  // Canonical JSON. The type and the key ids are printable ASCII without quotes and backslashes: asserted.
  Bytes encode() const;
  // Reads exactly what encode() writes, at most envelope_bytes_max, with 1-8 signatures: every other spelling
  // of the same envelope is refused. Errors: invalid.
  static Result<Envelope> decode(BytesView bytes);
};

// Errors: unavailable (signer), full (longer than envelope_bytes_max).
Result<Envelope> seal(std::string_view payload_type, Bytes payload, Signer& signer);

// True when the signature at `index` is `key`'s.
bool verify(const Envelope& envelope, size_t index, const PublicKey& key);

}  // namespace tcps
