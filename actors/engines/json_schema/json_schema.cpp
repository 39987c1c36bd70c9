#define VALIJSON_USE_EXCEPTIONS 1
#include "actors/engines/json_schema/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "actors/engines/json_schema/bounds.h"

namespace tcps {
namespace {

constexpr size_t schema_depth_max = 100;
constexpr size_t document_depth_max = 200;
constexpr size_t matched_bytes_max = 8192;
constexpr size_t violations_max = 1000;

using Adapter = valijson::adapters::NlohmannJsonAdapter;

// valijson names a place as {"<root>", "[ports]", "[0]"}.
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (size_t i = 1; i < context.size(); ++i) {
    const std::string& step = context[i];
    pointer += '/';
    for (const char c : step.substr(1, step.size() - 2)) {
      if (c == '~') {
        pointer += "~0";
      } else if (c == '/') {
        pointer += "~1";
      } else {
        pointer += c;
      }
    }
  }
  return pointer;
}

// Says only that something inside failed, which is reported by itself.
bool repeats_inner(const SchemaViolation& violation, const std::vector<SchemaViolation>& all) {
  const bool wraps =
      violation.message.starts_with("Failed to validate against schema associated with") ||
      violation.message.starts_with("Failed to validate against additional properties schema") ||
      violation.message.starts_with("Failed to validate item #");
  return wraps && std::any_of(all.begin(), all.end(), [&](const SchemaViolation& other) {
           return other.pointer.size() > violation.pointer.size() &&
                  other.pointer.starts_with(violation.pointer);
         });
}

}  // namespace

struct JsonSchema::Parsed {
  valijson::Schema schema;
  bool uses_patterns = false;
};

std::string SchemaViolation::to_string() const {
  return fmt::format("{}: {}", pointer.empty() ? "(document)" : pointer, message);
}

Result<JsonSchema> JsonSchema::parse(const nlohmann::json& schema) {
  if (auto checked = check_depth(schema, schema_depth_max); !checked)
    return fail(checked.error().at("schema"));
  if (auto checked = check_references(schema); !checked) return fail(checked.error().at("schema"));
  if (auto checked = check_patterns(schema); !checked) return fail(checked.error().at("schema"));
  if (!schema.is_object() && !schema.is_boolean()) {
    return fail(ErrorCode::invalid, "schema: it must be an object or a boolean; correct it");
  }
  auto parsed = std::make_shared<Parsed>();
  parsed->uses_patterns = uses_patterns(schema);
  try {
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(Adapter(schema), parsed->schema);
  } catch (const std::exception& refused) {
    return fail(ErrorCode::invalid, fmt::format("schema: {}; correct it", refused.what()));
  }
  return JsonSchema(std::move(parsed));
}

Result<std::vector<SchemaViolation>> JsonSchema::check(const nlohmann::json& document) const {
  if (auto checked = check_depth(document, document_depth_max); !checked)
    return fail(checked.error().at("document"));
  if (parsed_->uses_patterns) {
    if (auto checked = check_string_lengths(document, matched_bytes_max); !checked) {
      return fail(checked.error().at("document"));
    }
  }
  valijson::ValidationResults results;
  try {
    valijson::Validator().validate(parsed_->schema, Adapter(document), &results);
  } catch (const std::exception& refused) {
    return fail(ErrorCode::invalid, fmt::format("schema: {}; correct its patterns", refused.what()));
  }
  std::vector<SchemaViolation> all;
  for (const auto& error : results) {
    if (all.size() == violations_max) break;
    all.push_back({pointer_of(error.context), error.description});
  }
  std::vector<SchemaViolation> kept;
  std::copy_if(all.begin(), all.end(), std::back_inserter(kept),
               [&](const SchemaViolation& violation) { return !repeats_inner(violation, all); });
  return kept;
}

}  // namespace tcps
