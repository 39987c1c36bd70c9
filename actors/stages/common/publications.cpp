#include "actors/stages/common/publications.h"

#include <algorithm>

#include "messages/canonical_json.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

constexpr size_t publications_max = 16;
constexpr const char* embedded = "embedded";

tl::unexpected<Error> malformed() {
  return fail(ErrorCode::invalid, "the record of publications is malformed: work the publish stage again");
}

}  // namespace

Bytes to_json(const std::vector<Publication>& publications) {
  auto list = json::array();
  for (const auto& one : publications) {
    list.push_back({{"channel", one.channel == Channel::oci ? "oci" : "marketplace"},
                    {"place", one.place},
                    {"name", one.name},
                    {"version", one.version},
                    {"file", one.file},
                    {"digest", one.digest.to_string()}});
  }
  return canonical_json({{"publications", list}});
}

Result<std::vector<Publication>> parse_publications(BytesView bytes) {
  const auto value = parse_json(bytes, 8);
  if (!value) return fail(value.error().at("record of publications"));
  try {
    std::vector<Publication> publications;
    const auto& list = value->at("publications");
    if (!list.is_array() || list.size() > publications_max) return malformed();
    for (const auto& one : list) {
      const auto channel = one.at("channel").get<std::string>();
      const auto digest = Digest::parse(one.at("digest").get<std::string>());
      if (!digest || (channel != "oci" && channel != "marketplace")) return malformed();
      publications.push_back({channel == "oci" ? Channel::oci : Channel::marketplace, one.at("place"),
                              one.at("name"), one.at("version"), one.at("file"), *digest});
    }
    return publications;
  } catch (const json::exception&) {
    return malformed();
  }
}

Result<std::string> registry_at(const Workshop& workshop, const std::string& place) {
  if (place != embedded) return place;
  if (!workshop.oci_registry.empty()) return workshop.oci_registry;
  return fail(ErrorCode::unavailable,
              "this node has no embedded registry: switch it on, or name one in publish.oci.registry");
}

Result<std::string> marketplace_at(const Workshop& workshop, const std::string& place) {
  if (place != embedded) return place;
  if (!workshop.marketplace_directory.empty()) return workshop.marketplace_directory;
  return fail(ErrorCode::unavailable,
              "this node has no embedded marketplace: switch it on, or name a folder in "
              "publish.marketplace.directory");
}

channels::OciRegistry open_registry(const Workbench& bench) {
  channels::OciRegistry::Options options;
  options.retry.attempts_max = static_cast<int>(bench.work().publish.attempts);
  options.sleep = [&bench](std::chrono::milliseconds time) { std::ignore = bench.pause(time); };
  options.cancel = bench.job().cancel;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(bench.deadline() -
                                                                          std::chrono::steady_clock::now());
  options.deadline = std::clamp(left, std::chrono::milliseconds(1), options.deadline);
  return {*bench.workshop().processes, std::move(options)};
}

}  // namespace tcps::stages
