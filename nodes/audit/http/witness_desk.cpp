#include "nodes/audit/http/witness_desk.h"

#include <fmt/format.h>

#include <filesystem>

#include "actors/ledger/tlog/outside_checkpoint.h"
#include "messages/files.h"

namespace tcps::audit {
namespace {

namespace fs = std::filesystem;

http::Response response(unsigned status, std::string content_type, Bytes body) {
  http::Response response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

http::Response plain(unsigned status, std::string text) {
  return response(status, "text/plain; charset=utf-8", std::move(text) + "\n");
}

}  // namespace

Result<std::unique_ptr<WitnessDesk>> WitnessDesk::open(const std::string& folder, const std::string& name,
                                                       std::shared_ptr<PrivateKey> key,
                                                       const std::vector<tlog::NoteKey>& logs,
                                                       UnixClock clock, Alarm alarm) {
  auto note_key = TCPS_TRY(tlog::NoteKey::make(name, tlog::NoteKeyType::cosignature, key->public_key()));
  auto witness = TCPS_TRY(tlog::Witness::make(logs));
  std::unique_ptr<WitnessDesk> desk(new WitnessDesk(folder, std::move(note_key), std::move(key),
                                                    std::move(witness), std::move(clock), std::move(alarm)));
  for (const std::string& origin : desk->witness_.origins()) {
    std::error_code error;
    fs::create_directories(desk->folder_of(origin), error);
    if (error) return fail(ErrorCode::io, fmt::format("{}: {}", desk->folder_of(origin), error.message()));
    TCPS_TRY(desk->restore(origin));
  }
  return desk;
}

// An origin may hold any character; its digest names the folder.
std::string WitnessDesk::folder_of(const std::string& origin) const {
  return folder_ + "/" + Digest::of(origin).hex().substr(0, 32);
}

Status WitnessDesk::restore(const std::string& origin) {
  auto kept = TCPS_TRY(tlog::read_outside_checkpoint(folder_of(origin)));
  if (!kept) return {};
  if (kept->checkpoint.origin != origin || !tlog::cosigned_at(kept->note, note_key_)) {
    return fail(
        ErrorCode::corrupt,
        fmt::format("{}: is not a checkpoint of {} that {} cosigned: bring it back from a backup, or take "
                    "another name and key",
                    tlog::outside_checkpoint_path(folder_of(origin)), origin, note_key_.name()));
  }
  return witness_.restore(kept->checkpoint);
}

http::Response WitnessDesk::answer(const http::Request& request) {
  if (request.target != "/add-checkpoint") return plain(404, "there is only /add-checkpoint");
  if (request.method != "POST") return plain(405, "use POST");
  auto submitted = tlog::AddCheckpoint::parse(request.body);
  if (!submitted) return plain(400, submitted.error().message);
  const auto judged = witness_.judge(*submitted);
  if (judged.status == 200) return add_checkpoint(*submitted);
  if (const auto what = witness_.contradiction(*submitted)) shout(*submitted, *what);
  return response(judged.status, judged.content_type, judged.body);
}

void WitnessDesk::shout(const tlog::AddCheckpoint& request, const std::string& what) {
  const std::string evidence = folder_of(request.checkpoint.checkpoint.origin) + "/offending-checkpoint";
  const auto kept = replace_file(evidence, request.checkpoint.note.encode());
  alarm_(fmt::format("ALARM: {}; the checkpoint is {}", what,
                     kept ? "in " + evidence : "not kept: " + kept.error().message));
}

http::Response WitnessDesk::add_checkpoint(const tlog::AddCheckpoint& request) {
  tlog::SignedCheckpoint cosigned = request.checkpoint;
  auto signature = tlog::cosign_note(cosigned.note.text, note_key_, clock_(), *key_);
  if (!signature) return plain(500, "the witness cannot sign now");
  std::erase_if(cosigned.note.signatures, [&](const tlog::NoteSignature& older) {
    return older.name == note_key_.name() && older.key_id == note_key_.id();
  });
  if (cosigned.note.signatures.size() == tlog::note_signatures_max) return plain(400, "too many signatures");
  cosigned.note.signatures.push_back(*signature);
  const std::string& origin = cosigned.checkpoint.origin;
  if (auto kept = tlog::write_outside_checkpoint(folder_of(origin), cosigned); !kept)
    return plain(500, "the witness cannot keep the checkpoint now");
  witness_.advance(request);
  const Bytes text = tlog::Note{cosigned.note.text, {*signature}}.encode();
  return response(200, "text/plain; charset=utf-8", text.substr(cosigned.note.text.size() + 1));
}

}  // namespace tcps::audit
