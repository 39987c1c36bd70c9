#include "actors/engines/rdf/property_path.h"

#include <fmt/format.h>

#include <array>
#include <unordered_set>

#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

using PathKind = PropertyPath::Kind;

constexpr int path_depth_max = 32;
constexpr size_t list_max = 100'000;

// Paths written as [ sh:<name> <part> ].
struct Named {
  std::string_view name;
  PathKind kind;
  std::string_view mark;  // SPARQL's sign, before the part for inverse and behind it otherwise
};
constexpr std::array named_paths{
    Named{"inversePath", PathKind::inverse, "^"},
    Named{"zeroOrMorePath", PathKind::zero_or_more, "*"},
    Named{"oneOrMorePath", PathKind::one_or_more, "+"},
    Named{"zeroOrOnePath", PathKind::zero_or_one, "?"},
};

Result<PropertyPath> read_path(const Graph& shapes, const Term& node, int depth);

Result<PropertyPath> read_members(const Graph& shapes, const Term& head, PathKind kind, int depth) {
  const auto members = TCPS_TRY(read_list(shapes, head));
  if (members.size() < 2)
    return fail(ErrorCode::invalid, "property path list has fewer than two members; add one");
  PropertyPath path{kind, {}, {}};
  for (const Term& member : members) {
    auto part = TCPS_TRY(read_path(shapes, member, depth + 1));
    path.parts.push_back(std::move(part));
  }
  return path;
}

Result<PropertyPath> read_path(const Graph& shapes, const Term& node, int depth) {
  if (depth > path_depth_max) return fail(ErrorCode::invalid, "property path nests too deep; simplify it");
  if (node.is_iri() && node.value != rdf::nil) return PropertyPath::predicate(node.value);
  if (node.is_blank()) {
    if (shapes.object(node, rdf::first)) return read_members(shapes, node, PathKind::sequence, depth);
    if (const auto list = shapes.object(node, sh::iri("alternativePath"))) {
      return read_members(shapes, *list, PathKind::alternative, depth);
    }
    for (const Named& named : named_paths) {
      const auto inner = shapes.object(node, sh::iri(named.name));
      if (!inner) continue;
      auto part = TCPS_TRY(read_path(shapes, *inner, depth + 1));
      return PropertyPath{named.kind, {}, {std::move(part)}};
    }
  }
  return fail(ErrorCode::invalid, node.to_string() + " is no property path; write an IRI or a SHACL path");
}

using Nodes = std::vector<Term>;

Nodes once(Nodes nodes) {
  std::unordered_set<Term> seen;
  std::erase_if(nodes, [&](const Term& node) { return !seen.insert(node).second; });
  return nodes;
}

// Everything reached by repeating `step` from `start`, which is itself included only when `from_zero`.
Nodes closure(const Graph& data, const PropertyPath& step, const Term& start, bool from_zero) {
  std::unordered_set<Term> seen;
  Nodes reached;
  Nodes frontier{start};
  if (from_zero) {
    seen.insert(start);
    reached.push_back(start);
  }
  while (!frontier.empty()) {
    Nodes next;
    for (const Term& node : frontier) {
      for (Term& found : step.values(data, node)) {
        if (!seen.insert(found).second) continue;
        reached.push_back(found);
        next.push_back(std::move(found));
      }
    }
    frontier = std::move(next);
  }
  return reached;
}

// The nodes from which `path` leads to `end`.
Nodes along_inverse(const Graph& data, const PropertyPath& path, const Term& end) {
  switch (path.kind) {
    case PathKind::predicate:
      return data.subjects(path.iri, end);
    case PathKind::inverse:
      return path.parts.front().values(data, end);
    case PathKind::sequence: {
      Nodes nodes{end};
      for (auto part = path.parts.rbegin(); part != path.parts.rend(); ++part) {
        Nodes next;
        for (const Term& node : nodes) {
          for (Term& found : along_inverse(data, *part, node)) next.push_back(std::move(found));
        }
        nodes = once(std::move(next));
      }
      return nodes;
    }
    case PathKind::alternative: {
      Nodes nodes;
      for (const PropertyPath& part : path.parts) {
        for (Term& found : along_inverse(data, part, end)) nodes.push_back(std::move(found));
      }
      return once(std::move(nodes));
    }
    case PathKind::zero_or_more:
      return closure(data, {PathKind::inverse, {}, path.parts}, end, true);
    case PathKind::one_or_more:
      return closure(data, {PathKind::inverse, {}, path.parts}, end, false);
    case PathKind::zero_or_one: {
      Nodes nodes = along_inverse(data, path.parts.front(), end);
      nodes.insert(nodes.begin(), end);
      return once(std::move(nodes));
    }
  }
  return {};
}

