#include "actors/ledger/chain/bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

constexpr std::string_view bundle_format = "https://tcps.dev/bundle/v1";
constexpr size_t proof_hashes_max = 64;

json hashes_json(const std::vector<Digest>& hashes) {
  json list = json::array();
  for (const Digest& hash : hashes) list.push_back(to_base64(hash.raw()));
  return list;
}

// Reads a document's members; the first wrong one is the error.
class Reader {
 public:
  const json& member(const json& object, const char* name) {
    static const json nothing;
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end()) return wrong(name, "is missing"), nothing;
    return *found;
  }
  const json& list(const json& object, const char* name, size_t most) {
    static const json empty = json::array();
    const json& value = member(object, name);
    if (value.is_array() && value.size() <= most) return value;
    return wrong(name, fmt::format("must be a list of at most {}", most)), empty;
  }
  std::string text(const json& object, const char* name) {
    const json& value = member(object, name);
    if (value.is_string()) return value.get<std::string>();
    return wrong(name, "must be a text"), std::string();
  }
  uint64_t number(const json& object, const char* name) {
    const json& value = member(object, name);
    if (value.is_number_unsigned()) return value.get<uint64_t>();
    return wrong(name, "must be a whole number, not negative"), 0;
  }
  Digest hash(const json& value, const char* name) {
    const auto raw = value.is_string() ? from_base64(value.get_ref<const std::string&>())
                                       : Result<Bytes>(tl::unexpect, Error{ErrorCode::invalid, {}});
    const auto digest = raw ? Digest::from_raw(*raw) : Result<Digest>(tl::unexpect, raw.error());
    if (!digest) wrong(name, "must be base64 of 32 bytes");
    return digest.value_or(Digest{});
  }
  std::vector<Digest> hashes(const json& object, const char* name) {
    std::vector<Digest> hashes;
    for (const json& value : list(object, name, proof_hashes_max)) hashes.push_back(hash(value, name));
    return hashes;
  }
  template <class T>
  T take(Result<T> result, const char* name) {
    if (result) return std::move(*result);
    wrong(name, result.error().message);
    return T{};
  }
  void wrong(std::string_view name, std::string_view what) {
    if (status) status = fail(ErrorCode::invalid, fmt::format("bundle: '{}' {}", name, what));
  }
  Status status;
};

BundleEntry read_entry(Reader& reader, const json& value) {
  BundleEntry entry;
  entry.index = reader.number(value, "index");
  entry.envelope = canonical_json(reader.member(value, "envelope"));
  entry.proof = reader.hashes(value, "proof");
  return entry;
}

}  // namespace

Bytes Bundle::encode() const {
  json list = json::array();
  for (const BundleEntry& entry : entries) {
    list.push_back({{"index", entry.index},
                    {"envelope", json::parse(entry.envelope)},
                    {"proof", hashes_json(entry.proof)}});
  }
  json names = json::array();
  for (const tlog::NoteKey& key : keys) names.push_back(key.format());
  json document = {{"format", bundle_format},
                   {"line", line.str()},
                   {"work_order", work_order},
                   {"state", state},
                   {"checkpoint", checkpoint.note.encode()},
                   {"keys", std::move(names)},
                   {"entries", std::move(list)}};
  if (continuation) {
    document["continues"] = {{"size", continuation->size},
                             {"root", to_base64(continuation->root.raw())},
                             {"proof", hashes_json(continuation->proof)}};
  }
  return canonical_json(document) + "\n";
}

Result<Bundle> Bundle::decode(BytesView bytes) {
  if (bytes.size() > bundle_bytes_max) return fail(ErrorCode::invalid, "bundle: is longer than 64 MiB");
  if (!bytes.ends_with('\n'))
    return fail(ErrorCode::invalid, "bundle: does not end with a newline: cut short?");
  const auto document = parse_json(bytes.substr(0, bytes.size() - 1));
  if (!document) return fail(document.error().at("bundle"));
  Reader reader;
  if (reader.text(*document, "format") != bundle_format)
    reader.wrong("format", fmt::format("must be {}", bundle_format));
  Bundle bundle;
  bundle.line = reader.take(LineName::parse(reader.text(*document, "line")), "line");
  bundle.work_order = reader.text(*document, "work_order");
  bundle.state = reader.text(*document, "state");
  bundle.checkpoint =
      reader.take(tlog::SignedCheckpoint::parse(reader.text(*document, "checkpoint")), "checkpoint");
  for (const json& key : reader.list(*document, "keys", tlog::note_signatures_max)) {
    auto parsed = tlog::NoteKey::parse(key.is_string() ? key.get<std::string>() : "");
    if (!parsed) return fail(parsed.error().at("bundle: 'keys'"));
    bundle.keys.push_back(std::move(*parsed));
  }
  for (const json& entry : reader.list(*document, "entries", bundle_entries_max))
    bundle.entries.push_back(read_entry(reader, entry));
  if (document->is_object() && document->contains("continues")) {
    const json& value = (*document)["continues"];
    bundle.continuation = {reader.number(value, "size"), reader.hash(reader.member(value, "root"), "root"),
                           reader.hashes(value, "proof")};
  }
  if (!reader.status) return fail(reader.status.error());
  // Writing it again settles order, spacing and members that are not known.
  if (bundle.encode() != bytes)
    return fail(ErrorCode::invalid, "bundle: is not in its one canonical form (RFC 8785, no other members)");
  return bundle;
}

std::vector<tlog::NoteKey> keep_signatures_of(tlog::Note& note, const std::vector<PublicKey>& replicas) {
  using tlog::NoteKey;
  using tlog::NoteKeyType;
  std::vector<NoteKey> keys;
  const auto key_of = [&](const tlog::NoteSignature& signature) -> std::optional<NoteKey> {
    for (const PublicKey& replica : replicas) {
      for (const auto type : {NoteKeyType::ed25519, NoteKeyType::cosignature}) {
        auto key = NoteKey::make(signature.name, type, replica);
        if (key && key->id() == signature.key_id) return std::move(*key);
      }
    }
    return std::nullopt;
  };
  std::erase_if(note.signatures, [&](const tlog::NoteSignature& signature) {
    auto key = key_of(signature);
    if (key) keys.push_back(std::move(*key));
    return !key.has_value();
  });
  return keys;
}

}  // namespace tcps::ledger
