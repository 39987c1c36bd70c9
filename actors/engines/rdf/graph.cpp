#include "actors/engines/rdf/graph.h"

#include <limits>

namespace tcps::rdf {
namespace {

constexpr TermId lowest = 0;
constexpr TermId highest = std::numeric_limits<TermId>::max();

using Key = std::array<std::optional<TermId>, 3>;

// Appends the entries of `index` whose leading parts equal the bound leading parts of `key`, turned back into
// subject-predicate-object order by `order` (order[i] = where part i of the index stands in a triple).
void scan(const std::set<TripleIds>& index, const Key& key, const std::array<size_t, 3>& order,
          std::vector<TripleIds>& out) {
  TripleIds from{lowest, lowest, lowest};
  TripleIds to{highest, highest, highest};
  for (size_t i = 0; i < 3 && key[i]; ++i) from[i] = to[i] = *key[i];
  const auto end = index.upper_bound(to);
  for (auto at = index.lower_bound(from); at != end; ++at) {
    TripleIds triple{};
    for (size_t i = 0; i < 3; ++i) triple[order[i]] = (*at)[i];
    out.push_back(triple);
  }
}

}  // namespace

Graph::Graph() = default;
Graph::~Graph() = default;
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;

TermId Graph::intern(const Term& term) {
  if (const auto found = ids_.find(&term); found != ids_.end()) return found->second;
  const auto id = static_cast<TermId>(terms_.size());
  terms_.push_back(term);
  ids_.emplace(&terms_.back(), id);
  return id;
}

bool Graph::add(const Term& subject, const Term& predicate, const Term& object) {
  const TermId s = intern(subject);
  const TermId p = intern(predicate);
  const TermId o = intern(object);
  if (!by_subject_.insert({s, p, o}).second) return false;
  by_predicate_.insert({p, o, s});
  by_object_.insert({o, s, p});
  return true;
}

void Graph::declare_prefix(std::string_view prefix, std::string_view iri) { prefixes_.emplace(prefix, iri); }

std::optional<TermId> Graph::find(const Term& term) const {
  const auto found = ids_.find(&term);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::vector<TripleIds> Graph::match_ids(std::optional<TermId> subject, std::optional<TermId> predicate,
                                        std::optional<TermId> object) const {
  std::vector<TripleIds> out;
  if (subject && predicate && object) {
    if (by_subject_.contains({*subject, *predicate, *object})) out.push_back({*subject, *predicate, *object});
  } else if (subject && object) {
    scan(by_object_, {object, subject, {}}, {2, 0, 1}, out);
  } else if (subject || !(predicate || object)) {
    scan(by_subject_, {subject, predicate, {}}, {0, 1, 2}, out);
  } else if (predicate) {
    scan(by_predicate_, {predicate, object, {}}, {1, 2, 0}, out);
  } else {
    scan(by_object_, {object, {}, {}}, {2, 0, 1}, out);
  }
  return out;
}

std::vector<Triple> Graph::match(const Term* subject, const Term* predicate, const Term* object) const {
  Key key;
  const std::array<const Term*, 3> pattern{subject, predicate, object};
  for (size_t i = 0; i < 3; ++i) {
    if (!pattern[i]) continue;
    key[i] = find(*pattern[i]);
    if (!key[i]) return {};
  }
  std::vector<Triple> out;
  for (const TripleIds& ids : match_ids(key[0], key[1], key[2])) out.push_back(triple_of(ids));
  return out;
}

bool Graph::contains(const Triple& triple) const {
  return !match(&triple.subject, &triple.predicate, &triple.object).empty();
}

std::vector<Triple> Graph::triples() const { return match(nullptr, nullptr, nullptr); }

std::vector<Term> Graph::objects(const Term& subject, std::string_view predicate) const {
  const auto s = find(subject);
  const auto p = find(Term::iri(predicate));
  std::vector<Term> out;
  if (!s || !p) return out;
  for (const TripleIds& ids : match_ids(s, p, {})) out.push_back(term(ids[2]));
  return out;
}

std::vector<Term> Graph::subjects(std::string_view predicate, const Term& object) const {
  const auto p = find(Term::iri(predicate));
  const auto o = find(object);
  std::vector<Term> out;
  if (!p || !o) return out;
  for (const TripleIds& ids : match_ids({}, p, o)) out.push_back(term(ids[0]));
  return out;
}

std::optional<Term> Graph::object(const Term& subject, std::string_view predicate) const {
  auto all = objects(subject, predicate);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

}  // namespace tcps::rdf
