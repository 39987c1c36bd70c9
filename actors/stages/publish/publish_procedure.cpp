#include "actors/stages/publish/publish_procedure.h"

#include <algorithm>
#include <filesystem>

#include "actors/engines/archive/archive.h"
#include "actors/engines/channels/marketplace.h"
#include "actors/engines/channels/oci_registry.h"
#include "actors/engines/reports/checksums.h"
#include "actors/stages/common/publications.h"
#include "actors/stages/common/workspace.h"
#include "messages/files.h"
#include "messages/iso8601.h"

namespace tcps {
namespace {

using nlohmann::json;
using namespace stages;

constexpr auto first_pause = std::chrono::milliseconds(200);
constexpr auto longest_pause = std::chrono::milliseconds(5'000);
constexpr size_t checksums_bytes_max = 1u << 20;

class PublishRun {
 public:
  explicit PublishRun(Workbench& bench) : bench_(bench), rules_(bench.work().publish) {}

  Step<void> work();
  json fields() const { return {{"publications", publications_}}; }

 private:
  Step<void> fetch();
  Step<void> check() const;
  Step<void> to_oci();
  Step<void> to_marketplace();
  Result<channels::MarketplacePublished> list(const std::string& folder) const;
  std::string release_file(const std::string& suffix) const;
  std::string now() const { return to_iso8601(bench_.workshop().unix_ms()); }
  void note_absent_channels();

  Workbench& bench_;
  const PublishWork& rules_;
  std::string folder_;  // the release's files
  json publications_ = json::array();
  std::vector<Publication> record_;
};

Step<void> PublishRun::work() {
  note_absent_channels();
  folder_ = bench_.folder("release");
  TCPS_TRY(fetch());
  TCPS_TRY(check());
  for (const auto channel : rules_.channels) {
    TCPS_TRY(channel == Channel::oci ? to_oci() : to_marketplace());
  }
  const auto file = bench_.folder(publications_name);
  if (auto written = replace_file(file, to_json(record_)); !written) return halt(written.error());
  const auto kept = bench_.keep_file(publications_name, file);
  return kept ? Step<void>{} : tl::unexpected(kept.error());
}

void PublishRun::note_absent_channels() {
  const auto absent = [this](const char* channel, std::string_view reason) {
    auto entry = not_applicable(reason);
    entry["channel"] = channel;
    publications_.push_back(std::move(entry));
  };
  const auto has = [this](Channel channel) {
    return std::find(rules_.channels.begin(), rules_.channels.end(), channel) != rules_.channels.end();
  };
  absent("hex.pm", "the product is published as tarball and image, not as an Erlang package");
  if (!has(Channel::oci)) absent("oci", "line.toml names no channel 'oci'");
  if (!has(Channel::marketplace)) absent("marketplace", "line.toml names no channel 'marketplace'");
}

// The store checks each file against its digest; a file that is gone or damaged must be released anew.
Step<void> PublishRun::fetch() {
  const auto laid = lay_files(bench_.store(), bench_.manifest(), Stage::release, folder_);
  if (laid) return {};
  const auto code = laid.error().code;
  if (code == ErrorCode::corrupt || code == ErrorCode::not_found || is_fault_of_product(code))
    return failed(no_mode, "the release cannot be checked before publishing: " + laid.error().message);
  return halt(laid.error());
}

Step<void> PublishRun::check() const {
  const auto text = read_product_file(folder_, checksums_name, checksums_bytes_max);
  const auto sums = text ? reports::parse_checksums(*text) : fail(text.error());
  if (!sums) return failed(no_mode, "the release's checksums cannot be read: " + sums.error().message);
  const auto right = reports::verify_checksums(folder_, *sums);
  if (!right) return failed(no_mode, right.error().message);
  const auto tarball = release_file(tarball_suffix);
  if (tarball.empty() || !sums->contains(tarball))
    return failed(no_mode, "the release has no tarball: work the release stage again");
  return {};
}

std::string PublishRun::release_file(const std::string& suffix) const {
  for (const auto& [path, entry] : bench_.manifest().product_files(Stage::release)) {
    if (path.ends_with(suffix)) return path;
  }
  return {};
}

Step<void> PublishRun::to_oci() {
  const auto registry = registry_at(bench_.workshop(), rules_.oci_registry);
  if (!registry) return halt(registry.error());
  const auto image = release_file(image_suffix);
  if (image.empty())
    return failed(FailureMode::container_push_fails,
                  "the release holds no image: add [release.image] to line.toml and release again");
  const auto layout = bench_.folder("layout");
  if (auto unpacked = archive::unpack(folder_ + "/" + image, layout); !unpacked)
    return failed(FailureMode::container_push_fails,
                  "the image cannot be unpacked: " + unpacked.error().message);
  const channels::ImageReference reference{*registry, rules_.oci_repository, bench_.job().version};
  const auto pushed = open_registry(bench_).push(layout, reference);
  if (!pushed) {
    const auto& error = pushed.error();
    if (error.code == ErrorCode::conflict) return failed(FailureMode::version_conflict, error.message);
    // The layout is there: what was not found, or could not be started, is skopeo.
    if (error.code == ErrorCode::not_found || error.code == ErrorCode::io) return halt(error);
    return failed(FailureMode::container_push_fails, error.message);
  }
  bench_.log().add_line("published " + reference.to_string() + " " + pushed->digest.to_string());
  record_.push_back(
      {Channel::oci, rules_.oci_registry, reference.repository, reference.tag, "", pushed->digest});
  publications_.push_back({{"channel", "oci"},
                           {"registry", reference.registry},
                           {"image", reference.repository + ":" + reference.tag},
                           {"url", reference.to_string()},
                           {"digest", pushed->digest.to_string()},
                           {"already_there", pushed->already_there},
                           {"published_at", now()}});
  return {};
}

Result<channels::MarketplacePublished> PublishRun::list(const std::string& folder) const {
  channels::MarketplaceRelease release{
      bench_.job().work_order.sku(), bench_.job().version, bench_.workshop().unix_ms() / 1000, {}};
  release.files = {folder_ + "/" + release_file(tarball_suffix)};
  return channels::Marketplace(folder).publish(release);
}

Step<void> PublishRun::to_marketplace() {
  const auto folder = marketplace_at(bench_.workshop(), rules_.marketplace_directory);
  if (!folder) return halt(folder.error());
  auto listed = list(*folder);
  auto pause = first_pause;
  for (uint32_t attempt = 1; !listed && listed.error().code == ErrorCode::io && attempt < rules_.attempts;
       ++attempt) {
    bench_.log().add_line("marketplace: " + listed.error().message);
    TCPS_TRY(bench_.pause(pause));
    pause = std::min(pause * 2, longest_pause);
    listed = list(*folder);
  }
  if (!listed)
    return failed(listed.error().code == ErrorCode::conflict ? FailureMode::version_conflict
                                                             : FailureMode::marketplace_update_fails,
                  listed.error().message);
  const auto& job = bench_.job();
  const auto tarball = release_file(tarball_suffix);
  const auto digest = bench_.manifest().find(Stage::release, tarball)->digest;
  const auto& host = bench_.workshop().public_host;
  bench_.log().add_line("published " + listed->url + " " + digest.to_string());
  record_.push_back({Channel::marketplace, rules_.marketplace_directory, job.work_order.sku(), job.version,
                     tarball, digest});
  publications_.push_back(
      {{"channel", "marketplace"},
       {"sku", job.work_order.sku() + "-" + job.version},
       {"listing_url", host.empty() ? listed->url : "http://" + host + "/marketplace/" + listed->url},
       {"digest", digest.to_string()},
       {"already_there", listed->already_there},
       {"published_at", to_iso8601(listed->listing.released_unix_s * 1000)}});
  return {};
}

class PublishProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    return run_stage<PublishRun>(job, workshop);
  }
};

}  // namespace

std::unique_ptr<Procedure> make_publish_procedure() { return std::make_unique<PublishProcedure>(); }

}  // namespace tcps
