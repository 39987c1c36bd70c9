// Protobuf messages as JSON and back, in the form the ledger signs: field names as in the .proto, integers as
// JSON numbers, bytes as base64, maps (with string keys: asserted) as objects, enumerators by name,
// google.protobuf.Struct, Value and ListValue as plain JSON, unset fields absent. Protobuf's own JSON printer
// writes 64-bit integers as strings and cannot name the path of an unknown field, hence this.
#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json_fwd.hpp>

#include "messages/result.h"

namespace tcps {

nlohmann::json to_json(const google::protobuf::Message& message);

// Replaces what `message` holds. Strict: unknown fields, wrong types and out-of-range numbers are refused with
// the path of the field ("work_order.demand.count"). An integer must be exact: within +-2^53 and written without
// fraction or exponent. Errors: invalid; the message then holds part of the input.
Status from_json(const nlohmann::json& json, google::protobuf::Message& message);

}  // namespace tcps
