// Protobuf messages as JSON and back, in the form the ledger signs: field names as in the .proto, integers as
// JSON numbers, bytes as base64, maps (with string keys: asserted) as objects, enumerators by name,
// google.protobuf.Struct, Value and ListValue as plain JSON, unset fields absent. Protobuf's own JSON printer
// writes 64-bit integers as strings and cannot name the path of an unknown field, hence this.
//
// A field `spread`, of type Struct, is written differently: its members stand beside the message's other
// fields, under names that no field has.
#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "messages/canonical_reader.h"
#include "messages/result.h"

namespace tcps {

// RFC 8785. Finite numbers, and no member of `spread` with a field's name: asserted.
std::string canonical_json(const google::protobuf::Message& message);
void append_canonical_json(std::string& out, const google::protobuf::Message& message,
                           const google::protobuf::FieldDescriptor* spread = nullptr);

nlohmann::json to_json(const google::protobuf::Message& message);

// Replaces what `message` holds. Strict: unknown fields, wrong types and out-of-range numbers are refused
// with the path of the field ("work_order.demand.count"). An integer must be exact: within +-2^53 and written
// without fraction or exponent; every number must be finite. Errors: invalid; the message then holds part of
// the input.
Status from_json(const nlohmann::json& json, google::protobuf::Message& message);

// The same from the reader's next value. What no field is named after becomes a member of `spread`.
Status from_json(CanonicalReader& reader, google::protobuf::Message& message,
                 const google::protobuf::FieldDescriptor* spread = nullptr);

}  // namespace tcps
