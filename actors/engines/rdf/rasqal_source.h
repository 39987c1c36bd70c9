// Lets librasqal read a Graph: answers its triple patterns from the graph's indexes, in place of the
// library's own loader of files and URLs. Internal to the SPARQL engine.
#pragma once

#include <rasqal/rasqal.h>

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/engines/rdf/graph.h"

namespace tcps::rdf {

// Lives as long as `world`'s queries; used by one thread.
class RasqalSource {
 public:
  RasqalSource(rasqal_world* world, const Graph& graph, const std::function<bool()>& expired);
  ~RasqalSource();
  RasqalSource(const RasqalSource&) = delete;
  RasqalSource& operator=(const RasqalSource&) = delete;

  // Once the deadline has passed no pattern matches any more, so that the query drains quickly.
  bool expired();

  // The term that a value of a result stands for. Nothing when the library computed a value that is no
  // well-formed literal: its arithmetic on NaN, for one, leaves arbitrary bytes.
  std::optional<Term> term_of(rasqal_literal* literal) const;

 private:
  struct Match;

  // Installed in rasqal's tables.
  static int register_factory(rasqal_triples_source_factory* factory);
  static int init_source(rasqal_world* world, raptor_sequence* data_graphs, void* self, void* slot,
                         rasqal_triples_source* source, rasqal_triples_error_handler2 handler,
                         unsigned flags);
  static int init_match(rasqal_triples_match* match, rasqal_triples_source* source, void* slot,
                        rasqal_triple_meta* meta, rasqal_triple* pattern);
  static int is_present(rasqal_triples_source* source, void* slot, rasqal_triple* triple);
  static rasqal_triple_parts bind(rasqal_triples_match* match, void* user_data, rasqal_variable* bindings[4],
                                  rasqal_triple_parts parts);

  std::optional<TermId> id_of(rasqal_literal* literal) const;
  rasqal_literal* literal_of(TermId id);  // borrowed
  rasqal_literal* make_literal(const Term& term) const;
  Term text_of(rasqal_literal* literal) const;

  rasqal_world* world_;
  const Graph& graph_;
  const std::function<bool()>& ask_expired_;
  bool expired_ = false;
  size_t steps_ = 0;
  // Each term has one literal for the whole run, so that values which come back are recognized by address
  // and keep their exact text through the library's own conversions.
  std::vector<rasqal_literal*> literals_;
  std::unordered_map<const rasqal_literal*, TermId> ids_;
  // What the library makes of a term where it does not keep the text: integers beyond 32 bits become
  // decimals.
  std::unordered_map<Term, TermId> aliases_;
};

}  // namespace tcps::rdf
