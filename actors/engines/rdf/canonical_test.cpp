#include "actors/engines/rdf/canonical.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "actors/engines/rdf/turtle.h"

namespace tcps::rdf {
namespace {

// A graph over blank nodes only: edges by node number and predicate number.
struct Edge {
  int from, predicate, to;
};
using Edges = std::vector<Edge>;

Graph graph_of(const Edges& edges, const std::vector<int>& names, const std::string& prefix) {
  Graph graph;
  const auto node = [&](int i) { return Term::blank(prefix + std::to_string(names[size_t(i)])); };
  for (const Edge& edge : edges) {
    graph.add(node(edge.from), Term::iri("http://e/" + std::to_string(edge.predicate)), node(edge.to));
  }
  return graph;
}

constexpr int nodes = 5;

std::vector<int> identity() {
  std::vector<int> names(nodes);
  std::iota(names.begin(), names.end(), 0);
  return names;
}

// The naive reference: tries every renaming.
bool same_up_to_names(const Edges& left, const Edges& right) {
  const Graph target = graph_of(right, identity(), "n");
  std::vector<int> names = identity();
  do {
    const Graph renamed = graph_of(left, names, "n");
    auto a = renamed.triples();
    auto b = target.triples();
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    if (a == b) return true;
  } while (std::next_permutation(names.begin(), names.end()));
  return false;
}

rc::Gen<Edges> edges() {
  return rc::gen::mapcat(rc::gen::inRange<size_t>(0, 7), [](size_t count) {
    return rc::gen::container<Edges>(
        count, rc::gen::construct<Edge>(rc::gen::inRange(0, nodes), rc::gen::inRange(0, 2),
                                        rc::gen::inRange(0, nodes)));
  });
}

Digest digest(const Edges& edges) { return canonical_digest(graph_of(edges, identity(), "n")).value(); }

TEST(CanonicalForm, LabelsBlankNodesAsTheStandardDoes) {
  // Computed by hand from section 4.4 of the recommendation: unique first-degree hashes, in hash order.
  const auto graph =
      parse_turtle({"a.ttl", "@prefix e: <http://example.com/#> . e:p e:q _:e0 . _:e0 e:s e:u ."});
  ASSERT_TRUE(graph);
  EXPECT_EQ(canonical_ntriples(*graph).value(),
            "<http://example.com/#p> <http://example.com/#q> _:c14n0 .\n"
            "_:c14n0 <http://example.com/#s> <http://example.com/#u> .\n");
}

TEST(CanonicalForm, OfTheEmptyGraphIsEmpty) { EXPECT_EQ(canonical_ntriples(Graph()).value(), ""); }

TEST(CanonicalForm, TellsAPairOfTrianglesFromAHexagon) {
  const auto ring = [](int start, int length) {
    std::string text;
    for (int i = 0; i < length; ++i) {
      text += "_:n" + std::to_string(start + i) + " <http://e/p> _:n" +
              std::to_string(start + (i + 1) % length) + " .\n";
    }
    return text;
  };
  const auto triangles = parse_turtle({"a.ttl", ring(0, 3) + ring(3, 3)});
  const auto hexagon = parse_turtle({"a.ttl", ring(0, 6)});
  EXPECT_NE(canonical_digest(*triangles).value(), canonical_digest(*hexagon).value());
}

TEST(CanonicalForm, IsRefusedWhereItWouldTakeForever) {
  Graph clique;
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j < 12; ++j) {
      if (i != j)
        clique.add(Term::blank(std::to_string(i)), Term::iri("http://e/p"), Term::blank(std::to_string(j)));
    }
  }
  const auto digest = canonical_digest(clique, 5000);
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().code, ErrorCode::full);
}

TEST(CanonicalForm, IsRefusedForChainsTooLongToFollow) {
  Graph ring;
  const int length = 3000;
  for (int i = 0; i < length; ++i) {
    ring.add(Term::blank(std::to_string(i)), Term::iri("http://e/p"),
             Term::blank(std::to_string((i + 1) % length)));
  }
  EXPECT_FALSE(canonical_digest(ring));
}

RC_GTEST_PROP(CanonicalForm, DoesNotDependOnLabelsOrOrder, ()) {
  Edges some = *edges();
  auto names = identity();
  const Digest before = canonical_digest(graph_of(some, names, "n")).value();
  std::rotate(names.begin(), names.begin() + *rc::gen::inRange(0, nodes), names.end());
  std::reverse(some.begin(), some.end());
  RC_ASSERT(canonical_digest(graph_of(some, names, "other")).value() == before);
}

RC_GTEST_PROP(CanonicalForm, IsTheSameExactlyForGraphsThatAreTheSameUpToLabels, ()) {
  const Edges left = *edges();
  const Edges right = *edges();
  RC_ASSERT((digest(left) == digest(right)) == same_up_to_names(left, right));
}

RC_GTEST_PROP(CanonicalForm, StaysTheSameWhenTakenTwice, ()) {
  const Graph graph = graph_of(*edges(), identity(), "n");
  const auto copy = canonical_copy(graph);
  RC_ASSERT(copy.has_value());
  RC_ASSERT(canonical_ntriples(*copy).value() == canonical_ntriples(graph).value());
  RC_ASSERT(copy->size() == graph.size());
}

}  // namespace
}  // namespace tcps::rdf
