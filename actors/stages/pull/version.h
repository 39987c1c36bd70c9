// The version that a work order's product gets: counted on by pull from the highest of its SKU on the line.
#pragma once

#include <string>
#include <string_view>

#include "messages/result.h"
#include "messages/stage.h"

namespace tcps::stages {

enum class Change { major, minor, patch };

// A breaking change is major, a feature minor, everything else a patch.
Change change_of(Bucket bucket, bool is_breaking);

// The next semantic version (semver.org 2.0.0) above `highest`, or `initial` when there is none or it is
// higher. The release of a pre-release is next to it: 1.1.0-rc.1 is followed by 1.1.0. Never below 0.0.1, and
// without build metadata, which does not count in the order. Errors: invalid, naming the version.
Result<std::string> next_version(std::string_view highest, std::string_view initial, Change change);

}  // namespace tcps::stages
