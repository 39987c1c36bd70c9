#include "actors/engines/rdf/rasqal_source.h"

#include <array>
#include <cstring>

#include "actors/engines/rdf/literal.h"
#include "actors/engines/rdf/text.h"
#include "actors/engines/rdf/vocabulary.h"
#include "messages/result.h"

namespace tcps::rdf {
namespace {

constexpr std::array<rasqal_triple_parts, 3> part_of{RASQAL_TRIPLE_SUBJECT, RASQAL_TRIPLE_PREDICATE,
                                                     RASQAL_TRIPLE_OBJECT};

template <class Character>
Character* owned_copy(std::string_view text) {
  auto* copy = static_cast<char*>(rasqal_alloc_memory(text.size() + 1));
  TCPS_CHECK(copy);
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return reinterpret_cast<Character*>(copy);
}

RasqalSource* self_in(void* slot) { return *static_cast<RasqalSource**>(slot); }

}  // namespace

// The triples that match one pattern, and where the evaluator stands among them.
struct RasqalSource::Match {
  RasqalSource* source;
  std::vector<TripleIds> triples;
  size_t at = 0;
};

RasqalSource::RasqalSource(rasqal_world* world, const Graph& graph, const std::function<bool()>& expired)
    : world_(world), graph_(graph), ask_expired_(expired) {
  rasqal_set_triples_source_factory(world, register_factory, this);
  // Integers that the library rewrites must be known before the query names one.
  constexpr size_t digits_kept = 9;
  for (size_t id = 0; id < graph.term_count(); ++id) {
    const Term& term = graph.term(static_cast<TermId>(id));
    if (is_integer_type(term.datatype) && term.value.size() > digits_kept)
      literal_of(static_cast<TermId>(id));
  }
}

RasqalSource::~RasqalSource() {
  for (rasqal_literal* literal : literals_) {
    if (literal) rasqal_free_literal(literal);
  }
}

bool RasqalSource::expired() {
  constexpr size_t steps_between_questions = 256;
  if (!expired_ && steps_++ % steps_between_questions == 0) expired_ = ask_expired_();
  return expired_;
}

int RasqalSource::register_factory(rasqal_triples_source_factory* factory) {
  factory->version = 3;
  factory->user_data_size = sizeof(RasqalSource*);
  factory->init_triples_source2 = init_source;
  return 0;
}

int RasqalSource::init_source(rasqal_world*, raptor_sequence*, void* self, void* slot,
                              rasqal_triples_source* source, rasqal_triples_error_handler2, unsigned) {
  *static_cast<RasqalSource**>(slot) = static_cast<RasqalSource*>(self);
  source->version = 1;
  source->init_triples_match = init_match;
  source->triple_present = is_present;
  source->free_triples_source = [](void*) {};
  return 0;
}

int RasqalSource::init_match(rasqal_triples_match* match, rasqal_triples_source*, void* slot,
                             rasqal_triple_meta* meta, rasqal_triple* pattern) {
  RasqalSource& self = *self_in(slot);
  auto* state = new Match{&self, {}};
  match->user_data = state;
  match->bind_match = bind;
  match->next_match = [](rasqal_triples_match*, void* data) { ++static_cast<Match*>(data)->at; };
  match->is_end = [](rasqal_triples_match*, void* data) {
    const auto* current = static_cast<Match*>(data);
    return int(current->at >= current->triples.size() || current->source->expired());
  };
  match->finish = [](rasqal_triples_match*, void* data) { delete static_cast<Match*>(data); };

  std::array<std::optional<TermId>, 3> ids;
  bool possible = pattern->origin == nullptr;  // there are no named graphs
  const std::array<rasqal_literal*, 3> terms{pattern->subject, pattern->predicate, pattern->object};
  for (size_t i = 0; i < 3; ++i) {
    rasqal_variable* variable = rasqal_literal_as_variable(terms[i]);
    meta->bindings[i] = variable;
    if (variable && (meta->parts & part_of[i])) {
      rasqal_variable_set_value(variable, nullptr);
    } else if (rasqal_literal* value = variable ? variable->value : terms[i]) {
      ids[i] = self.id_of(value);
      possible = possible && ids[i];
    }
  }
  if (!possible) return 0;
  state->triples = self.graph_.match_ids(ids[0], ids[1], ids[2]);
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = i + 1; j < 3; ++j) {
      if (!meta->bindings[i] || meta->bindings[i] != meta->bindings[j]) continue;
      std::erase_if(state->triples, [&](const TripleIds& triple) { return triple[i] != triple[j]; });
    }
  }
  return 0;
}

