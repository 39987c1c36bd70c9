#include "actors/engines/channels/oci_registry.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/engines/channels/oci_image.h"
#include "messages/canonical_json.h"
#include "messages/files.h"

namespace tcps::channels {
namespace {

constexpr size_t index_bytes_max = 1u << 20;

bool is_repository(std::string_view name) {
  const auto allowed = [](unsigned char c) {
    return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '.' || c == '_' || c == '-' || c == '/';
  };
  const bool framed = !name.empty() && std::isalnum(static_cast<unsigned char>(name.front())) != 0 &&
                      std::isalnum(static_cast<unsigned char>(name.back())) != 0;
  return framed && name.size() <= 255 && std::all_of(name.begin(), name.end(), allowed) &&
         name.find("//") == std::string_view::npos;
}

bool is_registry(std::string_view host) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  };
  return !host.empty() && host.size() <= 255 && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), allowed);
}

ErrorCode code_of(const std::string& text) {
  const auto says = [&text](const char* part) { return text.find(part) != std::string::npos; };
  if (says("manifest unknown") || says("name unknown") || says("repository name not known"))
    return ErrorCode::not_found;
  if (says("unauthorized") || says("denied") || says("authentication required")) return ErrorCode::refused;
  return ErrorCode::unavailable;
}

const char* remedy(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found:
      return "publish it first";
    case ErrorCode::refused:
      return "check the credentials";
    default:
      return "check that the registry runs and can be reached";
  }
}

// Digest of the image that a layout holds under a tag.
Result<Digest> layout_digest(const std::string& layout_folder, const std::string& tag) {
  const auto bytes = TCPS_TRY(read_file(layout_folder + "/index.json", index_bytes_max));
  const auto index = parse_json(bytes);
  if (!index) return fail(index.error().at(layout_folder + "/index.json"));
  try {
    for (const auto& manifest : index->at("manifests")) {
      const auto name = nlohmann::json::json_pointer("/annotations/org.opencontainers.image.ref.name");
      if (manifest.contains(name) && manifest.at(name) == tag)
        return Digest::parse(manifest.at("digest").get<std::string>());
    }
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorCode::corrupt,
                "'" + layout_folder + "/index.json' is no OCI index: write the image again");
  }
  return fail(ErrorCode::not_found, "layout '" + layout_folder + "' holds no image with tag '" + tag + "'");
}

}  // namespace

Status ImageReference::check() const {
  if (is_registry(registry) && is_repository(repository) && is_image_tag(tag)) return {};
  return fail(ErrorCode::invalid, "image reference '" + to_string() +
                                      "' is malformed: it must be host[:port]/lower-case-name:tag");
}

bool ImageReference::on_loopback() const {
  const auto host = registry.starts_with('[') ? registry.substr(0, registry.find(']') + 1)
                                              : registry.substr(0, registry.find(':'));
  return host == "localhost" || host == "[::1]" || host == "127.0.0.1";
}

OciRegistry::OciRegistry(ProcessRunner& runner, Options options)
    : runner_(runner), options_(std::move(options)) {
  if (!options_.sleep)
    options_.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
}

Result<Bytes> OciRegistry::run_once(const std::vector<std::string>& arguments,
                                    const ImageReference& reference) {
  ProcessSpec spec;
  spec.argv = {"skopeo", "--insecure-policy"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.environment = minimal_environment();
  spec.environment["HOME"] = "/nonexistent";
  spec.deadline = options_.deadline;
  spec.cancel = options_.cancel;
  auto result = TCPS_TRY(runner_.run(spec));
  if (result.ok()) return std::move(result.output);
  if (result.timed_out) {
    return fail(ErrorCode::timeout, "registry did not answer about '" + reference.to_string() +
                                        "' in time: look before retrying");
  }
  const auto code = code_of(result.error_output);
  return fail(code, "'" + reference.to_string() + "' (" + describe_end(result) + "), " + remedy(code) + ": " +
                        result.error_output.substr(0, 500));
}

Result<Bytes> OciRegistry::skopeo(const std::vector<std::string>& arguments,
                                  const ImageReference& reference) {
  auto pause = options_.retry.pause;
  for (int attempt = 1;; ++attempt) {
    auto result = run_once(arguments, reference);
    const bool again = !result && result.error().code == ErrorCode::unavailable &&
                       attempt < options_.retry.attempts_max && !options_.cancel.stop_requested();
    if (!again) return result;
    options_.sleep(pause);
    pause = std::min(pause * 2, options_.retry.pause_max);
  }
}

Result<Digest> OciRegistry::digest_of(const ImageReference& reference) {
  TCPS_TRY(reference.check());
  std::vector<std::string> arguments{"inspect", "--raw"};
  if (reference.on_loopback()) arguments.push_back("--tls-verify=false");
  if (!options_.auth_file.empty()) arguments.push_back("--authfile=" + options_.auth_file);
  arguments.push_back("docker://" + reference.to_string());
  const auto manifest = TCPS_TRY(skopeo(arguments, reference));
  return Digest::of(manifest);
}

Result<Pushed> OciRegistry::push(const std::string& layout_folder, const ImageReference& reference) {
  TCPS_TRY(reference.check());
  const auto ours = TCPS_TRY(layout_digest(layout_folder, reference.tag));
  const auto conflict = [&](const Digest& theirs) {
    return fail(ErrorCode::conflict, "'" + reference.to_string() + "' is published already as " +
                                         theirs.to_string() +
                                         ", which is not this image: increment the version");
  };
  const auto before = digest_of(reference);
  if (before) return *before == ours ? Result<Pushed>(Pushed{ours, true}) : Result<Pushed>(conflict(*before));
  if (before.error().code != ErrorCode::not_found) return fail(before.error());

  std::vector<std::string> arguments{"copy", "--quiet", "--preserve-digests"};
  if (reference.on_loopback()) arguments.push_back("--dest-tls-verify=false");
  if (!options_.auth_file.empty()) arguments.push_back("--authfile=" + options_.auth_file);
  arguments.insert(arguments.end(),
                   {"oci:" + layout_folder + ":" + reference.tag, "docker://" + reference.to_string()});
  TCPS_TRY(skopeo(arguments, reference));
  const auto after = TCPS_TRY(digest_of(reference));
  if (after != ours) return conflict(after);
  return Pushed{ours, false};
}

Status OciRegistry::pull(const ImageReference& reference, const std::string& layout_folder) {
  TCPS_TRY(reference.check());
  std::vector<std::string> arguments{"copy", "--quiet", "--preserve-digests"};
  if (reference.on_loopback()) arguments.push_back("--src-tls-verify=false");
  if (!options_.auth_file.empty()) arguments.push_back("--authfile=" + options_.auth_file);
  arguments.insert(arguments.end(),
                   {"docker://" + reference.to_string(), "oci:" + layout_folder + ":" + reference.tag});
  const auto copied = skopeo(arguments, reference);
  return copied ? Status{} : fail(copied.error());
}

}  // namespace tcps::channels
