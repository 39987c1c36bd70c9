#include "actors/stages/extract/extract_rules.h"

#include "actors/engines/json_schema/json_schema.h"
#include "actors/engines/rdf/sparql.h"
#include "actors/stages/knowledge/turtle_files.h"
#include "messages/canonical_json.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

constexpr size_t violations_named_max = 20;

std::optional<FailureMode> mode_of(rdf::SparqlError::Kind kind) {
  using Kind = rdf::SparqlError::Kind;
  switch (kind) {
    case Kind::timeout:
    case Kind::too_many_rows:
      return FailureMode::query_timeout;
    case Kind::syntax:
    case Kind::refused:
      return FailureMode::query_syntax_error;
  }
  return no_mode;
}

class Extraction {
 public:
  Extraction(const ExtractJob& job, const ReadFile& read, const SteadyClock& now_ms,
             const BeforeQuery& before)
      : job_(job), read_(read), now_ms_(now_ms), before_(before) {}

  JobAnswer run() {
    answer_.finding = work();
    const bool passed = !answer_.finding && executed_.size() == job_.queries.size();
    answer_.fields = {{"queries_executed", std::move(executed_)},
                      {"total_execution_time_ms", total_ms_},
                      {"validation", {{"passed", passed}, {"schemas_validated", schemas_}}}};
    return std::move(answer_);
  }

 private:
  std::optional<Finding> work() {
    auto text = read_(std::string(input_folder) + std::string(ontology_file));
    if (!text) return Finding{no_mode, text.error().at("the ontology of stage generate").message, {}};
    const auto graph = rdf::parse_turtle({std::string(ontology_file), std::move(*text)});
    if (!graph) return Finding{no_mode, graph.error().to_string(), {}};
    const auto engine = rdf::SparqlEngine::over(*graph);
    if (!engine) return Finding{no_mode, engine.error().at("the ontology of stage generate").message, {}};
    std::vector<Finding> findings;
    for (const auto& query : job_.queries) {
      const auto finding = ask(*engine, query);
      if (!finding) continue;
      findings.push_back(*finding);
      if (finding->mode == FailureMode::query_timeout) break;
    }
    return first_of(findings);
  }

  std::optional<Finding> ask(const rdf::SparqlEngine& engine, const QueryJob& query) {
    const auto text = read_(std::string(product_folder) + query.file);
    if (!text) return Finding{no_mode, "query '" + query.name + "': " + text.error().message, {}};
    before_(query);
    const auto started = now_ms_();
    rdf::SparqlLimits limits;
    limits.expired = [&] { return now_ms_() - started >= query.timeout_ms; };
    const auto result = engine.run(*text, limits);
    const auto took = now_ms_() - started;
    total_ms_ += took;
    if (!result) return Finding{mode_of(result.error().kind), result.error().to_string(query.file), {}};
    if (result->is_ask) {
      return Finding{FailureMode::query_syntax_error,
                     query.file + ": asks for yes or no, not for rows: make it a SELECT query",
                     {}};
    }
    const auto rows = result->to_json();
    executed_.push_back({{"query_file", query.file},
                         {"results_count", rows.size()},
                         {"execution_time_ms", took},
                         {"output", "extract/" + rows_file(query.name)}});
    answer_.outputs.push_back(
        {rows_file(query.name), rows.dump(1, ' ', false, json::error_handler_t::replace) + "\n"});
    if (rows.empty() && !query.allow_empty) {
      return Finding{FailureMode::empty_results,
                     query.file + ": query '" + query.name +
                         "' found nothing: complete the ontology, or set allow_empty",
                     {}};
    }
    return check_schema(query, rows);
  }

  std::optional<Finding> check_schema(const QueryJob& query, const json& rows) {
    if (query.schema.empty()) return std::nullopt;
    const auto malformed = [&](const Error& error) {
      return Finding{FailureMode::invalid_json, "schema '" + query.schema + "': " + error.message, {}};
    };
    const auto text = read_(std::string(product_folder) + query.schema);
    if (!text) return malformed(text.error());
    const auto value = parse_json(*text);
    if (!value) return malformed(value.error());
    const auto schema = JsonSchema::parse(*value);
    if (!schema) return malformed(schema.error());
    const auto violations = schema->check(rows);
    if (!violations) return malformed(violations.error());
    if (violations->empty()) {
      ++schemas_;
      return std::nullopt;
    }
    Finding finding{
        FailureMode::invalid_json,
        "rows of query '" + query.name + "' break " + query.schema + ": " + violations->front().to_string(),
        {}};
    for (const auto& violation : *violations) {
      if (finding.detail.size() < violations_named_max) finding.detail.push_back(violation.to_string());
    }
    return finding;
  }

  const ExtractJob& job_;
  const ReadFile& read_;
  const SteadyClock& now_ms_;
  const BeforeQuery& before_;
  JobAnswer answer_;
  json executed_ = json::array();
  int64_t total_ms_ = 0;
  size_t schemas_ = 0;
};

}  // namespace

Finding query_overstayed(const QueryJob& query) {
  return {FailureMode::query_timeout,
          query.file + ": query '" + query.name + "' ran longer than its timeout of " +
              std::to_string(query.timeout_ms) + " ms: simplify it, or raise query.timeout",
          {}};
}

JobAnswer extract(const ExtractJob& job, const ReadFile& read, const SteadyClock& now_ms,
                  const BeforeQuery& before) {
  return Extraction(job, read, now_ms, before).run();
}

}  // namespace tcps::stages
