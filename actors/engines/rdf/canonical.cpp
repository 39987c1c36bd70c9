#include "actors/engines/rdf/canonical.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tcps::rdf {
namespace {

// Hands out labels in the order of first request (RDFC-1.0 section 4.5).
class Issuer {
 public:
  explicit Issuer(std::string prefix) : prefix_(std::move(prefix)) {}

  const std::string& issue(const std::string& node) {
    if (const auto found = labels_.find(node); found != labels_.end()) return found->second;
    order_.push_back(node);
    return labels_.emplace(node, prefix_ + std::to_string(labels_.size())).first->second;
  }
  const std::string* find(const std::string& node) const {
    const auto found = labels_.find(node);
    return found == labels_.end() ? nullptr : &found->second;
  }
  const std::vector<std::string>& order() const { return order_; }

 private:
  std::string prefix_;
  std::map<std::string, std::string> labels_;
  std::vector<std::string> order_;
};

// Neighbours are followed by recursion; a chain of look-alikes longer than this is refused.
constexpr size_t canonical_depth_max = 1000;

struct BoundReached {};

class Labeller {
 public:
  Labeller(const Graph& graph, size_t steps_max) : triples_(graph.triples()), steps_left_(steps_max) {
    for (const Triple& triple : triples_) {
      if (triple.subject.is_blank()) mentions_[triple.subject.value].push_back(&triple);
      if (triple.object.is_blank() && triple.object != triple.subject) {
        mentions_[triple.object.value].push_back(&triple);
      }
    }
  }

  // The canonical label of every blank node; nothing when the bound was reached.
  std::optional<Issuer> label() {
    try {
      std::map<std::string, std::vector<std::string>> by_hash;
      for (const auto& [node, triples] : mentions_) by_hash[first_degree_hash(node)].push_back(node);
      for (const auto& [hash, nodes] : by_hash) {
        if (nodes.size() == 1) canonical_.issue(nodes.front());
      }
      for (const auto& [hash, nodes] : by_hash) {
        if (nodes.size() > 1) label_alike(nodes);
      }
      return canonical_;
    } catch (const BoundReached&) {
      return std::nullopt;
    }
  }

 private:
  struct Hashed {
    std::string hash;
    Issuer issuer;
  };

  void label_alike(const std::vector<std::string>& nodes) {
    std::vector<Hashed> hashed;
    for (const std::string& node : nodes) {
      if (canonical_.find(node)) continue;
      Issuer issuer("b");
      issuer.issue(node);
      hashed.push_back(n_degree_hash(node, issuer));
    }
    std::stable_sort(hashed.begin(), hashed.end(),
                     [](const Hashed& left, const Hashed& right) { return left.hash < right.hash; });
    for (const Hashed& one : hashed) {
      for (const std::string& node : one.issuer.order()) canonical_.issue(node);
    }
  }

  // RDFC-1.0 section 4.6: the node's triples, itself written _:a and every other blank node _:z.
  const std::string& first_degree_hash(const std::string& node) {
    auto& hash = first_degree_[node];
    if (!hash.empty()) return hash;
    const auto masked = [&](const Term& term) {
      return term.is_blank() ? Term::blank(term.value == node ? "a" : "z") : term;
    };
    std::vector<std::string> lines;
    for (const Triple* triple : mentions_.at(node)) {
      lines.push_back(Triple{masked(triple->subject), triple->predicate, masked(triple->object)}.to_string() +
                      "\n");
    }
    std::sort(lines.begin(), lines.end());
    Hasher hasher;
    for (const std::string& line : lines) hasher.update(line);
    return hash = hasher.finish().hex();
  }

  // RDFC-1.0 section 4.7.
  std::string related_hash(const std::string& related, const Triple& triple, const Issuer& issuer,
                           char position) {
    std::string input(1, position);
    input += quote_iri(triple.predicate.value);
    if (const std::string* label = canonical_.find(related)) {
      input += "_:" + *label;
    } else if (const std::string* temporary = issuer.find(related)) {
      input += "_:" + *temporary;
    } else {
      input += first_degree_hash(related);
    }
    return Digest::of(input).hex();
  }

