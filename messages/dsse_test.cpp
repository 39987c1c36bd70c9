#include "messages/dsse.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"

namespace tcps {
namespace {

using nlohmann::json;

Envelope sample(size_t signatures = 1) {
  Envelope envelope{"text/plain", "hello", {}};
  for (size_t i = 0; i < signatures; ++i)
    envelope.signatures.push_back({"sha256:key" + std::to_string(i), "signature"});
  return envelope;
}

class BrokenSigner : public Signer {
 public:
  const PublicKey& public_key() const override { return key_; }
  Result<Bytes> sign(BytesView) override {
    return fail(ErrorCode::unavailable, "the signer's socket is closed");
  }

 private:
  PublicKey key_;
};

TEST(Dsse, SignsThePreAuthenticationEncodingOfItsSpecification) {
  EXPECT_EQ(pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(pre_authentication_encoding("", ""), "DSSEv1 0  0 ");
}

TEST(Envelope, IsWrittenAsCanonicalJson) {
  const Bytes bytes = sample(2).encode();
  EXPECT_EQ(
      bytes,
      R"({"payload":"aGVsbG8=","payloadType":"text/plain","signatures":[{"keyid":"sha256:key0","sig":"c2lnbmF0dXJl"},)"
      R"({"keyid":"sha256:key1","sig":"c2lnbmF0dXJl"}]})");
  EXPECT_EQ(canonical_json(*parse_json(bytes)), bytes);
}

TEST(Envelope, ReadsBackWhatItWrote) {
  for (size_t signatures : {1u, 2u, 8u}) {
    const Bytes bytes = sample(signatures).encode();
    const auto decoded = Envelope::decode(bytes);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(decoded->payload, "hello");
    EXPECT_EQ(decoded->payload_type, "text/plain");
    EXPECT_EQ(decoded->signatures.size(), signatures);
    EXPECT_EQ(decoded->signatures.back().signature, "signature");
    EXPECT_EQ(decoded->encode(), bytes);
  }
}

TEST(Envelope, RefusesNoSignaturesAndMoreThanEight) {
  for (size_t signatures : {0u, 9u, 100u})
    EXPECT_FALSE(Envelope::decode(sample(signatures).encode()).has_value()) << signatures;
}

TEST(Envelope, RefusesEveryOtherSpellingOfTheSameEnvelope) {
  for (
      std::string_view bytes : {
          R"({"payloadType":"text/plain","payload":"aGVsbG8=","signatures":[{"keyid":"k","sig":"c2ln"}]})",
          R"({"payload": "aGVsbG8=","payloadType":"text/plain","signatures":[{"keyid":"k","sig":"c2ln"}]})",
          R"({"payload":"aGVsbG8","payloadType":"text/plain","signatures":[{"keyid":"k","sig":"c2ln"}]})",
          R"({"payload":"aGVsbG9=","payloadType":"text/plain","signatures":[{"keyid":"k","sig":"c2ln"}]})",
          R"({"payload":"_-_-","payloadType":"text/plain","signatures":[{"keyid":"k","sig":"c2ln"}]})",
          R"({"payload":"aGVsbG8=","payloadType":"text\/plain","signatures":[{"keyid":"k","sig":"c2ln"}]})",
          R"({"payload":"aGVsbG8=","payloadType":"text/plain","signatures":[{"keyid":"\u006b","sig":"c2ln"}]})",
          R"({"payload":"aGVsbG8=","payloadType":"text/plain","signatures":[{"keyid":"k","sig":"c2ln"}],"x":1})",
          R"({"payload":"aGVsbG8=","payloadType":"text/plain","signatures":[{"keyid":"k","sig":"c2ln","x":1}]})",
          R"({"payload":"aGVsbG8=","payloadType":"text/plain","signatures":[{"sig":"c2ln"}]})",
          R"({"payload":"aGVsbG8=","payloadType":"text/plain","signatures":[{"keyid":"k","sig":"c2ln"},]})",
          R"({"payload":"aGVsbG8=","payloadType":"","signatures":[{"keyid":"k","sig":"c2ln"}]})",
          R"({"payload":"aGVsbG8=","payloadType":"text/plain","signatures":[]})",
          R"({"payload":"aGVsbG8=","payloadType":"text/plain"})",
          R"({"payload":null,"payloadType":"text/plain","signatures":[{"keyid":"k","sig":"c2ln"}]})",
          "{\"payload\":\"aGVsbG8=\",\"payloadType\":\"text/"
          "plain\",\"signatures\":[{\"keyid\":\"k\",\"sig\":\"c2ln\"}]}\n",
          "",
          "{}",
          "[]",
          "null",
      }) {
    const auto decoded = Envelope::decode(bytes);
    ASSERT_FALSE(decoded.has_value()) << bytes;
    EXPECT_EQ(decoded.error().code, ErrorCode::invalid);
  }
}

TEST(Envelope, RefusesEveryTruncation) {
  const Bytes bytes = sample(2).encode();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(Envelope::decode(BytesView(bytes).substr(0, size)).has_value()) << size;
}

TEST(Envelope, IsBoundedInSize) {
  Envelope envelope = sample();
  const size_t overhead = envelope.encode().size() - 8;
  envelope.payload = Bytes((envelope_bytes_max - overhead) / 4 * 3, 'x');
  EXPECT_TRUE(Envelope::decode(envelope.encode()).has_value());
  envelope.payload += "xxx";
  EXPECT_FALSE(Envelope::decode(envelope.encode()).has_value());
  EXPECT_FALSE(Envelope::decode(Bytes(10 << 20, '{')).has_value());
}

TEST(Seal, NamesTheSignerAndVerifiesOnlyWithItsKey) {
  PrivateKey key = PrivateKey::generate();
  const auto envelope = seal("text/plain", "hello", key);
  ASSERT_TRUE(envelope.has_value());
  EXPECT_EQ(envelope->signatures.at(0).key_id, key.public_key().id().to_string());
  EXPECT_TRUE(verify(*envelope, 0, key.public_key()));
  EXPECT_FALSE(verify(*envelope, 1, key.public_key()));
  EXPECT_FALSE(verify(*envelope, 0, PrivateKey::generate().public_key()));
  Envelope changed = *envelope;
  changed.payload_type = "text/html";
  EXPECT_FALSE(verify(changed, 0, key.public_key()));
}

TEST(Seal, RefusesWhatNoLedgerEntryHolds) {
  PrivateKey key = PrivateKey::generate();
  const auto envelope = seal("text/plain", Bytes(envelope_bytes_max, 'x'), key);
  ASSERT_FALSE(envelope.has_value());
  EXPECT_EQ(envelope.error().code, ErrorCode::full);
  // The bound is exact: what seal() lets through, decode() reads.
  for (size_t size = 48'900; size < 49'100; ++size) {
    const auto near = seal("text/plain", Bytes(size, 'x'), key);
    if (near) {
      ASSERT_TRUE(Envelope::decode(near->encode()).has_value()) << size;
    } else {
      size = 49'100;
    }
  }
}

TEST(Seal, PassesOnThatTheSignerIsAway) {
  BrokenSigner signer;
  EXPECT_EQ(seal("text/plain", "hello", signer).error().code, ErrorCode::unavailable);
}

RC_GTEST_PROP(Envelope, ReadsBackAnyPayload, (const std::string& payload, const std::string& signature)) {
  const Envelope envelope{"text/plain", payload, {{"sha256:key", signature}}};
  const auto decoded = Envelope::decode(envelope.encode());
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(decoded->payload == payload);
  RC_ASSERT(decoded->signatures.at(0).signature == signature);
}

RC_GTEST_PROP(Envelope, HasOneSpellingOnly, ()) {
  Bytes bytes = sample(2).encode();
  bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  const auto decoded = Envelope::decode(bytes);
  if (decoded) RC_ASSERT(decoded->encode() == bytes);
}

}  // namespace
}  // namespace tcps
