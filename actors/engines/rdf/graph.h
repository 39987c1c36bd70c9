// An RDF graph in memory: a set of triples, indexed three ways so that any pattern is answered by one range
// scan. The knowledge engines (SHACL, SPARQL, canonical form) all read this class and nothing else.
//
// Terms are interned: a TermId is an index into the graph's dictionary, valid for the life of that graph and
// meaningless in another. Matches come in an order that depends only on the order of insertion; engines whose
// output must not depend on file order work on canonical_copy() (canonical.h).
// Threads: const use from many threads is safe, changes are not.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/engines/rdf/term.h"

namespace tcps::rdf {

using TermId = uint32_t;
using TripleIds = std::array<TermId, 3>;  // subject, predicate, object

class Graph {
 public:
  Graph();
  ~Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  Graph(const Graph&) = delete;  // ids_ points into terms_
  Graph& operator=(const Graph&) = delete;

  // Commands. add() says whether the triple was new.
  bool add(const Triple& triple) { return add(triple.subject, triple.predicate, triple.object); }
  bool add(const Term& subject, const Term& predicate, const Term& object);
  // The first declaration of a prefix wins: prefixes only shorten what people read.
  void declare_prefix(std::string_view prefix, std::string_view iri);

  // Queries.
  size_t size() const { return by_subject_.size(); }
  bool contains(const Triple& triple) const;
  const std::map<std::string, std::string>& prefixes() const { return prefixes_; }
  std::vector<Triple> triples() const;

  // A null pointer matches every term.
  std::vector<Triple> match(const Term* subject, const Term* predicate, const Term* object) const;
  std::vector<Term> objects(const Term& subject, std::string_view predicate) const;
  std::vector<Term> subjects(std::string_view predicate, const Term& object) const;
  // The first object, where the caller knows that at most one makes sense.
  std::optional<Term> object(const Term& subject, std::string_view predicate) const;

  // The same by id, without copying terms.
  std::optional<TermId> find(const Term& term) const;
  const Term& term(TermId id) const { return terms_[id]; }
  size_t term_count() const { return terms_.size(); }  // ids are 0 .. term_count() - 1
  std::vector<TripleIds> match_ids(std::optional<TermId> subject, std::optional<TermId> predicate,
                                   std::optional<TermId> object) const;

 private:
  struct TermHash {
    size_t operator()(const Term* term) const { return std::hash<Term>()(*term); }
  };
  struct TermEqual {
    bool operator()(const Term* left, const Term* right) const { return *left == *right; }
  };

  TermId intern(const Term& term);
  Triple triple_of(const TripleIds& ids) const { return {term(ids[0]), term(ids[1]), term(ids[2])}; }

  std::deque<Term> terms_;
  std::unordered_map<const Term*, TermId, TermHash, TermEqual> ids_;
  std::set<TripleIds> by_subject_;    // subject, predicate, object
  std::set<TripleIds> by_predicate_;  // predicate, object, subject
  std::set<TripleIds> by_object_;     // object, subject, predicate
  std::map<std::string, std::string> prefixes_;
};

}  // namespace tcps::rdf
