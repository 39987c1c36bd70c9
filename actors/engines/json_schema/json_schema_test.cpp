#include "actors/engines/json_schema/json_schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tcps {
namespace {

using nlohmann::json;

const json transports = json::parse(R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "array",
  "minItems": 1,
  "items": {"$ref": "#/definitions/transport"},
  "definitions": {
    "transport": {
      "type": "object",
      "required": ["module", "port"],
      "properties": {
        "module": {"type": "string", "pattern": "^[a-z_]+$"},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "a/b": {"const": 1}
      },
      "additionalProperties": false
    }
  }
})");

std::vector<std::string> pointers(const json& schema, const json& document) {
  const auto parsed = JsonSchema::parse(schema);
  if (!parsed) return {"schema: " + parsed.error().message};
  const auto violations = parsed->check(document);
  if (!violations) return {"error: " + violations.error().message};
  std::vector<std::string> found;
  for (const SchemaViolation& violation : *violations) found.push_back(violation.pointer);
  return found;
}

TEST(JsonSchema, AcceptsADocumentThatConforms) {
  EXPECT_EQ(pointers(transports, json::parse(R"([{"module": "tcp_line", "port": 80}])")),
            std::vector<std::string>{});
}

TEST(JsonSchema, PointsAtWhatIsWrong) {
  struct Row {
    const char* document;
    std::vector<std::string> pointers;
  };
  const std::vector<Row> rows{
      {R"([])", {""}},
      {R"({})", {""}},
      {R"([{"module": "a"}])", {"/0"}},
      {R"([{"module": "a", "port": null}])", {"/0/port"}},
      {R"([{"module": "a", "port": 70000}])", {"/0/port"}},
      {R"([{"module": "A!", "port": 1}])", {"/0/module"}},
      {R"([{"module": "a", "port": 1}, {"module": "a", "port": "1"}])", {"/1/port"}},
      {R"([{"module": "a", "port": 1, "a/b": 2}])", {"/0/a~1b"}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(pointers(transports, json::parse(row.document)), row.pointers) << row.document;
}

TEST(JsonSchema, SaysInWordsWhatIsWrong) {
  const auto violations = JsonSchema::parse(transports)->check(json::parse(R"([{"module": "a"}])"));
  ASSERT_TRUE(violations);
  ASSERT_EQ(violations->size(), 1U);
  EXPECT_EQ(violations->front().to_string(), "/0: Missing required property 'port'.");
}

TEST(JsonSchema, KnowsTheKeywordsOfDraftSeven) {
  const json schema =
      json::parse(R"({"if": {"properties": {"kind": {"const": "tcp"}}}, "then": {"required": ["port"]},
                                      "else": {"not": {"required": ["port"]}}})");
  EXPECT_TRUE(pointers(schema, json::parse(R"({"kind": "tcp", "port": 1})")).empty());
  EXPECT_FALSE(pointers(schema, json::parse(R"({"kind": "tcp"})")).empty());
  EXPECT_FALSE(pointers(schema, json::parse(R"({"kind": "udp", "port": 1})")).empty());
}

TEST(JsonSchema, FollowsRecursiveReferences) {
  const json tree = json::parse(
      R"({"type": "object", "properties": {"left": {"$ref": "#"}, "value": {"type": "integer"}}})");
  EXPECT_TRUE(pointers(tree, json::parse(R"({"left": {"left": {"value": 1}}})")).empty());
  EXPECT_EQ(pointers(tree, json::parse(R"({"left": {"left": {"value": "x"}}})")),
            std::vector<std::string>{"/left/left/value"});
}

TEST(JsonSchema, RefusesSchemasThatAreIllFormedOrLeadElsewhere) {
  const std::vector<const char*> schemas{
      R"(7)",
      R"({"type": 7})",
      R"({"minLength": "x"})",
      R"({"required": "a"})",
      R"({"$ref": "http://example.com/schema.json"})",
      R"({"properties": {"a": {"$ref": "other.json#/a"}}})",
      R"({"$ref": "file:///etc/passwd"})",
      R"({"$ref": "#"})",
      R"({"allOf": [{"$ref": "#"}]})",
      R"({"items": {"anyOf": [{"not": {"$ref": "#/items"}}]}})",
      R"({"properties": {"a": {"$ref": "#/definitions/missing"}}})",
      R"({"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "items": {"$ref": "#/definitions/a"}})",
  };
  for (const char* schema : schemas) {
    const auto parsed = JsonSchema::parse(json::parse(schema));
    ASSERT_FALSE(parsed) << schema;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid) << schema;
  }
}

TEST(JsonSchema, RefusesPatternsThatAreBrokenOrMoreThanRegularOrLong) {
  const auto refused = [](const json& schema) {
    const auto parsed = JsonSchema::parse(schema);
    return !parsed && parsed.error().code == ErrorCode::invalid;
  };
  for (const std::string pattern : {"([", "(a)\\1", "^(?!x)", "(?=a)", "a{2000}", "((a{999}){999})", "[^]"}) {
    EXPECT_TRUE(refused({{"pattern", pattern}})) << pattern;
    EXPECT_TRUE(refused({{"items", {{"patternProperties", {{"a", true}, {pattern, true}}}}}})) << pattern;
  }
  EXPECT_TRUE(refused({{"pattern", std::string(1001, 'a')}}));
  EXPECT_FALSE(refused({{"pattern", std::string(1000, 'a')}}));
  EXPECT_FALSE(refused({{"properties", {{"pattern", {{"type", "string"}}}}}})) << "a property of that name";
}

TEST(JsonSchema, MatchesPatternsAsEcmaScriptDoes) {
  const auto schema =
      JsonSchema::parse({{"pattern", "^[\\w.-]{2,3}\\/\\d+$"}, {"patternProperties", {{"^x-", false}}}});
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_TRUE(schema->check("a.b/17")->empty());
  EXPECT_FALSE(schema->check("a/17")->empty());
  EXPECT_FALSE(schema->check({{"x-a", 1}})->empty());
  EXPECT_TRUE(schema->check({{"y-a", 1}})->empty());
}

TEST(JsonSchema, BoundsWhatRecursionWouldFollow) {
  json deep = 1;
  for (int i = 0; i < 1000; ++i) deep = json::array({deep});
  EXPECT_FALSE(JsonSchema::parse(json::parse("{}"))->check(deep));
  const json long_text = std::string(1 << 20, 'a');
  EXPECT_FALSE(JsonSchema::parse(json::parse(R"({"pattern": "^(a|b)*$"})"))->check(long_text));
  EXPECT_TRUE(JsonSchema::parse(json::parse(R"({"type": "string"})"))->check(long_text));
}

}  // namespace
}  // namespace tcps
