// SLSA provenance v1 (https://slsa.dev/spec/v1.0/provenance), derived from receipts: the same facts in the
// words that other people's policy engines read. A pure function, so anybody who holds the receipts derives
// the same statement; it is not signed, the receipts are.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "actors/ledger/chain/lineage.h"
#include "messages/result.h"

namespace tcps::ledger {

inline constexpr std::string_view slsa_provenance_type = "https://slsa.dev/provenance/v1";
inline constexpr std::string_view slsa_build_type = "https://tcps.dev/stage/v1";

// "https://tcps.dev/<line>/<first 16 hex digits of the genesis>/nodes/<node>".
std::string builder_id(const proto::LogOrigin& log, const std::string& node);

// The in-toto Statement about what the first step of the lineage made. Its fields:
// docs/formats/provenance.md. Errors: invalid, when that step is no completed receipt or the lineage does not
// reach the acceptance.
Result<nlohmann::json> slsa_provenance(const Lineage& lineage);

}  // namespace tcps::ledger
