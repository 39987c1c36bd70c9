#include "actors/stages/verify/verify_procedure.h"

#include <filesystem>

#include "actors/engines/archive/archive.h"
#include "actors/engines/channels/marketplace.h"
#include "actors/engines/channels/oci_image.h"
#include "actors/engines/channels/oci_registry.h"
#include "actors/stages/common/publications.h"
#include "actors/stages/common/workspace.h"
#include "actors/stages/verify/entitlement_cases.h"
#include "bus/bus.h"

namespace tcps {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace stages;

constexpr size_t record_bytes_max = 1u << 20;

class VerifyRun {
 public:
  explicit VerifyRun(Workbench& bench) : bench_(bench), rules_(bench.work().verify) {
    for (const auto* name : {"install", "smoke_tests", "container", "entitlement_gating"})
      verification_[name] = {{"status", "not run"}};
    verification_["hex_install"] = not_applicable("the product is not published to hex.pm");
  }

  Step<void> work();
  json fields() const {
    return {{"verification", verification_}, {"overall_status", verified_ ? "verified" : "failed"}};
  }

 private:
  Step<void> read_record();
  const Publication* published_to(Channel channel) const;
  Step<void> install();
  Step<void> install_from_marketplace(const Publication& publication);
  Step<void> install_from_image(const Publication& publication);
  Step<void> install_from_store();
  Step<void> unpack(const std::string& tarball);
  Step<void> smoke();
  Step<void> container();
  Step<std::string> pull(const Publication& publication, FailureMode mode);
  Step<std::string> unpack_image(const std::string& layout, const std::string& tag, const std::string& bundle,
                                 FailureMode mode);
  Step<void> run_image(const Publication& publication, const std::string& root);
  Step<void> entitlement();
  Step<void> own_gate();