std::string grouped(const PropertyPath& path) {
  const bool simple = path.kind == PathKind::predicate;
  return simple ? path.to_string() : fmt::format("({})", path.to_string());
}

}  // namespace

PropertyPath PropertyPath::predicate(std::string_view iri) {
  return {PathKind::predicate, std::string(iri), {}};
}

Result<PropertyPath> PropertyPath::read(const Graph& shapes, const Term& node) {
  return read_path(shapes, node, 0);
}

std::vector<Term> PropertyPath::values(const Graph& data, const Term& focus) const {
  switch (kind) {
    case PathKind::predicate:
      return data.objects(focus, iri);
    case PathKind::inverse:
      return along_inverse(data, parts.front(), focus);
    case PathKind::sequence: {
      Nodes nodes{focus};
      for (const PropertyPath& part : parts) {
        Nodes next;
        for (const Term& node : nodes) {
          for (Term& found : part.values(data, node)) next.push_back(std::move(found));
        }
        nodes = once(std::move(next));
      }
      return nodes;
    }
    case PathKind::alternative: {
      Nodes nodes;
      for (const PropertyPath& part : parts) {
        for (Term& found : part.values(data, focus)) nodes.push_back(std::move(found));
      }
      return once(std::move(nodes));
    }
    case PathKind::zero_or_more:
      return closure(data, parts.front(), focus, true);
    case PathKind::one_or_more:
      return closure(data, parts.front(), focus, false);
    case PathKind::zero_or_one: {
      Nodes nodes = parts.front().values(data, focus);
      nodes.insert(nodes.begin(), focus);
      return once(std::move(nodes));
    }
  }
  return {};
}

std::string PropertyPath::to_string() const {
  if (kind == PathKind::predicate) return quote_iri(iri);
  if (kind == PathKind::sequence || kind == PathKind::alternative) {
    std::string text;
    for (const PropertyPath& part : parts) {
      if (!text.empty()) text += kind == PathKind::sequence ? "/" : "|";
      text += grouped(part);
    }
    return text;
  }
  for (const Named& named : named_paths) {
    if (named.kind != kind) continue;
    const std::string part = grouped(parts.front());
    return kind == PathKind::inverse ? fmt::format("{}{}", named.mark, part)
                                     : fmt::format("{}{}", part, named.mark);
  }
  return {};
}

Term PropertyPath::write(Graph& out, size_t& fresh) const {
  if (kind == PathKind::predicate) return Term::iri(iri);
  if (kind == PathKind::sequence || kind == PathKind::alternative) {
    std::vector<Term> members;
    for (const PropertyPath& part : parts) members.push_back(part.write(out, fresh));
    Term list = write_list(out, members, fresh);
    if (kind == PathKind::sequence) return list;
    Term node = Term::blank(fmt::format("p{}", fresh++));
    out.add(node, Term::iri(sh::iri("alternativePath")), list);
    return node;
  }
  Term node = Term::blank(fmt::format("p{}", fresh++));
  for (const Named& named : named_paths) {
    if (named.kind == kind) out.add(node, Term::iri(sh::iri(named.name)), parts.front().write(out, fresh));
  }
  return node;
}

Result<std::vector<Term>> read_list(const Graph& graph, const Term& head) {
  std::vector<Term> members;
  Term at = head;
  while (!at.is_iri(rdf::nil)) {
    const auto first = graph.objects(at, rdf::first);
    const auto rest = graph.objects(at, rdf::rest);
    if (first.size() != 1 || rest.size() != 1 || members.size() == list_max) {
      return fail(ErrorCode::invalid, head.to_string() + " is no well-formed RDF list; write it as ( ... )");
    }
    members.push_back(first.front());
    at = rest.front();
  }
  return members;
}

Term write_list(Graph& out, const std::vector<Term>& members, size_t& fresh) {
  Term head = Term::iri(rdf::nil);
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    const Term cell = Term::blank(fmt::format("p{}", fresh++));
    out.add(cell, Term::iri(rdf::first), *member);
    out.add(cell, Term::iri(rdf::rest), head);
    head = cell;
  }
  return head;
}

}  // namespace tcps::rdf
