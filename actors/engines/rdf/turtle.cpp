#include "actors/engines/rdf/turtle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "actors/engines/rdf/handles.h"
#include "actors/engines/rdf/text.h"
#include "actors/engines/rdf/turtle_guard.h"

namespace tcps::rdf {
namespace {

using TurtleErrorKind = TurtleError::Kind;

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.c_str());
}
std::string_view view(const unsigned char* text, size_t length) {
  return {reinterpret_cast<const char*>(text), length};
}
std::string_view view(const unsigned char* text) { return reinterpret_cast<const char*>(text); }

std::string_view uri_text(raptor_uri* uri) {
  size_t length = 0;
  const unsigned char* text = raptor_uri_as_counted_string(uri, &length);
  return view(text, length);
}

std::string base_iri(std::string_view name) {
  constexpr std::string_view kept = "/._~-";
  std::string iri = "file:///";
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || kept.find(c) != std::string_view::npos) {
      iri += c;
    } else {
      iri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return iri;
}

// The text between the first and the last quotation mark of `kind`, empty when there are none.
std::string_view quoted(std::string_view text, char kind) {
  const size_t from = text.find(kind);
  const size_t to = text.rfind(kind);
  return from == to ? std::string_view{} : text.substr(from + 1, to - from - 1);
}

std::string source_line(std::string_view text, int line) {
  for (int at = 1; at < line; ++at) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  constexpr size_t shown_max = 120;
  text = text.substr(0, std::min(text.find('\n'), shown_max));
  const size_t from = text.find_first_not_of(" \t");
  return from == std::string_view::npos ? std::string{} : std::string(text.substr(from));
}

// One parse: raptor's callbacks collect into the graph, and the first error is kept.
class Reading {
 public:
  Reading(const TurtleSource& source, size_t scope, Graph& graph, const TurtleLimits& limits)
      : source_(source), scope_(scope), graph_(graph), limits_(limits) {}

  tl::expected<void, TurtleError> run() {
    if (source_.text.size() > limits_.bytes_max) {
      return error(TurtleErrorKind::too_large, 0, {},
                   fmt::format("is larger than {} bytes", limits_.bytes_max));
    }
    if (!is_c_text(source_.text)) return error(TurtleErrorKind::syntax, 0, {}, "is not UTF-8 text");
    if (const auto stray = find_stray_brace(source_.text)) {
      return error(TurtleErrorKind::syntax, stray->line, std::string(1, stray->brace),
                   "syntax error, unexpected brace");
    }
    const Handle<raptor_world> world(raptor_new_world());
    TCPS_CHECK(world && raptor_world_open(world.get()) == 0);
    raptor_world_set_log_handler(world.get(), this, on_log);
    raptor_world_set_generate_bnodeid_handler(world.get(), this, on_blank_node);
    const Handle<raptor_parser> parser(raptor_new_parser(world.get(), "turtle"));
    const Handle<raptor_uri> base(raptor_new_uri(world.get(), bytes(base_iri(source_.name))));
    TCPS_CHECK(parser && base);
    raptor_parser_set_option(parser.get(), RAPTOR_OPTION_NO_NET, nullptr, 1);
    raptor_parser_set_option(parser.get(), RAPTOR_OPTION_NO_FILE, nullptr, 1);
    raptor_parser_set_statement_handler(parser.get(), this, on_statement);
    raptor_parser_set_namespace_handler(parser.get(), this, on_namespace);
    parser_ = parser.get();
    const bool failed =
        raptor_parser_parse_start(parser.get(), base.get()) != 0 ||
        raptor_parser_parse_chunk(parser.get(), bytes(source_.text), source_.text.size(), 1) != 0;
    if (failure_) return tl::unexpected(std::move(*failure_));
    if (failed) return error(TurtleErrorKind::syntax, 0, {}, "cannot be parsed");
    return {};
  }

 private:
  tl::unexpected<TurtleError> error(TurtleErrorKind kind, int line, std::string token,
                                    std::string message) const {
    return tl::unexpected(TurtleError{kind, source_.name, line, std::move(token), std::move(message)});
  }

  static void on_log(void* self, raptor_log_message* message) {
    if (message->level < RAPTOR_LOG_LEVEL_ERROR) return;
    const int line = message->locator ? message->locator->line : 0;
    static_cast<Reading*>(self)->record(message->text, std::max(line, 0));
  }

  // Raptor reports an undeclared prefix without its line, and names the line in the message after it.
  void record(std::string_view text, int line) {
    if (failure_) {
      if (failure_->line == 0) failure_->line = line;
      return;
    }
    const bool undefined = text.starts_with("The namespace prefix in ");
    std::string token(quoted(text, undefined ? '"' : '\''));
    if (token.empty()) token = source_line(source_.text, line);
    failure_ =
        TurtleError{undefined ? TurtleErrorKind::undefined_prefix : TurtleErrorKind::syntax, source_.name,
                    line, std::move(token), undefined ? "prefix is not declared" : std::string(text)};
  }

