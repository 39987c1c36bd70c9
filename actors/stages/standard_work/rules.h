// The rules of line.toml that span several keys. Each names the place in the text that breaks it.
#pragma once

#include "actors/stages/standard_work/check.h"
#include "actors/stages/standard_work/standard_work.h"

namespace tcps::line_toml {

// `work` was read from `root`; keys that failed check_and_complete() are empty in it and are passed over.
void check_rules(const StandardWork& work, const toml::table& root, Problems& problems);

}  // namespace tcps::line_toml