  // RDFC-1.0 section 4.8: tells nodes apart by what surrounds them, trying every order of alike neighbours.
  Hashed n_degree_hash(const std::string& node, Issuer issuer) {
    if (++depth_ > canonical_depth_max) throw BoundReached{};
    std::map<std::string, std::vector<std::string>> neighbours;
    for (const Triple* triple : mentions_.at(node)) {
      const auto visit = [&](const Term& term, char position) {
        if (!term.is_blank() || term.value == node) return;
        neighbours[related_hash(term.value, *triple, issuer, position)].push_back(term.value);
      };
      visit(triple->subject, 's');
      visit(triple->object, 'o');
    }
    std::string data;
    for (auto& [hash, nodes] : neighbours) {
      data += hash;
      std::sort(nodes.begin(), nodes.end());
      Path best = best_path(nodes, issuer);
      data += best.text;
      issuer = std::move(best.issuer);
    }
    --depth_;
    return {Digest::of(data).hex(), std::move(issuer)};
  }

  struct Path {
    std::string text;
    Issuer issuer;
  };

  Path best_path(std::vector<std::string> nodes, const Issuer& issuer) {
    std::optional<Path> best;
    do {
      if (steps_left_-- == 0) throw BoundReached{};
      auto path = path_of(nodes, issuer, best ? &best->text : nullptr);
      if (path && (!best || path->text < best->text)) best = std::move(path);
    } while (std::next_permutation(nodes.begin(), nodes.end()));
    return std::move(*best);
  }

  // Nothing when the path is already worse than `best`.
  std::optional<Path> path_of(const std::vector<std::string>& nodes, const Issuer& issuer,
                              const std::string* best) {
    Path path{{}, issuer};
    const auto worse = [&] { return best && path.text.size() >= best->size() && path.text > *best; };
    std::vector<std::string> pending;
    for (const std::string& node : nodes) {
      if (const std::string* label = canonical_.find(node)) {
        path.text += "_:" + *label;
      } else {
        if (!path.issuer.find(node)) pending.push_back(node);
        path.text += "_:" + path.issuer.issue(node);
      }
      if (worse()) return std::nullopt;
    }
    for (const std::string& node : pending) {
      Hashed deeper = n_degree_hash(node, path.issuer);
      path.text += "_:" + path.issuer.issue(node) + "<" + deeper.hash + ">";
      path.issuer = std::move(deeper.issuer);
      if (worse()) return std::nullopt;
    }
    return path;
  }

  std::vector<Triple> triples_;
  size_t steps_left_;
  size_t depth_ = 0;
  std::map<std::string, std::vector<const Triple*>> mentions_;
  std::unordered_map<std::string, std::string> first_degree_;
  Issuer canonical_{"c14n"};
};

struct Line {
  std::string text;
  Triple triple;
};

Result<std::vector<Line>> canonical_lines(const Graph& graph, size_t steps_max) {
  const auto labels = Labeller(graph, steps_max).label();
  if (!labels) {
    return fail(
        ErrorCode::full,
        "canonical form: too many blank nodes look alike; give some an IRI or a distinguishing property");
  }
  const auto relabel = [&](Term& term) {
    if (term.is_blank()) term.value = *labels->find(term.value);
  };
  std::vector<Line> lines;
  for (Triple& triple : graph.triples()) {
    relabel(triple.subject);
    relabel(triple.object);
    std::string text = triple.to_string();
    lines.push_back({std::move(text), std::move(triple)});
  }
  std::sort(lines.begin(), lines.end(),
            [](const Line& left, const Line& right) { return left.text < right.text; });
  return lines;
}

}  // namespace

Result<std::string> canonical_ntriples(const Graph& graph, size_t steps_max) {
  const auto lines = TCPS_TRY(canonical_lines(graph, steps_max));
  std::string text;
  for (const Line& line : lines) text += line.text + "\n";
  return text;
}

Result<Digest> canonical_digest(const Graph& graph, size_t steps_max) {
  const auto text = TCPS_TRY(canonical_ntriples(graph, steps_max));
  return Digest::of(text);
}

Result<Graph> canonical_copy(const Graph& graph, size_t steps_max) {
  const auto lines = TCPS_TRY(canonical_lines(graph, steps_max));
  Graph copy;
  for (const Line& line : lines) copy.add(line.triple);
  for (const auto& [prefix, iri] : graph.prefixes()) copy.declare_prefix(prefix, iri);
  return copy;
}

}  // namespace tcps::rdf