  static unsigned char* on_blank_node(void* self, unsigned char* label) {
    auto& reading = *static_cast<Reading*>(self);
    const std::string name = label ? fmt::format("s{}u_{}", reading.scope_, view(label))
                                   : fmt::format("s{}g{}", reading.scope_, reading.generated_++);
    if (label) raptor_free_memory(label);
    auto* copy = static_cast<unsigned char*>(raptor_alloc_memory(name.size() + 1));
    TCPS_CHECK(copy);
    std::memcpy(copy, name.c_str(), name.size() + 1);
    return copy;
  }

  static void on_namespace(void* self, raptor_namespace* declared) {
    const unsigned char* prefix = raptor_namespace_get_prefix(declared);
    raptor_uri* uri = raptor_namespace_get_uri(declared);
    if (uri) static_cast<Reading*>(self)->graph_.declare_prefix(prefix ? view(prefix) : "", uri_text(uri));
  }

  static void on_statement(void* self, raptor_statement* statement) {
    auto& reading = *static_cast<Reading*>(self);
    if (reading.failure_) return;
    if (reading.graph_.size() >= reading.limits_.triples_max) {
      reading.failure_ = TurtleError{TurtleErrorKind::too_large,
                                     reading.source_.name,
                                     0,
                                     {},
                                     fmt::format("holds more than {} triples", reading.limits_.triples_max)};
      raptor_parser_parse_abort(reading.parser_);
      return;
    }
    reading.graph_.add(term_of(statement->subject), term_of(statement->predicate),
                       term_of(statement->object));
  }

  static Term term_of(const raptor_term* term) {
    if (term->type == RAPTOR_TERM_TYPE_URI) return Term::iri(uri_text(term->value.uri));
    if (term->type == RAPTOR_TERM_TYPE_BLANK) {
      return Term::blank(view(term->value.blank.string, term->value.blank.string_len));
    }
    const auto& literal = term->value.literal;
    const std::string_view lexical = view(literal.string, literal.string_len);
    if (literal.language) return Term::tagged(lexical, view(literal.language, literal.language_len));
    return Term::literal(lexical, literal.datatype ? uri_text(literal.datatype) : std::string_view{});
  }

  const TurtleSource& source_;
  size_t scope_;
  Graph& graph_;
  const TurtleLimits& limits_;
  raptor_parser* parser_ = nullptr;
  size_t generated_ = 0;
  std::optional<TurtleError> failure_;
};

tl::expected<TurtleSource, TurtleError> read_source(const std::string& folder, const std::string& name,
                                                    const TurtleLimits& limits) {
  std::ifstream file(folder + "/" + name, std::ios::binary);
  TurtleSource source{name, {}};
  std::array<char, 65536> buffer;
  while (file && source.text.size() <= limits.bytes_max) {
    file.read(buffer.data(), buffer.size());
    source.text.append(buffer.data(), static_cast<size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad() || (source.text.empty() && !file.eof())) {
    return tl::unexpected(TurtleError{TurtleErrorKind::unreadable, name, 0, {}, "cannot be read"});
  }
  return source;
}

std::string_view remedy(TurtleErrorKind kind) {
  switch (kind) {
    case TurtleErrorKind::unreadable:
      return "check that the file exists and may be read";
    case TurtleErrorKind::too_large:
      return "split the ontology or raise the limit";
    case TurtleErrorKind::syntax:
      return "correct the Turtle there";
    case TurtleErrorKind::undefined_prefix:
      return "declare it with @prefix";
  }
  return {};
}

}  // namespace

std::string TurtleError::to_string() const {
  std::string text = file;
  if (line > 0) text += fmt::format(":{}", line);
  text += ": " + message;
  if (!token.empty()) text += " at `" + token + "`";
  return text + "; " + std::string(remedy(kind));
}

tl::expected<void, TurtleError> read_turtle(const TurtleSource& source, size_t scope, Graph& graph,
                                            const TurtleLimits& limits) {
  return Reading(source, scope, graph, limits).run();
}

tl::expected<Graph, TurtleError> parse_turtle(const TurtleSource& source, const TurtleLimits& limits) {
  Graph graph;
  if (auto done = read_turtle(source, 0, graph, limits); !done)
    return tl::unexpected(std::move(done.error()));
  return graph;
}

tl::expected<Graph, TurtleError> load_turtle_files(const std::string& folder, std::vector<std::string> names,
                                                   const TurtleLimits& limits) {
  std::sort(names.begin(), names.end());
  Graph graph;
  for (size_t scope = 0; scope < names.size(); ++scope) {
    const auto source = TCPS_TRY(read_source(folder, names[scope], limits));
    if (auto done = read_turtle(source, scope, graph, limits); !done)
      return tl::unexpected(std::move(done.error()));
  }
  return graph;
}

}  // namespace tcps::rdf
