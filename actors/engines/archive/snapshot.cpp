#include "actors/engines/archive/snapshot.h"

#include <algorithm>
#include <filesystem>

namespace tcps::archive {
namespace {

namespace fs = std::filesystem;

bool is_revision(const std::string& text) {
  constexpr std::string_view others = "._/-+@";
  const auto allowed = [&](unsigned char c) {
    return std::isalnum(c) != 0 || others.find(static_cast<char>(c)) != others.npos;
  };
  return !text.empty() && text.size() <= 256 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), allowed);
}

Status check(const GitSource& source) {
  const auto scheme_end = source.url.find("://");
  const auto scheme = source.url.substr(0, scheme_end == std::string::npos ? 0 : scheme_end);
  if (source.url.size() > 2048 ||
      std::find(source.protocols.begin(), source.protocols.end(), scheme) == source.protocols.end()) {
    return fail(ErrorCode::invalid, "git source '" + source.url.substr(0, 200) +
                                        "' does not use an allowed protocol: allow '" + scheme +
                                        "' in the line's configuration or use another address");
  }
  if (!is_revision(source.revision)) {
    return fail(ErrorCode::invalid, "git revision '" + source.revision.substr(0, 100) +
                                        "' is malformed: name a branch, tag or commit");
  }
  return {};
}

// A working copy that lives as long as the snapshot is made.
class GitCheckout {
 public:
  GitCheckout(ProcessRunner& runner, const GitSource& source, std::string folder)
      : runner_(runner), source_(source), folder_(std::move(folder)) {}
  ~GitCheckout() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  GitCheckout(const GitCheckout&) = delete;
  GitCheckout& operator=(const GitCheckout&) = delete;

  // Returns the commit.
  Result<std::string> fetch() {
    std::error_code error;
    fs::remove_all(folder_, error);
    if (!fs::create_directories(folder_, error)) {
      return fail(ErrorCode::io, "cannot create the folder '" + folder_ + "': " + error.message());
    }
    TCPS_TRY(git({"init", "--quiet", "--template="}));
    TCPS_TRY(git({"fetch", "--quiet", "--no-tags", "--depth=1", "--", source_.url, source_.revision}));
    TCPS_TRY(git({"checkout", "--quiet", "--detach", "FETCH_HEAD"}));
    auto commit = TCPS_TRY(git({"rev-parse", "HEAD"}));
    return commit.substr(0, commit.find('\n'));
  }

 private:
  Result<std::string> git(const std::vector<std::string>& arguments) {
    ProcessSpec spec;
    spec.argv = {"git",
                 "-c",
                 "core.hooksPath=/dev/null",
                 "-c",
                 "core.autocrlf=false",
                 "-c",
                 "advice.detachedHead=false"};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = minimal_environment();
    std::string allowed;
    for (const auto& protocol : source_.protocols) allowed += (allowed.empty() ? "" : ":") + protocol;
    spec.environment["GIT_ALLOW_PROTOCOL"] = allowed;
    spec.environment["GIT_TERMINAL_PROMPT"] = "0";
    spec.environment["GIT_CONFIG_NOSYSTEM"] = "1";
    spec.environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
    spec.environment["HOME"] = folder_;
    spec.working_directory = folder_;
    spec.deadline = source_.deadline;
    auto result = TCPS_TRY(runner_.run(spec));
    if (result.ok()) return std::move(result.output);
    return fail(error_of(result));
  }

  Error error_of(const ProcessResult& result) const {
    const auto place = "git source '" + source_.url + "' at '" + source_.revision + "'";
    if (result.timed_out) return {ErrorCode::timeout, place + " took too long: retry, or raise the deadline"};
    const auto& text = result.error_output;
    const auto says = [&text](const char* part) { return text.find(part) != std::string::npos; };
    const bool missing = says("couldn't find remote ref") || says("not our ref") || says("does not exist") ||
                         says("not found") || says("does not appear to be a git repository");
    return {missing ? ErrorCode::not_found : ErrorCode::unavailable,
            place + " cannot be fetched (" + describe_end(result) + "): " + text.substr(0, 500)};
  }

  ProcessRunner& runner_;
  const GitSource& source_;
  std::string folder_;
};

}  // namespace

Result<SourceSnapshot> snapshot_folder(const std::string& folder, const std::string& out_file,
                                       const SnapshotOptions& options) {
  PackOptions pack;
  pack.exclude = options.exclude;
  pack.exclude.push_back("**/.git");
  pack.limits = options.limits;
  auto packed = TCPS_TRY(pack_tree(folder, out_file, pack));
  return SourceSnapshot{packed, ""};
}

Result<SourceSnapshot> snapshot_git(ProcessRunner& runner, const GitSource& source,
                                    const std::string& out_file, const SnapshotOptions& options) {
  TCPS_TRY(check(source));
  const auto folder = fs::absolute(out_file).string() + ".checkout";
  GitCheckout checkout(runner, source, folder);
  auto commit = TCPS_TRY(checkout.fetch());
  auto snapshot = TCPS_TRY(snapshot_folder(folder, out_file, options));
  snapshot.commit = std::move(commit);
  return snapshot;
}

}  // namespace tcps::archive
