// Which file goes where in the tarball: the rules of [[release.files]].
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/engines/reports/checksums.h"
#include "actors/stages/standard_work/standard_work.h"
#include "messages/result.h"

namespace tcps {

// Source path by path in the tarball. A `to` that ends in '/' is a folder: a matching file keeps its path
// below the folders that stand before the first wildcard of `from`. Errors: not_found (a rule that matches no
// file), conflict (two files for one path), invalid (a path that leaves the tarball); each names the rule.
Result<std::map<std::string, std::string>> plan_release(const std::vector<ReleaseFile>& rules,
                                                        const reports::Checksums& files);

// The rule's place of one file that matches it.
std::string release_path(const ReleaseFile& rule, const std::string& path);

}  // namespace tcps
