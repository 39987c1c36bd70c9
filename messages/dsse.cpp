#include "messages/dsse.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcps {
namespace {

constexpr size_t signatures_max = 8;
constexpr size_t plain_text_max = 128;  // longest payload type or key id

constexpr std::string_view before_payload = R"({"payload":")";
constexpr std::string_view before_type = R"(","payloadType":")";
constexpr std::string_view before_signatures = R"(","signatures":[)";
constexpr std::string_view before_key_id = R"({"keyid":")";
constexpr std::string_view before_signature = R"(","sig":")";
constexpr std::string_view after_signature = R"("})";
constexpr std::string_view end_of_envelope = "]}";

// Text that JSON writes as it is, so that it has one form only.
bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= plain_text_max && std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
  });
}

size_t base64_size(size_t bytes) { return (bytes + 2) / 3 * 4; }

size_t encoded_size(const Envelope& envelope) {
  size_t size = before_payload.size() + base64_size(envelope.payload.size()) + before_type.size() +
                envelope.payload_type.size() + before_signatures.size() + end_of_envelope.size();
  for (const EnvelopeSignature& signature : envelope.signatures) {
    size += before_key_id.size() + signature.key_id.size() + before_signature.size() +
            base64_size(signature.signature.size()) + after_signature.size() + 1;
  }
  return size - std::min<size_t>(1, envelope.signatures.size());  // commas stand only between signatures
}

// Reads the one form that encode() writes: whatever is not literally in its place is refused.
class Scanner {
 public:
  explicit Scanner(BytesView bytes) : bytes_(bytes) {}

  bool literal(std::string_view expected) {
    if (!bytes_.substr(position_).starts_with(expected)) return false;
    position_ += expected.size();
    return true;
  }

  bool plain_text(std::string& text) {
    const std::string_view found = to_quote();
    text = found;
    return is_plain(found);
  }

  bool base64(Bytes& bytes) {
    const std::string_view text = to_quote();
    const bool is_url_alphabet =
        text.find('-') != std::string_view::npos || text.find('_') != std::string_view::npos;
    auto decoded = from_base64(text);
    if (!decoded || is_url_alphabet) return false;
    bytes = std::move(*decoded);
    return true;
  }

  bool at_end() const { return position_ == bytes_.size(); }
  size_t position() const { return position_; }

 private:
  // Everything up to the next quote, and on to that quote.
  std::string_view to_quote() {
    const size_t quote = std::min(bytes_.find('"', position_), bytes_.size());
    const std::string_view text = bytes_.substr(position_, quote - position_);
    position_ = quote;
    return text;
  }

  BytesView bytes_;
  size_t position_ = 0;
};

bool scan_signature(Scanner& scanner, EnvelopeSignature& signature) {
  return scanner.literal(before_key_id) && scanner.plain_text(signature.key_id) &&
         scanner.literal(before_signature) && scanner.base64(signature.signature) &&
         scanner.literal(after_signature);
}

bool scan(Scanner& scanner, Envelope& envelope) {
  const bool head = scanner.literal(before_payload) && scanner.base64(envelope.payload) &&
                    scanner.literal(before_type) && scanner.plain_text(envelope.payload_type) &&
                    scanner.literal(before_signatures);
  if (!head) return false;
  do {
    if (envelope.signatures.size() == signatures_max) return false;
    if (!scan_signature(scanner, envelope.signatures.emplace_back())) return false;
  } while (scanner.literal(","));
  return scanner.literal(end_of_envelope) && scanner.at_end();
}

}  // namespace

std::string pre_authentication_encoding(std::string_view payload_type, BytesView payload) {
  std::string text = fmt::format("DSSEv1 {} {} {} ", payload_type.size(), payload_type, payload.size());
  text += payload;
  return text;
}

Bytes Envelope::encode() const {
  TCPS_CHECK(is_plain(payload_type));
  Bytes bytes;
  bytes.reserve(encoded_size(*this));
  bytes.append(before_payload)
      .append(to_base64(payload))
      .append(before_type)
      .append(payload_type)
      .append(before_signatures);
  for (const EnvelopeSignature& signature : signatures) {
    TCPS_CHECK(is_plain(signature.key_id));
    if (bytes.back() == '}') bytes += ',';
    bytes.append(before_key_id).append(signature.key_id).append(before_signature);
    bytes.append(to_base64(signature.signature)).append(after_signature);
  }
  return bytes.append(end_of_envelope);
}

Result<Envelope> Envelope::decode(BytesView bytes) {
  if (bytes.size() > envelope_bytes_max) {
    return fail(ErrorCode::invalid,
                fmt::format("an envelope has at most {} bytes, not {}", envelope_bytes_max, bytes.size()));
  }
  Scanner scanner(bytes);
  Envelope envelope;
  if (!scan(scanner, envelope)) {
    return fail(
        ErrorCode::invalid,
        fmt::format(
            "the bytes are not a DSSE envelope in canonical JSON with 1 to {} signatures (near byte {})",
            signatures_max, scanner.position()));
  }
  return envelope;
}

Result<Envelope> seal(std::string_view payload_type, Bytes payload, Signer& signer) {
  Envelope envelope{std::string(payload_type), std::move(payload), {}};
  auto signature = signer.sign(pre_authentication_encoding(payload_type, envelope.payload));
  if (!signature) return fail(signature.error().at("sealing an envelope"));
  envelope.signatures.push_back({signer.public_key().id().to_string(), std::move(*signature)});
  if (const size_t size = encoded_size(envelope); size > envelope_bytes_max) {
    return fail(
        ErrorCode::full,
        fmt::format("the envelope would have {} bytes and may have {}: keep large reports as artifacts", size,
                    envelope_bytes_max));
  }
  return envelope;
}

bool verify(const Envelope& envelope, size_t index, const PublicKey& key) {
  if (index >= envelope.signatures.size()) return false;
  return key.verify(pre_authentication_encoding(envelope.payload_type, envelope.payload),
                    envelope.signatures[index].signature);
}

}  // namespace tcps
