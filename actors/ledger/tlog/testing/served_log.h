// A log's files as it would serve them over HTTP. For tests only.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "actors/ledger/tlog/log_monitor.h"
#include "actors/ledger/tlog/merkle.h"

namespace tcps::tlog {

// A log's files as it would serve them.
class ServedLog final : public LogFiles {
 public:
  Result<Bytes> get(const std::string& path) override {
    const auto file = files.find(path);
    if (file == files.end()) return fail(ErrorCode::not_found, path);
    return file->second;
  }
  void grow(uint64_t size, const std::string& word = "entry") {
    while (entries.size() < size) entries.push_back(word + std::to_string(entries.size()));
    publish();
  }
  void publish() {
    TileWriter tree;
    for (const Bytes& entry : entries) tree.append(leaf_hash(entry));
    for (const auto& tile : tree.take_changed()) files[tile_path(tile.address)] = tile.hashes;
    for (uint64_t first = 0; first < entries.size(); first += tile_width) {
      const uint64_t last = std::min<uint64_t>(entries.size(), first + tile_width);
      Bytes bundle;
      for (uint64_t i = first; i < last; ++i) append_to_bundle(bundle, entries[i]);
      files[entries_path(first / tile_width, static_cast<uint32_t>(last - first))] = bundle;
    }
    const auto signed_head = *sign_checkpoint({origin, entries.size(), tree.root(), {}}, key, signer);
    files["checkpoint"] = signed_head.note.encode();
  }

  std::string origin = "tcps.dev/line/0011223344556677";
  PrivateKey signer = PrivateKey::generate();
  NoteKey key = *NoteKey::make(origin, NoteKeyType::ed25519, signer.public_key());
  std::vector<Bytes> entries;
  std::map<std::string, Bytes> files;
};

}  // namespace tcps::tlog
