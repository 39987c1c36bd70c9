#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "actors/engines/rdf/canonical.h"
#include "actors/engines/rdf/turtle.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

bool is_plain_local_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto follows = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), follows);
}

class Writer {
 public:
  explicit Writer(const Graph& graph) : graph_(graph) {}

  std::string text() {
    std::map<std::string, std::map<std::string, std::vector<std::string>>> subjects;
    for (const Triple& triple : graph_.triples()) {
      const bool is_type = triple.predicate.is_iri(rdf::type);
      // The space sorts `a` before every name.
      subjects[name(triple.subject)][is_type ? " a" : name(triple.predicate)].push_back(name(triple.object));
    }
    std::string out;
    for (const auto& [prefix, iri] : graph_.prefixes())
      out += fmt::format("@prefix {}: {} .\n", prefix, quote_iri(iri));
    for (auto& [subject, predicates] : subjects) out += fmt::format("\n{}", block(subject, predicates));
    return out;
  }

 private:
  static std::string block(const std::string& subject,
                           std::map<std::string, std::vector<std::string>>& predicates) {
    std::string out = subject;
    const char* separator = "";
    for (auto& [predicate, objects] : predicates) {
      std::sort(objects.begin(), objects.end());
      out += separator;
      out += fmt::format("\n    {} ", predicate.substr(predicate.find_first_not_of(' ')));
      for (size_t i = 0; i < objects.size(); ++i) out += fmt::format("{}{}", i ? ", " : "", objects[i]);
      separator = " ;";
    }
    return out + " .\n";
  }

  std::string iri_name(const std::string& iri) const {
    for (const auto& [prefix, space] : graph_.prefixes()) {
      if (!iri.starts_with(space)) continue;
      const auto local = std::string_view(iri).substr(space.size());
      if (is_plain_local_name(local)) return fmt::format("{}:{}", prefix, local);
    }
    return quote_iri(iri);
  }

  std::string name(const Term& term) const {
    if (term.is_iri()) return iri_name(term.value);
    if (!term.is_literal() || !term.language.empty() || term.datatype == xsd::string) return term.to_string();
    return fmt::format("\"{}\"^^{}", escape_literal(term.value), iri_name(term.datatype));
  }

  const Graph& graph_;
};

}  // namespace

Result<std::string> to_turtle(const Graph& graph) {
  const auto canonical = TCPS_TRY(canonical_copy(graph));
  return Writer(canonical).text();
}

}  // namespace tcps::rdf
