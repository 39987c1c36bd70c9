#include "actors/stages/pull/work_order_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "actors/engines/rdf/shacl.h"
#include "actors/engines/rdf/vocabulary.h"
#include "actors/stages/knowledge/turtle_files.h"
#include "messages/vocabulary.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

constexpr std::string_view factory = "urn:tcps:";
constexpr std::string_view date = "http://www.w3.org/2001/XMLSchema#date";
constexpr std::string_view label = "http://www.w3.org/2000/01/rdf-schema#label";

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The text as one part of an IRI: everything but plain characters as %XX (RFC 3986 section 2.1).
std::string iri_part(std::string_view text) {
  std::string part;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '_' || c == '.';
    part += is_plain ? std::string(1, c) : "%" + to_hex(std::string_view(&c, 1));
  }
  return part;
}

// The words of a vocabulary as literals of a Turtle list.
template <Worded Enum>
std::string literals() {
  return fmt::format("\"{}\"", fmt::join(word_texts<Enum>(), "\" \""));
}

std::string taiea_iri(std::string_view name) { return std::string(taiea).append(name); }

// The failure mode that a result belongs to. A fault of one field may show as several results.
FailureMode mode_of(const rdf::ValidationResult& result) {
  const auto path = result.path ? result.path->iri : std::string();
  const bool is_missing = result.component == rdf::sh::iri("MinCountConstraintComponent");
  if (is_missing) return FailureMode::missing_required_field;
  return path == taiea_iri("dueDate") ? FailureMode::invalid_due_date : FailureMode::invalid_demand_source;
}

tl::expected<rdf::Graph, Finding> built_in_graph() {
  auto graph = rdf::parse_turtle({"built-in work order shapes", built_in_shapes()});
  TCPS_CHECK(graph.has_value());
  return std::move(*graph);
}

std::optional<Finding> finding_of(const rdf::ValidationReport& report) {
  if (report.conforms) return std::nullopt;
  std::vector<Finding> findings;
  for (const auto& result : report.results) findings.push_back({mode_of(result), result.to_string(), {}});
  return first_of(findings);
}

}  // namespace

rdf::Graph work_order_graph(const json& work_order) {
  rdf::Graph graph;
  graph.declare_prefix("taiea", taiea);
  graph.declare_prefix("xsd", rdf::xsd::prefix);
  graph.declare_prefix("rdfs", "http://www.w3.org/2000/01/rdf-schema#");
  const auto subject =
      rdf::Term::iri(std::string(factory) + "work-order:" + iri_part(text_at(work_order, "id")));
  graph.add(subject, rdf::Term::iri(rdf::rdf::type), rdf::Term::iri(taiea_iri("WorkOrder")));
  const auto add = [&](std::string_view name, const rdf::Term& value) {
    if (!value.value.empty()) graph.add(subject, rdf::Term::iri(taiea_iri(name)), value);
  };
  const auto literal = [&](const char* key, std::string_view type = {}) {
    return rdf::Term::literal(text_at(work_order, key), type);
  };
  add("requestedSKU", literal("sku"));
  add("priority", literal("priority"));
  add("bucket", literal("bucket"));
  add("dueDate", literal("due_date", date));
  add("created", literal("created", rdf::xsd::date_time));
  add("status", rdf::Term::literal("open"));
  if (const auto title = text_at(work_order, "title"); !title.empty()) {
    graph.add(subject, rdf::Term::iri(label), rdf::Term::literal(title));
  }
  const auto demand = work_order.value("demand", json::object());
  if (const auto source = text_at(demand, "source"); !source.empty()) {
    const auto type = text_at(demand, "type");
    const auto name = iri_part(source) + (type.empty() ? "" : ":" + iri_part(type));
    add("demandSource", rdf::Term::iri(std::string(factory) + "demand-source:" + name));
  }
  return graph;
}

std::string built_in_shapes() {
  return fmt::format(R"(@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix taiea: <http://taiea.org/ontology#> .

taiea:WorkOrderShape a sh:NodeShape ;
  sh:targetClass taiea:WorkOrder ;
  sh:property [ sh:path taiea:requestedSKU ; sh:datatype xsd:string ; sh:minCount 1 ; sh:maxCount 1 ;
                sh:pattern "^[A-Za-z0-9][A-Za-z0-9._-]*$" ; sh:maxLength 128 ;
                sh:message "A work order requests one SKU of letters, digits, '.', '_' and '-'" ] ;
  sh:property [ sh:path taiea:priority ; sh:minCount 1 ; sh:maxCount 1 ;
                sh:in ( {0} ) ;
                sh:message "A work order has one priority: {1}" ] ;
  sh:property [ sh:path taiea:bucket ; sh:minCount 1 ; sh:maxCount 1 ;
                sh:in ( {2} ) ;
                sh:message "A work order is in one bucket: {3}" ] ;
  sh:property [ sh:path taiea:dueDate ; sh:datatype xsd:date ; sh:maxCount 1 ;
                sh:message "A due date is one ISO 8601 date" ] ;
  sh:property [ sh:path taiea:demandSource ; sh:nodeKind sh:IRI ; sh:minCount 1 ; sh:maxCount 1 ;
                sh:message "A work order names the one demand source that it came from" ] ;
  sh:property [ sh:path taiea:created ; sh:datatype xsd:dateTime ; sh:minCount 1 ; sh:maxCount 1 ;
                sh:message "A work order was created at one ISO 8601 date and time" ] ;
  sh:property [ sh:path taiea:status ; sh:hasValue "open" ; sh:maxCount 1 ;
                sh:message "A work order that is pulled is open" ] .
)",
                     literals<Priority>(), list_words<Priority>(), literals<Bucket>(), list_words<Bucket>());
}

JobAnswer validate_work_order(const WorkOrderJob& job, const ReadFile& read) {
  JobAnswer answer;
  answer.fields["validation"] = {{"shacl_passed", false}, {"constraints_satisfied", false}};
  const auto order = work_order_graph(job.work_order);
  const auto turtle = rdf::to_turtle(order);
  TCPS_CHECK(turtle.has_value());  // it has no blank node
  answer.outputs.push_back({std::string(work_order_file), *turtle});
  auto shapes = job.shapes.empty() ? built_in_graph() : read_graph(job.shapes, read, {});
  if (!shapes) {
    answer.finding = shapes.error();
    return answer;
  }
  const auto report = rdf::validate_shacl(order, *shapes);
  if (!report) {
    answer.finding =
        Finding{no_mode, "the work order's shapes cannot be checked: " + report.error().message, {}};
    return answer;
  }
  answer.finding = finding_of(*report);
  answer.fields["validation"] = {{"shacl_passed", report->conforms},
                                 {"constraints_satisfied", report->conforms}};
  return answer;
}

}  // namespace tcps::stages
