// Rows as JSON, for templates.
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "actors/engines/rdf/literal.h"
#include "actors/engines/rdf/sparql.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

nlohmann::json json_of(const Term& term) {
  if (term.is_blank()) return term.to_string();
  if (!term.is_literal() || !is_valid_lexical(term.datatype, term.value)) return term.value;
  if (term.datatype == xsd::boolean) return term.value == "true" || term.value == "1";
  if (!is_numeric_type(term.datatype)) return term.value;
  if (is_integer_type(term.datatype)) {
    if (const auto value = number<int64_t>(term.value)) return *value;
    if (const auto value = number<uint64_t>(term.value)) return *value;
  }
  const auto value = number<double>(term.value);
  if (!value || !std::isfinite(*value)) return term.value;
  return *value;
}

}  // namespace

nlohmann::json SparqlResult::to_json() const {
  if (is_ask) return answer;
  nlohmann::json array = nlohmann::json::array();
  for (const auto& row : rows) {
    nlohmann::json object = nlohmann::json::object();
    for (size_t i = 0; i < variables.size(); ++i) {
      if (row[i]) object[variables[i]] = json_of(*row[i]);
    }
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace tcps::rdf
