#include "nodes/audit/pins.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace tcps::audit {
namespace {

constexpr size_t key_file_bytes_max = 1u << 20;

Status add_key(const std::string& text, std::vector<merkle::NoteKey>& keys) {
  auto key = merkle::NoteKey::parse(text);
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

Result<std::vector<merkle::NoteKey>> read_keys(const std::vector<std::string>& texts) {
  std::vector<merkle::NoteKey> keys;
  for (const std::string& text : texts) {
    const bool is_key = text.find('+') != std::string::npos;
    const auto file = is_key ? Result<Bytes>(text) : read_file(text, key_file_bytes_max);
    if (!file) return fail(file.error());
    std::istringstream lines(*file);
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line.starts_with('#')) continue;
      if (auto added = add_key(line, keys); !added) return fail(added.error());
    }
  }
  return keys;
}

Result<merkle::SignedCheckpoint> read_checkpoint(const std::string& path) {
  const auto bytes = read_file(path, merkle::note_bytes_max);
  if (!bytes) return fail(bytes.error());
  auto checkpoint = merkle::SignedCheckpoint::parse(*bytes);
  if (!checkpoint) return fail(checkpoint.error().at(path));
  return checkpoint;
}

bool signed_by(const merkle::Note& note, const merkle::NoteKey& key) {
  return key.type() == merkle::NoteKeyType::ed25519 ? merkle::verify_note(note, key)
                                                    : merkle::cosigned_at(note, key).has_value();
}

Result<ledger::BundlePins> read_pins(const PinOptions& options) {
  ledger::BundlePins pins;
  auto keys = read_keys(options.keys);
  if (!keys) return fail(keys.error());
  pins.keys = std::move(*keys);
  pins.keys_needed = options.keys_needed;
  if (pins.keys_needed > pins.keys.size())
    return fail(ErrorCode::invalid, "--keys-needed asks for more keys than --key gives");
  if (!options.genesis.empty()) {
    auto genesis = Digest::parse(options.genesis);
    if (!genesis) return fail(genesis.error().at("--genesis"));
    pins.genesis = *genesis;
  }
  if (options.checkpoint.empty()) return pins;
  auto checkpoint = read_checkpoint(options.checkpoint);
  if (!checkpoint) return fail(checkpoint.error());
  const bool vouched =
      pins.keys.empty() || std::any_of(pins.keys.begin(), pins.keys.end(),
                                       [&](const auto& key) { return signed_by(checkpoint->note, key); });
  if (!vouched)
    return fail(ErrorCode::invalid,
                fmt::format("{}: is signed by none of the given keys", options.checkpoint));
  pins.checkpoint = checkpoint->checkpoint;
  return pins;
}

}  // namespace tcps::audit
