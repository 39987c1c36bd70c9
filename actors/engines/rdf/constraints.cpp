#include "actors/engines/rdf/constraints.h"

#include <charconv>

#include "actors/engines/rdf/literal.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {

std::vector<Term> ConstraintReader::parameters(std::string_view name) const {
  return graph.objects(shape, sh::iri(name));
}

tl::unexpected<Error> ConstraintReader::ill_formed(std::string_view name, std::string_view remedy) const {
  return fail(ErrorCode::invalid, "shape " + shape.to_string() + ": sh:" + std::string(name) +
                                      " is ill-formed; " + std::string(remedy));
}

Result<std::optional<Term>> ConstraintReader::single(std::string_view name) const {
  auto values = parameters(name);
  if (values.size() > 1) return ill_formed(name, "give at most one value");
  if (values.empty()) return std::nullopt;
  return std::move(values.front());
}

Result<std::optional<size_t>> ConstraintReader::count(std::string_view name) const {
  const auto value = TCPS_TRY(single(name));
  if (!value) return std::nullopt;
  const Term& term = *value;
  size_t number = 0;
  const auto [end, error] = std::from_chars(term.value.data(), term.value.data() + term.value.size(), number);
  if (!term.is_literal() || !is_integer_type(term.datatype) || error != std::errc{} ||
      end != term.value.data() + term.value.size()) {
    return ill_formed(name, "give a whole number that is not negative");
  }
  return number;
}

Result<bool> ConstraintReader::flag(std::string_view name) const {
  const auto value = TCPS_TRY(single(name));
  if (!value) return false;
  const Term& term = *value;
  if (!term.is_literal() || term.datatype != xsd::boolean || !is_valid_lexical(term.datatype, term.value)) {
    return ill_formed(name, "give true or false");
  }
  return term.value == "true" || term.value == "1";
}

void ConstraintReader::add(std::string_view component, std::string message,
                           std::function<void(Evaluation&)> check) {
  constraints.push_back({sh::iri(component), std::move(message), std::move(check)});
}

void ConstraintReader::add_for_each(std::string_view component, std::string message,
                                    std::function<bool(Evaluation&, const Term&)> accepts) {
  add(component, std::move(message), [accepts = std::move(accepts)](Evaluation& evaluation) {
    for (const Term& value : evaluation.values()) {
      if (!accepts(evaluation, value)) evaluation.violation(value);
    }
  });
}

Status read_constraints(ConstraintReader& reader) {
  for (const auto* group : {&value_components(), &set_components(), &shape_components()}) {
    for (const ComponentRow& row : *group) {
      if (reader.parameters(row.parameter).empty()) continue;
      TCPS_TRY(row.read(reader));
    }
  }
  return {};
}

}  // namespace tcps::rdf
