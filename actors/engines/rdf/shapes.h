// The shapes of a shapes graph, read once into memory. Internal to the SHACL engine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/engines/rdf/constraints.h"
#include "actors/engines/rdf/graph.h"
#include "actors/engines/rdf/property_path.h"
#include "messages/result.h"

namespace tcps::rdf {

// A property shape has a path, a node shape has none.
struct Shape {
  Term id;
  std::optional<PropertyPath> path;
  bool deactivated = false;
  std::string severity;
  std::vector<Term> messages;
  std::vector<Constraint> constraints;

  std::vector<Term> target_nodes;
  std::vector<Term> target_classes;  // implicit ones included
  std::vector<std::string> target_subjects_of;
  std::vector<std::string> target_objects_of;

  bool has_targets() const {
    return !(target_nodes.empty() && target_classes.empty() && target_subjects_of.empty() &&
             target_objects_of.empty());
  }
};

// All shapes by id: those that are typed or have targets, and every shape that these refer to.
using Shapes = std::map<Term, Shape>;

// Errors: invalid, naming the ill-formed shape.
Result<Shapes> read_shapes(const Graph& graph);

// SHACL instance: rdf:type followed by any number of rdfs:subClassOf.
bool is_instance(const Graph& graph, const Term& node, const Term& class_);
std::vector<Term> instances(const Graph& graph, const Term& class_);

}  // namespace tcps::rdf
