// Protobuf messages as JSON and back, in the form the ledger signs: field names as in the .proto, integers as
// JSON numbers, unset fields absent. Protobuf's own JSON printer writes 64-bit integers as strings and cannot
// name the path of an unknown field, hence this.
#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json_fwd.hpp>

#include "messages/result.h"

namespace tcps {

nlohmann::json to_json(const google::protobuf::Message& message);

// Strict: unknown fields, wrong types and out-of-range numbers are refused with the path of the field
// ("work_order.demand.count"). Errors: invalid.
Status from_json(const nlohmann::json& json, google::protobuf::Message& message);

}  // namespace tcps
