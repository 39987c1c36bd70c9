// A validation report as people and RDF tools read it (SHACL section 3.6).
#include "actors/engines/rdf/shacl.h"

#include <fmt/format.h>

#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

std::string_view local_name(std::string_view iri) {
  return iri.starts_with(sh::prefix) ? iri.substr(sh::prefix.size()) : iri;
}

}  // namespace

std::string ValidationResult::to_string() const {
  std::string text(local_name(severity));
  text += " at " + focus_node.to_string();
  if (path) text += " along " + path->to_string();
  if (value) text += ", value " + value->to_string();
  text += ": ";
  text += messages.empty() ? std::string(local_name(component)) : messages.front().value;
  return text + " (shape " + source_shape.to_string() + ")";
}

Graph ValidationReport::to_graph() const {
  Graph graph;
  graph.declare_prefix("sh", sh::prefix);
  graph.declare_prefix("xsd", xsd::prefix);
  const auto add = [&](const Term& subject, std::string_view property, const Term& object) {
    graph.add(subject, Term::iri(sh::iri(property)), object);
  };
  size_t fresh = 0;
  const Term report = Term::blank("report");
  graph.add(report, Term::iri(rdf::type), Term::iri(sh::iri("ValidationReport")));
  add(report, "conforms", Term::literal(conforms ? "true" : "false", xsd::boolean));
  // "d_" keeps the blank nodes of data and shapes apart from the report's own.
  const auto foreign = [](const Term& term) {
    return term.is_blank() ? Term::blank(fmt::format("d_{}", term.value)) : term;
  };
  for (size_t i = 0; i < results.size(); ++i) {
    const ValidationResult& result = results[i];
    const Term node = Term::blank(fmt::format("r{}", i));
    add(report, "result", node);
    graph.add(node, Term::iri(rdf::type), Term::iri(sh::iri("ValidationResult")));
    add(node, "focusNode", foreign(result.focus_node));
    if (result.path) add(node, "resultPath", result.path->write(graph, fresh));
    if (result.value) add(node, "value", foreign(*result.value));
    add(node, "sourceShape", foreign(result.source_shape));
    add(node, "sourceConstraintComponent", Term::iri(result.component));
    add(node, "resultSeverity", Term::iri(result.severity));
    for (const Term& message : result.messages) add(node, "resultMessage", message);
  }
  return graph;
}

}  // namespace tcps::rdf