int RasqalSource::is_present(rasqal_triples_source*, void* slot, rasqal_triple* triple) {
  const RasqalSource& self = *self_in(slot);
  const auto subject = self.id_of(triple->subject);
  const auto predicate = self.id_of(triple->predicate);
  const auto object = self.id_of(triple->object);
  const bool possible = !triple->origin && subject && predicate && object;
  return int(possible && !self.graph_.match_ids(subject, predicate, object).empty());
}

rasqal_triple_parts RasqalSource::bind(rasqal_triples_match*, void* user_data, rasqal_variable* bindings[4],
                                       rasqal_triple_parts parts) {
  auto* state = static_cast<Match*>(user_data);
  unsigned bound = 0;
  for (size_t i = 0; i < 3; ++i) {
    if (!bindings[i] || !(parts & part_of[i])) continue;
    rasqal_literal* literal = state->source->literal_of(state->triples[state->at][i]);
    rasqal_variable_set_value(bindings[i], rasqal_new_literal_from_literal(literal));
    bound |= part_of[i];
  }
  return static_cast<rasqal_triple_parts>(bound);
}

std::optional<TermId> RasqalSource::id_of(rasqal_literal* literal) const {
  if (const auto known = ids_.find(literal); known != ids_.end()) return known->second;
  const Term text = text_of(literal);
  if (const auto id = graph_.find(text)) return id;
  const auto alias = aliases_.find(text);
  return alias == aliases_.end() ? std::nullopt : std::optional(alias->second);
}

rasqal_literal* RasqalSource::literal_of(TermId id) {
  if (literals_.size() <= id) literals_.resize(id + 1, nullptr);
  if (!literals_[id]) {
    literals_[id] = make_literal(graph_.term(id));
    TCPS_CHECK(literals_[id]);
    aliases_.emplace(text_of(literals_[id]), id);
    ids_.emplace(literals_[id], id);
  }
  return literals_[id];
}

rasqal_literal* RasqalSource::make_literal(const Term& term) const {
  raptor_world* raptor = rasqal_world_get_raptor(world_);
  const auto uri = [&](const std::string& text) {
    return raptor_new_uri(raptor, reinterpret_cast<const unsigned char*>(text.c_str()));
  };
  if (term.is_iri()) return rasqal_new_uri_literal(world_, uri(term.value));
  if (term.is_blank()) {
    return rasqal_new_simple_literal(world_, RASQAL_LITERAL_BLANK, owned_copy<unsigned char>(term.value));
  }
  char* language = term.language.empty() ? nullptr : owned_copy<char>(term.language);
  const bool plain = language || term.datatype == xsd::string;
  return rasqal_new_string_literal(world_, owned_copy<unsigned char>(term.value), language,
                                   plain ? nullptr : uri(term.datatype), nullptr);
}

std::optional<Term> RasqalSource::term_of(rasqal_literal* literal) const {
  if (const auto id = id_of(literal)) return graph_.term(*id);
  Term computed = text_of(literal);
  if (!is_c_text(computed.value)) return std::nullopt;
  if (computed.is_literal() && !is_valid_lexical(computed.datatype, computed.value)) return std::nullopt;
  return computed;
}

Term RasqalSource::text_of(rasqal_literal* literal) const {
  size_t length = 0;
  const auto* text =
      reinterpret_cast<const char*>(rasqal_literal_as_counted_string(literal, &length, 0, nullptr));
  const std::string_view value = text ? std::string_view(text, length) : std::string_view{};
  switch (rasqal_literal_get_rdf_term_type(literal)) {
    case RASQAL_LITERAL_URI:
      return Term::iri(value);
    case RASQAL_LITERAL_BLANK:
      return Term::blank(value);
    default:
      break;
  }
  if (const char* language = rasqal_literal_get_language(literal)) return Term::tagged(value, language);
  raptor_uri* datatype = rasqal_literal_datatype(literal);
  if (!datatype) return Term::literal(value);
  return Term::literal(value, reinterpret_cast<const char*>(raptor_uri_as_string(datatype)));
}

}  // namespace tcps::rdf
