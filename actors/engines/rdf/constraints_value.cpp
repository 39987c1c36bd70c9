// Constraints on single value nodes: what kind of term, in which range, which text.
#include <algorithm>
#include <array>

#include "actors/engines/rdf/constraints.h"
#include "actors/engines/rdf/literal.h"
#include "actors/engines/rdf/pattern.h"
#include "actors/engines/rdf/shapes.h"
#include "actors/engines/rdf/vocabulary.h"
#include "messages/utf8.h"

namespace tcps::rdf {
namespace {

Status read_class(ConstraintReader& reader) {
  for (const Term& wanted : reader.parameters("class")) {
    if (!wanted.is_iri()) return reader.ill_formed("class", "name the class by its IRI");
    reader.add_for_each("ClassConstraintComponent", "value must be an instance of " + wanted.to_string(),
                        [wanted](Evaluation& evaluation, const Term& value) {
                          return !value.is_literal() && is_instance(evaluation.data(), value, wanted);
                        });
  }
  return {};
}

Status read_datatype(ConstraintReader& reader) {
  const auto wanted = TCPS_TRY(reader.single("datatype"));
  if (!wanted->is_iri()) return reader.ill_formed("datatype", "name the datatype by its IRI");
  reader.add_for_each("DatatypeConstraintComponent", "value must be a well-formed " + wanted->to_string(),
                      [type = wanted->value](Evaluation&, const Term& value) {
                        return value.is_literal() && value.datatype == type &&
                               is_valid_lexical(type, value.value);
                      });
  return {};
}

struct NodeKindRow {
  std::string_view name;
  bool iri, blank, literal;
};
constexpr std::array node_kinds{
    NodeKindRow{"IRI", true, false, false},
    NodeKindRow{"BlankNode", false, true, false},
    NodeKindRow{"Literal", false, false, true},
    NodeKindRow{"BlankNodeOrIRI", true, true, false},
    NodeKindRow{"BlankNodeOrLiteral", false, true, true},
    NodeKindRow{"IRIOrLiteral", true, false, true},
};

Status read_node_kind(ConstraintReader& reader) {
  const auto wanted = TCPS_TRY(reader.single("nodeKind"));
  for (const NodeKindRow& row : node_kinds) {
    if (!wanted->is_iri(sh::iri(row.name))) continue;
    reader.add_for_each("NodeKindConstraintComponent", "value must be of node kind " + std::string(row.name),
                        [row](Evaluation&, const Term& value) {
                          if (value.is_iri()) return row.iri;
                          return value.is_blank() ? row.blank : row.literal;
                        });
    return {};
  }
  return reader.ill_formed("nodeKind", "use one of the six node kinds of SHACL");
}

using OrderTest = bool (*)(std::partial_ordering order);

Status read_bound(ConstraintReader& reader, std::string_view parameter, std::string_view component,
                  std::string_view words, OrderTest accepts) {
  const auto bound = TCPS_TRY(reader.single(parameter));
  if (!bound->is_literal()) return reader.ill_formed(parameter, "give a literal");
  reader.add_for_each(component, "value must be " + std::string(words) + " " + bound->value,
                      [bound = *bound, accepts](Evaluation&, const Term& value) {
                        return accepts(compare_values(value, bound));
                      });
  return {};
}

Status read_min_inclusive(ConstraintReader& reader) {
  return read_bound(reader, "minInclusive", "MinInclusiveConstraintComponent", "at least",
                    [](std::partial_ordering order) { return order >= 0; });
}
Status read_max_inclusive(ConstraintReader& reader) {
  return read_bound(reader, "maxInclusive", "MaxInclusiveConstraintComponent", "at most",
                    [](std::partial_ordering order) { return order <= 0; });
}
Status read_min_exclusive(ConstraintReader& reader) {
  return read_bound(reader, "minExclusive", "MinExclusiveConstraintComponent", "greater than",
                    [](std::partial_ordering order) { return order > 0; });
}
Status read_max_exclusive(ConstraintReader& reader) {
  return read_bound(reader, "maxExclusive", "MaxExclusiveConstraintComponent", "less than",
                    [](std::partial_ordering order) { return order < 0; });
}

Status read_min_length(ConstraintReader& reader) {
  const auto length = TCPS_TRY(reader.count("minLength"));
  reader.add_for_each("MinLengthConstraintComponent",
                      "value must have at least " + std::to_string(*length) + " characters",
                      [length = *length](Evaluation&, const Term& value) {
                        return !value.is_blank() && utf8::count(value.value) >= length;
                      });
  return {};
}

Status read_max_length(ConstraintReader& reader) {
  const auto length = TCPS_TRY(reader.count("maxLength"));
  reader.add_for_each("MaxLengthConstraintComponent",
                      "value must have at most " + std::to_string(*length) + " characters",
                      [length = *length](Evaluation&, const Term& value) {
                        return !value.is_blank() && utf8::count(value.value) <= length;
                      });
  return {};
}

Status read_pattern(ConstraintReader& reader) {
  const auto flags = TCPS_TRY(reader.single("flags"));
  for (const Term& text : reader.parameters("pattern")) {
    if (!text.is_literal()) return reader.ill_formed("pattern", "give a string");
    const auto pattern = Pattern::compile(text.value, flags ? flags->value : "");
    if (!pattern) return reader.ill_formed("pattern", pattern.error().message);
    reader.add_for_each("PatternConstraintComponent", "value must match the pattern \"" + text.value + "\"",
                        [pattern = *pattern](Evaluation&, const Term& value) {
                          return !value.is_blank() && pattern.found_in(value.value);
                        });
  }
  return {};
}

Status read_language_in(ConstraintReader& reader) {
  const auto head = TCPS_TRY(reader.single("languageIn"));
  const auto ranges = read_list(reader.graph, *head);
  if (!ranges) return reader.ill_formed("languageIn", ranges.error().message);
  reader.add_for_each("LanguageInConstraintComponent",
                      "value must be in one of the languages of sh:languageIn",
                      [ranges = *ranges](Evaluation&, const Term& value) {
                        return std::any_of(ranges.begin(), ranges.end(), [&](const Term& range) {
                          return value.is_literal() && language_matches(value.language, range.value);
                        });
                      });
  return {};
}

}  // namespace

const std::vector<ComponentRow>& value_components() {
  static const std::vector<ComponentRow> rows{
      {"class", read_class},
      {"datatype", read_datatype},
      {"nodeKind", read_node_kind},
      {"minInclusive", read_min_inclusive},
      {"maxInclusive", read_max_inclusive},
      {"minExclusive", read_min_exclusive},
      {"maxExclusive", read_max_exclusive},
      {"minLength", read_min_length},
      {"maxLength", read_max_length},
      {"pattern", read_pattern},
      {"languageIn", read_language_in},
  };
  return rows;
}

}  // namespace tcps::rdf
