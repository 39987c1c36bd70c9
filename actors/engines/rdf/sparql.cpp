#include "actors/engines/rdf/sparql.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "actors/engines/rdf/canonical.h"
#include "actors/engines/rdf/handles.h"
#include "actors/engines/rdf/rasqal_source.h"
#include "actors/engines/rdf/sparql_words.h"
#include "actors/engines/rdf/text.h"

namespace tcps::rdf {
namespace {

using SparqlErrorKind = SparqlError::Kind;

tl::unexpected<SparqlError> error(SparqlErrorKind kind, int line, std::string message) {
  return tl::unexpected(SparqlError{kind, line, std::move(message)});
}

struct RefusedWord {
  std::string_view word;
  std::string_view reason;
};
constexpr std::string_view leaves_the_graph = "reaches beyond the ontology; query the loaded graph only";
constexpr std::string_view not_repeatable = "gives another answer each time; remove it";
// librasqal 0.9.33 reads freed memory in three string functions and beyond its buffers when arithmetic gives
// NaN or infinity; wraps integers at 32 bits and cuts exponents; counts unbound values, and answers nothing
// for an empty group, in aggregates; leaves MIN and MAX unbound; joins VALUES wrongly; takes "5-7" for 5 -
// (-7).
constexpr std::string_view faulty = "is not reliable in this evaluator; compute it in the template";
constexpr std::array refused_words{
    RefusedWord{"SERVICE", leaves_the_graph},
    RefusedWord{"FROM", leaves_the_graph},
    RefusedWord{"NOW", not_repeatable},
    RefusedWord{"RAND", not_repeatable},
    RefusedWord{"UUID", not_repeatable},
    RefusedWord{"STRUUID", not_repeatable},
    RefusedWord{"BNODE", not_repeatable},
    RefusedWord{"CONCAT", faulty},
    RefusedWord{"STRBEFORE", faulty},
    RefusedWord{"STRAFTER", faulty},
    RefusedWord{"COUNT", faulty},
    RefusedWord{"SUM", faulty},
    RefusedWord{"AVG", faulty},
    RefusedWord{"MIN", faulty},
    RefusedWord{"MAX", faulty},
    RefusedWord{"SAMPLE", faulty},
    RefusedWord{"GROUP_CONCAT", faulty},
    RefusedWord{"VALUES", faulty},
    RefusedWord{"ABS", faulty},
    RefusedWord{"ROUND", faulty},
    RefusedWord{"CEIL", faulty},
    RefusedWord{"FLOOR", faulty},
    RefusedWord{"+", faulty},
    RefusedWord{"-", faulty},
    RefusedWord{"*", faulty},
    RefusedWord{"/", faulty},
};

tl::expected<void, SparqlError> check_text(std::string_view query, const SparqlLimits& limits) {
  if (query.size() > limits.query_bytes_max) {
    return error(SparqlErrorKind::refused, 0,
                 fmt::format("query is larger than {} bytes; split it", limits.query_bytes_max));
  }
  if (!is_c_text(query)) return error(SparqlErrorKind::syntax, 0, "query is not UTF-8 text; save it as such");
  for (const SparqlWord& word : bare_words(query)) {
    for (const RefusedWord& refused : refused_words) {
      if (word.text != refused.word) continue;
      return error(SparqlErrorKind::refused, word.line, fmt::format("{} {}", refused.word, refused.reason));
    }
  }
  return {};
}

// One run of one query.
class Run {
 public:
  Run(const Graph& graph, const SparqlLimits& limits)
      : limits_(limits), world_(open_world(this)), source_(world_.get(), graph, limits.expired) {}

  tl::expected<SparqlResult, SparqlError> answer(const std::string& text) {
    query_.reset(rasqal_new_query(world_.get(), "sparql", nullptr));
    const Handle<raptor_uri> base(raptor_new_uri(rasqal_world_get_raptor(world_.get()),
                                                 reinterpret_cast<const unsigned char*>("file:///query")));
    TCPS_CHECK(query_ && base);
    rasqal_query_set_feature(query_.get(), RASQAL_FEATURE_NO_NET, 1);
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.c_str());
    if (rasqal_query_prepare(query_.get(), bytes, base.get()) != 0 || logged_) {
      return error(SparqlErrorKind::syntax, line_,
                   logged_.value_or("query cannot be parsed") + "; correct the query there");
    }
    const auto verb = rasqal_query_get_verb(query_.get());
    if (verb != RASQAL_QUERY_VERB_SELECT && verb != RASQAL_QUERY_VERB_ASK) {
      return error(SparqlErrorKind::refused, 0,
                   "only SELECT and ASK queries run here; rewrite the query as one");
    }
    results_.reset(rasqal_query_execute(query_.get()));
    if (source_.expired()) return timed_out();
    if (!results_) {
      return error(SparqlErrorKind::refused, line_,
                   logged_.value_or("query uses a part of SPARQL that the evaluator lacks") +
                       "; rewrite the query without it");
    }
    return verb == RASQAL_QUERY_VERB_ASK ? answer_ask() : answer_select();
  }

