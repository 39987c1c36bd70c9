// JSON Schema, draft 7: stage extract checks query results with it before a template sees them, and
// templates' own inputs are described by it. valijson evaluates; this class is the seam and adds the bounds.
//
// A schema stands alone: "$ref" may point into the same document only, and nothing is ever loaded. Errors of
// a schema (parse) are told apart from those of a document (check). Threads: a parsed schema may be used by
// many threads.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "messages/result.h"

namespace tcps {

struct SchemaViolation {
  std::string pointer;  // RFC 6901, into the document; "" is the whole of it
  std::string message;

  std::string to_string() const;  // "/0/port: ..."
};

class JsonSchema {
 public:
  // Errors: invalid, when the schema is malformed, nests too deep, refers outside itself or to itself, or has a
  // pattern that RE2 does not know.
  static Result<JsonSchema> parse(const nlohmann::json& schema);

  // What is wrong with the document, empty when nothing is; at most 1,000 violations.
  // Errors: invalid, when the document cannot be checked within bounds (depth 200; 8 KiB for each string
  // where the schema uses patterns or formats) or std::regex cannot match a pattern of the schema.
  Result<std::vector<SchemaViolation>> check(const nlohmann::json& document) const;

 private:
  struct Parsed;
  explicit JsonSchema(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
  std::shared_ptr<const Parsed> parsed_;
};

}  // namespace tcps
