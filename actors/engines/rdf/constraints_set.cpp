// Constraints on the set of value nodes: how many, which, and how they stand to other properties.
#include <algorithm>
#include <map>
#include <set>

#include "actors/engines/rdf/constraints.h"
#include "actors/engines/rdf/literal.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

bool contains(const std::vector<Term>& terms, const Term& term) {
  return std::find(terms.begin(), terms.end(), term) != terms.end();
}

Status only_on_property_shape(const ConstraintReader& reader, std::string_view name) {
  if (reader.is_property_shape) return {};
  return reader.ill_formed(name, "it belongs on a property shape: add sh:path or move it");
}

Status read_min_count(ConstraintReader& reader) {
  TCPS_TRY(only_on_property_shape(reader, "minCount"));
  const auto count = TCPS_TRY(reader.count("minCount"));
  reader.add("MinCountConstraintComponent", "there must be at least " + std::to_string(*count) + " values",
             [count = *count](Evaluation& evaluation) {
               if (evaluation.values().size() < count) evaluation.violation({});
             });
  return {};
}

Status read_max_count(ConstraintReader& reader) {
  TCPS_TRY(only_on_property_shape(reader, "maxCount"));
  const auto count = TCPS_TRY(reader.count("maxCount"));
  reader.add("MaxCountConstraintComponent", "there must be at most " + std::to_string(*count) + " values",
             [count = *count](Evaluation& evaluation) {
               if (evaluation.values().size() > count) evaluation.violation({});
             });
  return {};
}

Status read_unique_lang(ConstraintReader& reader) {
  TCPS_TRY(only_on_property_shape(reader, "uniqueLang"));
  // Only the boolean true switches the component on (section 4.4.5): "1" does not.
  const Term on = Term::literal("true", xsd::boolean);
  const auto value = TCPS_TRY(reader.single("uniqueLang"));
  if (value != on) return {};
  reader.add("UniqueLangConstraintComponent", "there must be at most one value in each language",
             [](Evaluation& evaluation) {
               std::map<std::string, size_t> uses;
               for (const Term& one : evaluation.values()) {
                 if (!one.language.empty() && ++uses[one.language] == 2) evaluation.violation({});
               }
             });
  return {};
}

Status read_equals(ConstraintReader& reader) {
  for (const Term& other : reader.parameters("equals")) {
    if (!other.is_iri()) return reader.ill_formed("equals", "name a property by its IRI");
    reader.add("EqualsConstraintComponent", "values must be the same as those of " + other.to_string(),
               [property = other.value](Evaluation& evaluation) {
                 const auto others = evaluation.data().objects(evaluation.focus(), property);
                 for (const Term& value : evaluation.values()) {
                   if (!contains(others, value)) evaluation.violation(value);
                 }
                 for (const Term& value : others) {
                   if (!contains(evaluation.values(), value)) evaluation.violation(value);
                 }
               });
  }
  return {};
}

Status read_disjoint(ConstraintReader& reader) {
  for (const Term& other : reader.parameters("disjoint")) {
    if (!other.is_iri()) return reader.ill_formed("disjoint", "name a property by its IRI");
    reader.add_for_each("DisjointConstraintComponent", "value must not be a value of " + other.to_string(),
                        [property = other](Evaluation& evaluation, const Term& value) {
                          return !evaluation.data().contains({evaluation.focus(), property, value});
                        });
  }
  return {};
}

// One result for each pair that is out of order or cannot be compared (section 4.5.3).
Status read_order(ConstraintReader& reader, std::string_view parameter, std::string_view component,
                  std::string_view words, bool (*accepts)(std::partial_ordering)) {
  TCPS_TRY(only_on_property_shape(reader, parameter));
  for (const Term& other : reader.parameters(parameter)) {
    if (!other.is_iri()) return reader.ill_formed(parameter, "name a property by its IRI");
    reader.add(component, "value must be " + std::string(words) + " every value of " + other.to_string(),
               [property = other.value, accepts](Evaluation& evaluation) {
                 const auto others = evaluation.data().objects(evaluation.focus(), property);
                 for (const Term& value : evaluation.values()) {
                   for (const Term& against : others) {
                     if (!accepts(compare_values(value, against))) evaluation.violation(value);
                   }
                 }
               });
  }
  return {};
}

Status read_less_than(ConstraintReader& reader) {
  return read_order(reader, "lessThan", "LessThanConstraintComponent", "less than",
                    [](std::partial_ordering order) { return order < 0; });
}
Status read_less_than_or_equals(ConstraintReader& reader) {
  return read_order(reader, "lessThanOrEquals", "LessThanOrEqualsConstraintComponent", "at most",
                    [](std::partial_ordering order) { return order <= 0; });
}

// The paths of the shape's property shapes that are plain predicates (section 4.8.1), and the ignored ones.
Result<std::set<std::string>> allowed_properties(const ConstraintReader& reader) {
  std::set<std::string> allowed;
  for (const Term& property : reader.parameters("property")) {
    const auto path = reader.graph.object(property, sh::iri("path"));
    if (path && path->is_iri()) allowed.insert(path->value);
  }
  const auto ignored = TCPS_TRY(reader.single("ignoredProperties"));
  if (!ignored) return allowed;
  const auto members = read_list(reader.graph, *ignored);
  if (!members) return reader.ill_formed("ignoredProperties", members.error().message);
  for (const Term& member : *members) allowed.insert(member.value);
  return allowed;
}

Status read_closed(ConstraintReader& reader) {
  const auto closed = TCPS_TRY(reader.flag("closed"));
  if (!closed) return {};
  auto allowed = TCPS_TRY(allowed_properties(reader));
  reader.add("ClosedConstraintComponent", "the shape is closed: this property is not allowed",
             [allowed = std::move(allowed)](Evaluation& evaluation) {
               for (const Term& value : evaluation.values()) {
                 for (const Triple& triple : evaluation.data().match(&value, nullptr, nullptr)) {
                   if (allowed.contains(triple.predicate.value)) continue;
                   evaluation.violation_at(PropertyPath::predicate(triple.predicate.value), triple.object);
                 }
               }
             });
  return {};
}

Status read_has_value(ConstraintReader& reader) {
  for (const Term& wanted : reader.parameters("hasValue")) {
    reader.add("HasValueConstraintComponent", "values must contain " + wanted.to_string(),
               [wanted](Evaluation& evaluation) {
                 if (!contains(evaluation.values(), wanted)) evaluation.violation({});
               });
  }
  return {};
}

Status read_in(ConstraintReader& reader) {
  const auto head = TCPS_TRY(reader.single("in"));
  const auto members = read_list(reader.graph, *head);
  if (!members) return reader.ill_formed("in", members.error().message);
  const std::set<Term> allowed(members->begin(), members->end());
  reader.add_for_each("InConstraintComponent", "value must be one of those listed in sh:in",
                      [allowed](Evaluation&, const Term& value) { return allowed.contains(value); });
  return {};
}

}  // namespace

const std::vector<ComponentRow>& set_components() {
  static const std::vector<ComponentRow> rows{
      {"minCount", read_min_count},
      {"maxCount", read_max_count},
      {"uniqueLang", read_unique_lang},
      {"equals", read_equals},
      {"disjoint", read_disjoint},
      {"lessThan", read_less_than},
      {"lessThanOrEquals", read_less_than_or_equals},
      {"closed", read_closed},
      {"hasValue", read_has_value},
      {"in", read_in},
  };
  return rows;
}

}  // namespace tcps::rdf
