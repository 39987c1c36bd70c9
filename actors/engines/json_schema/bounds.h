// What is checked about schemas and documents before valijson sees them: it resolves references and matches
// regular expressions by recursion, so both need bounds. Internal to the JSON Schema engine.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "messages/result.h"

namespace tcps {

// Errors: invalid, when a value lies deeper than `depth_max`.
Status check_depth(const nlohmann::json& value, size_t depth_max);

// Every "$ref" must lead, within the document and without a circle, to a schema. Errors: invalid.
Status check_references(const nlohmann::json& schema);

// Every "pattern" and name in "patternProperties" must be short, and a regular expression by RE2 as well: so it
// has no back references and looks nowhere ahead, and its repetitions are bounded. Errors: invalid.
Status check_patterns(const nlohmann::json& schema);

// Whether the schema makes valijson match regular expressions.
bool uses_patterns(const nlohmann::json& schema);

// Errors: invalid, when a string or a key is longer than `bytes_max`.
Status check_string_lengths(const nlohmann::json& value, size_t bytes_max);

}  // namespace tcps