 private:
  using World = Handle<rasqal_world>;

  static World open_world(Run* run) {
    World world(rasqal_new_world());
    TCPS_CHECK(world && rasqal_world_open(world.get()) == 0);
    rasqal_world_set_log_handler(world.get(), run, on_log);
    return world;
  }

  // An undeclared prefix is reported without its line; the message after it has one.
  static void on_log(void* self, raptor_log_message* message) {
    if (message->level < RAPTOR_LOG_LEVEL_ERROR) return;
    auto& run = *static_cast<Run*>(self);
    if (!run.logged_) run.logged_ = message->text;
    if (run.line_ == 0 && message->locator) run.line_ = std::max(message->locator->line, 0);
  }

  tl::unexpected<SparqlError> timed_out() const {
    return error(SparqlErrorKind::timeout, 0,
                 "query ran beyond its deadline; make its patterns more selective");
  }

  tl::expected<SparqlResult, SparqlError> answer_ask() {
    const int answer = rasqal_query_results_get_boolean(results_.get());
    if (source_.expired()) return timed_out();
    if (answer < 0)
      return error(SparqlErrorKind::refused, line_, logged_.value_or("query failed") + "; rewrite the query");
    SparqlResult result;
    result.is_ask = true;
    result.answer = answer != 0;
    return result;
  }

  tl::expected<SparqlResult, SparqlError> answer_select() {
    SparqlResult result;
    rasqal_query_results* results = results_.get();
    const int columns = rasqal_query_results_get_bindings_count(results);
    for (int i = 0; i < columns; ++i) {
      result.variables.emplace_back(
          reinterpret_cast<const char*>(rasqal_query_results_get_binding_name(results, i)));
    }
    while (!rasqal_query_results_finished(results)) {
      if (source_.expired()) return timed_out();
      if (result.rows.size() == limits_.rows_max) {
        return error(SparqlErrorKind::too_many_rows, 0,
                     fmt::format("query gives more than {} rows; add LIMIT or a filter", limits_.rows_max));
      }
      auto values = row(columns);
      if (!values) {
        return error(SparqlErrorKind::refused, 0,
                     "query computes a value that is no well-formed literal; filter its operands");
      }
      result.rows.push_back(std::move(*values));
      rasqal_query_results_next(results);
    }
    if (source_.expired()) return timed_out();
    if (!rasqal_query_get_order_condition(query_.get(), 0)) std::sort(result.rows.begin(), result.rows.end());
    return result;
  }

  // Nothing when a value is no term.
  std::optional<std::vector<std::optional<Term>>> row(int columns) {
    std::vector<std::optional<Term>> values;
    for (int i = 0; i < columns; ++i) {
      rasqal_literal* literal = rasqal_query_results_get_binding_value(results_.get(), i);
      values.push_back(literal ? source_.term_of(literal) : std::nullopt);
      if (literal && !values.back()) return std::nullopt;
    }
    return values;
  }

  const SparqlLimits& limits_;
  std::optional<std::string> logged_;
  int line_ = 0;
  // Order matters: the literals of the source and the query go before the world, the results before the
  // query.
  World world_;
  RasqalSource source_;
  Handle<rasqal_query> query_;
  Handle<rasqal_query_results> results_;
};

}  // namespace

std::string SparqlError::to_string(std::string_view query_name) const {
  return line > 0 ? fmt::format("{}:{}: {}", query_name, line, message)
                  : fmt::format("{}: {}", query_name, message);
}

Result<SparqlEngine> SparqlEngine::over(const Graph& graph) {
  auto canonical = TCPS_TRY(canonical_copy(graph));
  return SparqlEngine(std::move(canonical));
}

tl::expected<SparqlResult, SparqlError> SparqlEngine::run(std::string_view query,
                                                          const SparqlLimits& limits) const {
  TCPS_TRY(check_text(query, limits));
  const std::string line_end = query.ends_with('\n') ? "" : "\n";  // rasqal wants one behind a comment
  auto result = Run(graph_, limits).answer(std::string(query) + line_end);
  if (!result) {
    const auto lines = static_cast<int>(std::count(query.begin(), query.end(), '\n')) + 1;
    result.error().line = std::min(result.error().line, lines);
  }
  return result;
}

}  // namespace tcps::rdf
