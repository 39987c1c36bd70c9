// SHACL Core (W3C Recommendation, 20 July 2017): checks a data graph against the shapes of a shapes graph.
// Stage generate validates ontologies with it; intake validates work orders.
//
// What is where: shapes.h reads shapes, constraints.h knows the constraint components (one table: a new
// component is one row), shacl_validator.cpp walks targets and shapes, shacl_report.cpp writes reports.
// Recursive shapes, which the recommendation leaves undefined, are refused when validation runs into them.
// Implicit class targets follow the recommendation: the shape must be a SHACL instance of rdfs:Class.
// Threads: calls are independent and may run at the same time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/engines/rdf/graph.h"
#include "actors/engines/rdf/property_path.h"
#include "messages/result.h"

namespace tcps::rdf {

struct ValidationResult {
  Term focus_node;
  std::optional<PropertyPath> path;
  std::optional<Term> value;
  Term source_shape;
  std::string component;       // IRI of the constraint component
  std::string severity;        // IRI: sh:Violation, sh:Warning, sh:Info or the shape's own
  std::vector<Term> messages;  // sh:message of the shape, else one sentence of ours

  std::string to_string() const;  // one line for people
};

struct ValidationReport {
  bool conforms = true;                   // no result of any severity
  size_t shapes_validated = 0;            // shapes with targets that are not deactivated
  size_t focus_nodes = 0;                 // pairs of shape and focus node looked at
  std::vector<ValidationResult> results;  // sorted: independent of the order of the input

  Graph to_graph() const;  // a sh:ValidationReport
};

struct ShaclLimits {
  size_t results_max = 100'000;
  std::function<bool()> expired = [] { return false; };  // asked once for each focus node and shape
};

// Errors: invalid, when the shapes graph is ill-formed or recursive (the message names the shape);
// full, when there are more results than allowed; timeout, when `expired` said so.
Result<ValidationReport> validate_shacl(const Graph& data, const Graph& shapes,
                                        const ShaclLimits& limits = {});

}  // namespace tcps::rdf
