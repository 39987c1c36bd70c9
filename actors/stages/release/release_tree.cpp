#include "actors/stages/release/release_tree.h"

#include "actors/engines/archive/glob.h"
#include "actors/stages/common/manifest.h"

namespace tcps {

std::string release_path(const ReleaseFile& rule, const std::string& path) {
  if (!rule.to.ends_with('/')) return rule.to;
  const auto wildcard = rule.from.find_first_of("*?");
  const auto slash = rule.from.rfind('/', wildcard);
  return rule.to + path.substr(slash == std::string::npos ? 0 : slash + 1);
}

Result<std::map<std::string, std::string>> plan_release(const std::vector<ReleaseFile>& rules,
                                                        const reports::Checksums& files) {
  std::map<std::string, std::string> plan;
  for (const auto& rule : rules) {
    const auto glob = TCPS_TRY(archive::Glob::parse(rule.from));
    bool matched = false;
    for (const auto& [path, sum] : files.files) {
      if (!glob.matches(path)) continue;
      matched = true;
      const auto to = release_path(rule, path);
      if (!stages::is_product_path(to))
        return fail(ErrorCode::invalid, "release file '" + to + "' would leave the tarball: correct `to`");
      const auto [place, is_new] = plan.emplace(to, path);
      if (!is_new && place->second != path) {
        return fail(ErrorCode::conflict, "release file '" + to + "' would be '" + place->second + "' and '" +
                                             path + "': give one another place");
      }
    }
    if (!matched)
      return fail(ErrorCode::not_found,
                  "no file matches the release file '" + rule.from + "': build it or correct line.toml");
  }
  return plan;
}

}  // namespace tcps
