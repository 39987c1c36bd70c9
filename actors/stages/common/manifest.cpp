#include "actors/stages/common/manifest.h"

#include <nlohmann/json.hpp>

#include "bus/bus.h"
#include "messages/canonical_json.h"
#include "messages/utf8.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

constexpr size_t path_bytes_max = 1024;
constexpr uint64_t size_max = 1ull << 53;  // exact in JSON

std::string name_of(Stage stage, std::string_view path) {
  return std::string(to_string(stage)).append("/").append(path);
}

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorCode::invalid, "artifact manifest: " + what + ": work the stage again that wrote it");
}

Result<ManifestEntry> parse_entry(const std::string& name, const json& value) {
  if (!value.is_object() || value.size() != 3) return malformed("'" + name + "' is not {digest, mode, size}");
  const auto digest = value.find("digest");
  const auto mode = value.find("mode");
  const auto size = value.find("size");
  if (digest == value.end() || mode == value.end() || size == value.end())
    return malformed("'" + name + "' is not {digest, mode, size}");
  if (!size->is_number_unsigned() || size->get<uint64_t>() > size_max)
    return malformed("the size of '" + name + "' is no count of bytes");
  if (*mode != "644" && *mode != "755") return malformed("the mode of '" + name + "' is neither 644 nor 755");
  if (!digest->is_string() || !digest->get_ref<const std::string&>().starts_with("sha256:"))
    return malformed("the digest of '" + name + "' is not written sha256:<hex>");
  const auto parsed = Digest::parse(digest->get_ref<const std::string&>());
  if (!parsed || parsed->empty())
    return malformed("the digest of '" + name + "' is not written sha256:<hex>");
  return ManifestEntry{*parsed, size->get<uint64_t>(), *mode == "755"};
}

}  // namespace

bool is_product_path(std::string_view path) {
  if (path.empty() || path.size() > path_bytes_max || path.front() == '/' || path.back() == '/') return false;
  for (const unsigned char c : path) {
    if (c < 0x20 || c == 0x7f || c == '\\') return false;
  }
  for (size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto segment = path.substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == "..") return false;
    begin = end + 1;
  }
  return utf8::is_valid(path);
}

Result<Manifest> Manifest::parse(BytesView bytes) {
  if (bytes.size() > bytes_max) return malformed("it is longer than 32 MiB");
  const auto value = parse_json(bytes, 8);
  if (!value) return fail(value.error().at("artifact manifest"));
  const auto files = value->is_object() && value->size() == 1 ? value->find("files") : value->end();
  if (files == value->end() || !files->is_object()) return malformed("it is not {\"files\": {..}}");
  Manifest manifest;
  for (const auto& [name, entry] : files->items()) {
    const auto slash = name.find('/');
    const auto stage = parse_stage(std::string_view(name).substr(0, slash));
    if (slash == std::string::npos || !stage)
      return malformed("'" + name.substr(0, 200) + "' does not begin with a stage");
    auto parsed = TCPS_TRY(parse_entry(name, entry));
    TCPS_TRY(manifest.add(*stage, name.substr(slash + 1), parsed));
  }
  return manifest;
}

Result<Manifest> Manifest::load(bus::ObjectStore& store, const Digest& digest) {
  if (digest.empty()) return Manifest{};
  const auto bytes = store.get(digest, bytes_max);
  if (!bytes) return fail(bytes.error().at("artifact manifest " + digest.to_string()));
  return parse(*bytes);
}

Bytes Manifest::to_json() const {
  auto files = json::object();
  for (const auto& [name, entry] : files_) {
    files[name] = {{"digest", entry.digest.to_string()},
                   {"size", entry.size},
                   {"mode", entry.executable ? "755" : "644"}};
  }
  return canonical_json({{"files", std::move(files)}});
}

Result<Digest> Manifest::store(bus::ObjectStore& store) const {
  const auto bytes = to_json();
  if (bytes.size() > bytes_max)
    return fail(ErrorCode::full, "artifact manifest is longer than 32 MiB: collect fewer files");
  const auto digest = Digest::of(bytes);
  if (auto put = store.put(digest, bytes); !put) return fail(put.error().at("artifact manifest"));
  return digest;
}

Status Manifest::add(Stage stage, const std::string& path, const ManifestEntry& entry) {
  if (!is_product_path(path)) return malformed("'" + path.substr(0, 200) + "' is no path inside the product");
  if (files_.size() >= entries_max)
    return fail(ErrorCode::full, "artifact manifest holds more than 100000 files: collect fewer");
  const auto [place, is_new] = files_.emplace(name_of(stage, path), entry);
  if (is_new || place->second == entry) return {};
  return fail(ErrorCode::conflict,
              "artifact manifest holds two files named '" + place->first + "': rename one");
}

std::map<std::string, ManifestEntry> Manifest::product_files(Stage stage) const {
  std::map<std::string, ManifestEntry> files;
  const auto prefix = name_of(stage, "");
  for (auto next = files_.lower_bound(prefix); next != files_.end() && next->first.starts_with(prefix);
       ++next) {
    auto path = next->first.substr(prefix.size());
    if (!path.starts_with(report_folder)) files.emplace(std::move(path), next->second);
  }
  return files;
}

const ManifestEntry* Manifest::find(Stage stage, std::string_view path) const {
  const auto found = files_.find(name_of(stage, path));
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace tcps::stages
