// Gives a folder and all below it to another user, without following symbolic links or crossing into another
// file system.
#pragma once

#include <string>

#include "messages/result.h"

namespace tcps {

// Files with several names (hard links) that belong to someone else keep their owner: another name may lie
// outside the folder. Errors: refused (a top-level folder, more than a million entries, deeper than 128), io.
Status hand_over(const std::string& folder, unsigned user_and_group_id);

}  // namespace tcps