  Workbench& bench_;
  const VerifyWork& rules_;
  std::vector<Publication> record_;
  std::string installed_;  // the clean folder that holds the published files
  std::string layout_;     // of the pulled image; empty: not pulled yet
  json verification_ = json::object();
  bool verified_ = false;
};

Step<void> VerifyRun::work() {
  installed_ = bench_.folder("install");
  TCPS_TRY(read_record());
  TCPS_TRY(install());
  TCPS_TRY(smoke());
  TCPS_TRY(container());
  TCPS_TRY(entitlement());
  verified_ = true;
  return {};
}

Step<void> VerifyRun::read_record() {
  const auto* entry = bench_.manifest().find(Stage::publish, publications_name);
  if (entry == nullptr)
    return failed(FailureMode::install_fails,
                  "publish left no record of publications: work the publish stage again");
  const auto bytes = bench_.store().get(entry->digest, record_bytes_max);
  if (!bytes) return halt(bytes.error());
  auto record = parse_publications(*bytes);
  if (!record) return failed(FailureMode::install_fails, record.error().message);
  record_ = std::move(*record);
  return {};
}

const Publication* VerifyRun::published_to(Channel channel) const {
  for (const auto& one : record_) {
    if (one.channel == channel) return &one;
  }
  return nullptr;
}

Step<void> VerifyRun::install() {
  const auto* listed = published_to(Channel::marketplace);
  const auto* image = published_to(Channel::oci);
  auto done = listed != nullptr  ? install_from_marketplace(*listed)
              : image != nullptr ? install_from_image(*image)
                                 : install_from_store();
  const auto* source = listed != nullptr ? "marketplace" : image != nullptr ? "oci" : "object store";
  auto& fields = verification_["install"];
  fields = {{"passed", done.has_value()}, {"source", source}};
  if (done) fields["version_installed"] = bench_.job().version;
  return done;
}

Step<void> VerifyRun::install_from_marketplace(const Publication& publication) {
  const auto folder = marketplace_at(bench_.workshop(), publication.place);
  if (!folder) return halt(folder.error());
  const auto fetched = bench_.folder("fetched");
  const auto listing = channels::Marketplace(*folder).fetch(publication.name, publication.version, fetched);
  if (!listing)
    return failed(FailureMode::install_fails,
                  "the marketplace does not give the release: " + listing.error().message);
  for (const auto& file : listing->files) {
    if (file.name != publication.file) continue;
    if (file.digest == publication.digest) return unpack(fetched + "/" + file.name);
    return failed(FailureMode::install_fails, "the marketplace lists '" + file.name + "' as " +
                                                  file.digest.to_string() + ", but " +
                                                  publication.digest.to_string() + " was published");
  }
  return failed(FailureMode::install_fails,
                "the marketplace lists no '" + publication.file + "' for this version");
}

Step<void> VerifyRun::install_from_image(const Publication& publication) {
  const auto layout = TCPS_TRY(pull(publication, FailureMode::install_fails));
  installed_ = TCPS_TRY(
      unpack_image(layout, publication.version, bench_.folder("install-bundle"), FailureMode::install_fails));
  return {};
}

Step<void> VerifyRun::install_from_store() {
  const auto folder = bench_.folder("fetched");
  if (auto laid = lay_files(bench_.store(), bench_.manifest(), Stage::release, folder); !laid)
    return failed(FailureMode::install_fails,
                  "the object store does not give the release: " + laid.error().message);
  for (const auto& [path, entry] : bench_.manifest().product_files(Stage::release)) {
    if (path.ends_with(tarball_suffix)) return unpack(folder + "/" + path);
  }
  return failed(FailureMode::install_fails, "the release has no tarball: work the release stage again");
}

Step<void> VerifyRun::unpack(const std::string& tarball) {
  const auto unpacked = archive::unpack(tarball, installed_);
  if (!unpacked)
    return failed(FailureMode::install_fails,
                  "the published tarball does not unpack: " + unpacked.error().message);
  return {};
}

Step<void> VerifyRun::smoke() {
  auto& fields = verification_["smoke_tests"];
  if (rules_.smoke.empty()) {
    fields = not_applicable("line.toml has no [[verify.smoke]]");
    return {};
  }
  size_t passed = 0;
  for (const auto& check : rules_.smoke) {
    const auto ended = TCPS_TRY(bench_.run(installed_, {check.command, {}, bench_.deadline()}));
    const auto failures = ended.ok() ? 0 : 1;
    passed += ended.ok() ? 1 : 0;
    fields = {{"passed", ended.ok()},
              {"tests_planned", rules_.smoke.size()},
              {"tests_run", passed + static_cast<size_t>(failures)},
              {"tests_passed", passed},
              {"tests_failed", failures}};
    if (!ended.ok())
      return failed(FailureMode::smoke_test_fails,
                    "smoke check '" + check.name + "': " + describe_failure(check.command, ended));
  }
  return {};
}

Step<void> VerifyRun::container() {
  auto& fields = verification_["container"];
  const auto* image = published_to(Channel::oci);
  if (image == nullptr) {
    fields = not_applicable("no image was published");
    return {};
  }
  fields = {{"passed", false}, {"image_pulled", false}};
  const auto layout = TCPS_TRY(pull(*image, FailureMode::container_broken));
  fields["image_pulled"] = true;
  const auto root =
      TCPS_TRY(unpack_image(layout, image->version, bench_.folder("bundle"), FailureMode::container_broken));
  TCPS_TRY(run_image(*image, root));
  fields["passed"] = true;
  return {};
}

// An OCI layout with the published image, pulled once.
Step<std::string> VerifyRun::pull(const Publication& publication, FailureMode mode) {
  if (!layout_.empty()) return layout_;
  const auto registry = registry_at(bench_.workshop(), publication.place);
  if (!registry) return halt(registry.error());
  const channels::ImageReference reference{*registry, publication.name, publication.version};
  auto client = open_registry(bench_);
  const auto digest = client.digest_of(reference);
  if (!digest && digest.error().code == ErrorCode::io) return halt(digest.error());
  if (!digest) return failed(mode, "the image cannot be pulled: " + digest.error().message);
  if (*digest != publication.digest) {
    return failed(mode, "'" + reference.to_string() + "' is " + digest->to_string() + ", but " +
                            publication.digest.to_string() + " was published");
  }
  const auto layout = bench_.folder("layout");
  if (auto pulled = client.pull(reference, layout); !pulled)
    return failed(mode, "the image cannot be pulled: " + pulled.error().message);
  layout_ = layout;
  return layout_;
}

Step<std::string> VerifyRun::unpack_image(const std::string& layout, const std::string& tag,
                                          const std::string& bundle, FailureMode mode) {
  auto root = channels::unpack_image(*bench_.workshop().processes, layout, tag, bundle);
  if (root) return std::move(*root);
  // The layout was pulled under this tag: what was not found is umoci.
  if (root.error().code == ErrorCode::not_found || root.error().code == ErrorCode::io)
    return halt(root.error());
  return failed(mode, "the image cannot be unpacked: " + root.error().message);
}

Step<void> VerifyRun::run_image(const Publication& publication, const std::string& root) {
  auto& fields = verification_["container"];
  if (rules_.image_command.empty()) {
    fields["version_correct"] = not_applicable("line.toml has no verify.image_command");
    return {};
  }
  const auto work = bench_.folder("image-work");
  std::error_code error;
  fs::create_directories(work, error);
  if (error) return halt(Error{ErrorCode::io, "cannot make '" + work + "': " + error.message()});
  Command command{rules_.image_command, {}, bench_.deadline(), root};
  if (const auto& image = bench_.work().release.image) {
    command.environment = image->environment;
    command.working_directory = image->working_directory;
  }
  const auto ended = TCPS_TRY(bench_.run(work, command));
  const auto place = "image '" + publication.name + ":" + publication.version + "': ";
  if (!ended.ok())
    return failed(FailureMode::container_broken, place + describe_failure(rules_.image_command, ended));
  const bool right = ended.output.find(bench_.job().version) != std::string::npos;
  fields["version_correct"] = right;
  if (!right)
    return failed(FailureMode::container_broken, place + "its output does not hold the version " +
                                                     bench_.job().version + ": " + last_words(ended.output));
  return {};
}

Step<void> VerifyRun::entitlement() {
  if (rules_.entitlement.empty()) return own_gate();
  auto& fields = verification_["entitlement_gating"];
  for (const auto& check : rules_.entitlement) {
    const auto ended = TCPS_TRY(bench_.run(installed_, {check.command, {}, bench_.deadline()}));
    fields = {{"passed", ended.ok()}, {"test_cases", rules_.entitlement.size()}, {"all_passed", ended.ok()}};
    if (!ended.ok())
      return failed(FailureMode::entitlement_broken,
                    "entitlement case '" + check.name + "': " + describe_failure(check.command, ended));
  }
  return {};
}

// The marketplace's own rules, asked about this SKU with a publisher made up for the occasion.
Step<void> VerifyRun::own_gate() {
  auto& fields = verification_["entitlement_gating"];
  const auto* listed = published_to(Channel::marketplace);
  if (listed == nullptr) {
    fields = not_applicable("nothing was published to a marketplace that gates downloads");
    return {};
  }
  const auto now = bench_.workshop().unix_ms() / 1000;
  const auto trial = make_entitlement_trial(listed->name, now);
  if (!trial) return halt(trial.error());
  const auto entitlements = channels::Entitlements::parse(trial->entitlements);
  if (!entitlements)
    return failed(FailureMode::entitlement_broken,
                  "the gate does not read its users: " + entitlements.error().message);
  const auto gate = [&](std::string_view token, std::string_view sku, int64_t at) {
    return entitlements->decide(token, sku, at);
  };
  const auto wrong = put_to_gate(gate, trial->cases, listed->name, now);
  fields = {{"passed", wrong.empty()}, {"test_cases", trial->cases.size()}, {"all_passed", wrong.empty()}};
  if (!wrong.empty()) return failed(FailureMode::entitlement_broken, "entitlement case " + wrong.front());
  return {};
}

class VerifyProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job& job, const Workshop& workshop) override {
    return run_stage<VerifyRun>(job, workshop);
  }
};

}  // namespace

std::unique_ptr<Procedure> make_verify_procedure() { return std::make_unique<VerifyProcedure>(); }

}  // namespace tcps
