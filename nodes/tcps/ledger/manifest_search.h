// Which work order made a file that no receipt names: receipts name at most 64 of a stage's files, the
// artifact manifest names all. Manifests lie in the object store, so this needs a running factory.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "messages/digest.h"
#include "nodes/client/line_access.h"

namespace tcps::cli {

inline constexpr size_t manifests_searched_max = 1000;

// The request of the query "trace" for the receipt of the stage whose file it is, from the newest work orders
// back. Errors: not_found; those of the factory and of its object store.
Result<nlohmann::json> find_in_manifests(client::LineAccess& line, const Digest& file);

}  // namespace tcps::cli
