#include "actors/ledger/replication/replica_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/text.h"

namespace tcps::ledger {
namespace {

constexpr size_t waits_for_bytes_max = 2048;

tl::unexpected<Error> bad_state(std::string_view why) {
  return fail(ErrorCode::invalid, fmt::format("the state of a replica {}", why));
}

// The number behind "<name> " in that extension line.
std::optional<uint64_t> number_in(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || line.size() <= name.size() + 1 || line[name.size()] != ' ')
    return std::nullopt;
  line.remove_prefix(name.size() + 1);
  return whole_number(line);
}

std::string text_in(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

bool SignedReplicaState::signed_by(const std::vector<PublicKey>& keys) const {
  return std::any_of(keys.begin(), keys.end(), [&](const PublicKey& key) {
    const auto cosigner = cosigner_key(note.checkpoint.origin, state.node, key);
    return cosigner && tlog::cosigned_at(note.note, *cosigner).has_value();
  });
}

Result<ReplicaState> replica_state(LedgerStore& store, const std::string& node, bool halted) {
  const auto head = store.head();
  ReplicaState state{node, {head.size, head.root}, head.next, halted, {}, std::nullopt};
  auto certificate = store.latest_checkpoint();
  if (certificate) state.certificate = std::move(*certificate);
  if (!certificate && certificate.error().code != ErrorCode::not_found) return fail(certificate.error());
  return state;
}

Result<Bytes> encode_replica_state(const ReplicaState& state, const std::string& origin,
                                   const std::string& nonce, uint64_t unix_s, Signer& signer) {
  auto key = TCPS_TRY(cosigner_key(origin, state.node, signer.public_key()));
  const tlog::Checkpoint body{
      origin,
      state.head.size,
      state.head.root,
      {fmt::format("epoch {}", state.next.epoch), fmt::format("next {}", state.next.sequence),
       fmt::format("halted {}", state.halted ? 1 : 0), "nonce " + nonce}};
  tlog::Note note{body.body(), {}};
  auto signature = TCPS_TRY(tlog::cosign_note(note.text, key, unix_s, signer));
  note.signatures.push_back(std::move(signature));
  return nlohmann::json{{"node", state.node},
                        {"state", note.encode()},
                        {"waits_for", state.waits_for},
                        {"certificate", state.certificate ? state.certificate->note.encode() : Bytes()}}
      .dump();
}

Result<SignedReplicaState> decode_replica_state(BytesView bytes, const std::string& nonce) {
  if (bytes.size() > 4 * tlog::note_bytes_max) return bad_state("is too long");
  auto json = TCPS_TRY(parse_json(bytes, 4));
  if (!json.is_object()) return bad_state("is no JSON object");
  auto note = tlog::SignedCheckpoint::parse(text_in(json, "state"));
  if (!note) return fail(note.error().at("the state of a replica"));
  const auto& lines = note->checkpoint.extensions;
  if (lines.size() != 4 || lines[3] != "nonce " + nonce) return bad_state("is no answer to this question");
  const auto epoch = number_in(lines[0], "epoch"), next = number_in(lines[1], "next"),
             halted = number_in(lines[2], "halted");
  if (!epoch || *epoch > UINT32_MAX || !next || !halted) return bad_state("lacks epoch, position or halt");
  SignedReplicaState out{{text_in(json, "node"),
                          {note->checkpoint.size, note->checkpoint.root},
                          {static_cast<uint32_t>(*epoch), *next},
                          *halted == 1,
                          text_in(json, "waits_for").substr(0, waits_for_bytes_max),
                          std::nullopt},
                         std::move(*note)};
  if (const auto text = text_in(json, "certificate"); !text.empty()) {
    auto certificate = tlog::SignedCheckpoint::parse(text);
    if (!certificate) return fail(certificate.error().at("the certificate of a replica"));
    out.state.certificate = std::move(*certificate);
  }
  return out;
}

}  // namespace tcps::ledger
