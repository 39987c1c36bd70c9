// What the knowledge procedures ask of tcps-engine: one job as JSON on its standard input, with paths
// relative to the folder in which it runs (answer.h names the three folders). Written by the procedures in
// the node, read by the engine in the sandbox; docs/formats/engine-job.md shows both directions.
//
// from_json() throws nlohmann::json::exception on a malformed job: only the factory writes jobs.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tcps::stages {

// Files that both sides know by name.
inline constexpr std::string_view work_order_file = "work_order.ttl";
inline constexpr std::string_view shacl_report_file = "shacl-report.ttl";
inline constexpr std::string_view ontology_file = "ontology.nt";  // canonical N-Triples
std::string rows_file(std::string_view query);                    // "<query>.json"

// Whether a work order, as Turtle, satisfies the shapes.
struct WorkOrderJob {
  static constexpr std::string_view op = "validate-work-order";
  nlohmann::json work_order;        // messages/proto/work_order.proto as JSON
  std::vector<std::string> shapes;  // below product/; none: the built-in ones
};

struct GenerateJob {
  static constexpr std::string_view op = "generate";
  std::vector<std::string> ontology;  // below product/
  std::vector<std::string> shapes;    // none: SHACL does not apply
  uint32_t iterations = 3;
};

struct QueryJob {
  std::string name;
  std::string file;    // below product/
  std::string schema;  // below product/; empty: none
  int64_t timeout_ms = 0;
  bool allow_empty = false;
};

struct ExtractJob {
  static constexpr std::string_view op = "extract";
  std::vector<QueryJob> queries;
};

struct TemplateJob {
  std::string file;               // below product/
  std::string output;             // below product/; a template itself when for_each is set
  std::string for_each;           // query; empty: one file
  std::vector<std::string> data;  // queries
  bool marker = true;
  std::string comment;  // empty: by the output's suffix
};

struct RenderJob {
  static constexpr std::string_view op = "render";
  std::vector<TemplateJob> templates;
  std::string template_folder;  // below product/
  nlohmann::json context;       // what every template sees beside its queries
};

void to_json(nlohmann::json& json, const WorkOrderJob& job);
void from_json(const nlohmann::json& json, WorkOrderJob& job);
void to_json(nlohmann::json& json, const GenerateJob& job);
void from_json(const nlohmann::json& json, GenerateJob& job);
void to_json(nlohmann::json& json, const ExtractJob& job);
void from_json(const nlohmann::json& json, ExtractJob& job);
void to_json(nlohmann::json& json, const RenderJob& job);
void from_json(const nlohmann::json& json, RenderJob& job);

}  // namespace tcps::stages
