// Constraints that other shapes make up: logical (section 4.6) and shape-based (section 4.7).
#include <algorithm>
#include <set>

#include "actors/engines/rdf/constraints.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

Status check_shape_term(const ConstraintReader& reader, std::string_view parameter, const Term& shape) {
  if (!shape.is_literal()) return {};
  return reader.ill_formed(parameter, "name a shape, not a literal");
}

Status read_not(ConstraintReader& reader) {
  for (const Term& shape : reader.parameters("not")) {
    TCPS_TRY(check_shape_term(reader, "not", shape));
    reader.referenced.push_back(shape);
    reader.add_for_each(
        "NotConstraintComponent", "value must not conform to " + shape.to_string(),
        [shape](Evaluation& evaluation, const Term& value) { return !evaluation.conforms(shape, value); });
  }
  return {};
}

// sh:and, sh:or and sh:xone differ in how many of their shapes a value must conform to.
Status read_combination(ConstraintReader& reader, std::string_view parameter, std::string_view component,
                        std::string_view words, bool (*accepts)(size_t conforming, size_t all)) {
  for (const Term& head : reader.parameters(parameter)) {
    const auto shapes = read_list(reader.graph, head);
    if (!shapes) return reader.ill_formed(parameter, shapes.error().message);
    for (const Term& shape : *shapes) {
      TCPS_TRY(check_shape_term(reader, parameter, shape));
      reader.referenced.push_back(shape);
    }
    reader.add_for_each(component, "value must conform to " + std::string(words) + " of the listed shapes",
                        [shapes = *shapes, accepts](Evaluation& evaluation, const Term& value) {
                          const auto count = std::count_if(
                              shapes.begin(), shapes.end(),
                              [&](const Term& shape) { return evaluation.conforms(shape, value); });
                          return accepts(static_cast<size_t>(count), shapes.size());
                        });
  }
  return {};
}

Status read_and(ConstraintReader& reader) {
  return read_combination(reader, "and", "AndConstraintComponent", "all",
                          [](size_t conforming, size_t all) { return conforming == all; });
}
Status read_or(ConstraintReader& reader) {
  return read_combination(reader, "or", "OrConstraintComponent", "at least one",
                          [](size_t conforming, size_t) { return conforming > 0; });
}
Status read_xone(ConstraintReader& reader) {
  return read_combination(reader, "xone", "XoneConstraintComponent", "exactly one",
                          [](size_t conforming, size_t) { return conforming == 1; });
}

Status read_node(ConstraintReader& reader) {
  for (const Term& shape : reader.parameters("node")) {
    TCPS_TRY(check_shape_term(reader, "node", shape));
    reader.referenced.push_back(shape);
    reader.add_for_each(
        "NodeConstraintComponent", "value must conform to " + shape.to_string(),
        [shape](Evaluation& evaluation, const Term& value) { return evaluation.conforms(shape, value); });
  }
  return {};
}

Status read_property(ConstraintReader& reader) {
  for (const Term& shape : reader.parameters("property")) {
    if (reader.graph.objects(shape, sh::iri("path")).empty()) {
      return reader.ill_formed("property", "its value must be a property shape: give it a sh:path");
    }
    reader.referenced.push_back(shape);
    reader.add("PropertyShapeComponent", {}, [shape](Evaluation& evaluation) {
      for (const Term& value : evaluation.values()) evaluation.validate(shape, value);
    });
  }
  return {};
}

// The qualified shapes of the property shapes that stand beside this one (section 4.7.3).
std::vector<Term> sibling_shapes(const ConstraintReader& reader) {
  const auto own = reader.parameters("qualifiedValueShape");
  std::set<Term> siblings;
  for (const Term& parent : reader.graph.subjects(sh::iri("property"), reader.shape)) {
    for (const Term& property : reader.graph.objects(parent, sh::iri("property"))) {
      for (const Term& shape : reader.graph.objects(property, sh::iri("qualifiedValueShape"))) {
        if (std::find(own.begin(), own.end(), shape) == own.end()) siblings.insert(shape);
      }
    }
  }
  return {siblings.begin(), siblings.end()};
}

size_t qualified_count(Evaluation& evaluation, const Term& shape, const std::vector<Term>& siblings) {
  const auto& values = evaluation.values();
  return static_cast<size_t>(std::count_if(values.begin(), values.end(), [&](const Term& value) {
    return evaluation.conforms(shape, value) &&
           std::none_of(siblings.begin(), siblings.end(),
                        [&](const Term& sibling) { return evaluation.conforms(sibling, value); });
  }));
}

Status read_qualified(ConstraintReader& reader) {
  if (!reader.is_property_shape) {
    return reader.ill_formed("qualifiedValueShape", "it belongs on a property shape: add sh:path or move it");
  }
  const auto lowest = TCPS_TRY(reader.count("qualifiedMinCount"));
  const auto highest = TCPS_TRY(reader.count("qualifiedMaxCount"));
  const auto disjoint = TCPS_TRY(reader.flag("qualifiedValueShapesDisjoint"));
  const auto siblings = disjoint ? sibling_shapes(reader) : std::vector<Term>{};
  for (const Term& shape : reader.parameters("qualifiedValueShape")) {
    TCPS_TRY(check_shape_term(reader, "qualifiedValueShape", shape));
    reader.referenced.push_back(shape);
    if (lowest) {
      reader.add("QualifiedMinCountConstraintComponent",
                 "at least " + std::to_string(*lowest) + " values must conform to " + shape.to_string(),
                 [shape, siblings, count = *lowest](Evaluation& evaluation) {
                   if (qualified_count(evaluation, shape, siblings) < count) evaluation.violation({});
                 });
    }
    if (highest) {
      reader.add("QualifiedMaxCountConstraintComponent",
                 "at most " + std::to_string(*highest) + " values may conform to " + shape.to_string(),
                 [shape, siblings, count = *highest](Evaluation& evaluation) {
                   if (qualified_count(evaluation, shape, siblings) > count) evaluation.violation({});
                 });
    }
  }
  reader.referenced.insert(reader.referenced.end(), siblings.begin(), siblings.end());
  return {};
}

}  // namespace

const std::vector<ComponentRow>& shape_components() {
  static const std::vector<ComponentRow> rows{
      {"not", read_not},
      {"and", read_and},
      {"or", read_or},
      {"xone", read_xone},
      {"node", read_node},
      {"property", read_property},
      {"qualifiedValueShape", read_qualified},
  };
  return rows;
}

}  // namespace tcps::rdf
