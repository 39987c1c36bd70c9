#include "nodes/audit/pins.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "messages/files.h"

namespace tcps::audit {
namespace {

constexpr size_t key_file_bytes_max = 1u << 20;

Status add_key(const std::string& text, std::vector<tlog::NoteKey>& keys) {
  auto key = tlog::NoteKey::parse(text);
  if (!key) return fail(key.error().at(text));
  keys.push_back(std::move(*key));
  return {};
}

}  // namespace

void PinOptions::add_key_options(CLI::App* command) {
  command->add_option("--key", keys,
                      "verifier key of a replica or a witness, or a file of them; may be given again");
  command->add_option("--checkpoint", checkpoint, "file of a checkpoint that you kept");
}

void PinOptions::add_all_options(CLI::App* command) {
  add_key_options(command);
  command->add_option("--keys-needed", keys_needed,
                      "so many of the keys must have signed; all when not given");
  command->add_option("--genesis", genesis, "digest of the log's genesis (sha256:...)");
}

Result<std::vector<tlog::NoteKey>> read_keys(const std::vector<std::string>& texts) {
  std::vector<tlog::NoteKey> keys;
  for (const std::string& text : texts) {
    const bool is_key = text.find('+') != std::string::npos;
    const auto file = TCPS_TRY(is_key ? Result<Bytes>(text) : read_input(text, key_file_bytes_max));
    const size_t keys_before = keys.size();
    std::istringstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line.starts_with('#')) continue;
      TCPS_TRY(add_key(line, keys));
    }
    // Who names a file wants a signature checked: none to check with must not pass for one that is good.
    if (keys.size() == keys_before) return fail(ErrorCode::invalid, text + " holds no key");
  }
  return keys;
}

Result<tlog::SignedCheckpoint> read_checkpoint(const std::string& path) {
  const auto bytes = TCPS_TRY(read_input(path, tlog::note_bytes_max));
  auto checkpoint = tlog::SignedCheckpoint::parse(bytes);
  if (!checkpoint) return fail(checkpoint.error().at(path));
  return checkpoint;
}

bool signed_by(const tlog::Note& note, const tlog::NoteKey& key) {
  return key.type() == tlog::NoteKeyType::ed25519 ? tlog::verify_note(note, key)
                                                  : tlog::cosigned_at(note, key).has_value();
}

Result<ledger::BundlePins> read_pins(const PinOptions& options) {
  ledger::BundlePins pins;
  pins.keys = TCPS_TRY(read_keys(options.keys));
  pins.keys_needed = options.keys_needed;
  if (pins.keys_needed > pins.keys.size())
    return fail(ErrorCode::invalid, "--keys-needed asks for more keys than --key gives");
  if (!options.genesis.empty()) {
    auto genesis = Digest::parse(options.genesis);
    if (!genesis) return fail(genesis.error().at("--genesis"));
    pins.genesis = *genesis;
  }
  if (options.checkpoint.empty()) return pins;
  auto checkpoint = TCPS_TRY(read_checkpoint(options.checkpoint));
  const bool vouched =
      pins.keys.empty() || std::any_of(pins.keys.begin(), pins.keys.end(),
                                       [&](const auto& key) { return signed_by(checkpoint.note, key); });
  if (!vouched)
    return fail(ErrorCode::invalid,
                fmt::format("{}: is signed by none of the given keys", options.checkpoint));
  pins.checkpoint = checkpoint.checkpoint;
  return pins;
}

}  // namespace tcps::audit
