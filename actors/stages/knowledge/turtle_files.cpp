#include "actors/stages/knowledge/turtle_files.h"

namespace tcps::stages {
namespace {

Finding finding_of(const rdf::TurtleError& error, const TurtleModes& modes) {
  const bool is_prefix = error.kind == rdf::TurtleError::Kind::undefined_prefix;
  const bool is_syntax = error.kind == rdf::TurtleError::Kind::syntax;
  const auto mode = is_prefix ? modes.prefix : is_syntax ? modes.syntax : no_mode;
  return {mode, error.to_string(), {}};
}

}  // namespace

tl::expected<rdf::Graph, Finding> read_graph(const std::vector<std::string>& paths, const ReadFile& read,
                                             const TurtleModes& modes, size_t first_scope) {
  rdf::Graph graph;
  for (const auto& path : paths) {
    auto text = read(std::string(product_folder) + path);
    if (!text) return tl::unexpected(Finding{no_mode, text.error().at(path).message, {}});
    const auto added = rdf::read_turtle({path, std::move(*text)}, first_scope++, graph);
    if (!added) return tl::unexpected(finding_of(added.error(), modes));
  }
  return graph;
}

}  // namespace tcps::stages
