#include "actors/engines/rdf/graph.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace tcps::rdf {
namespace {

Term small_iri(int i) { return Term::iri("http://e/" + std::to_string(i)); }

TEST(Term, IsWrittenAsNTriples) {
  EXPECT_EQ(Term::iri("http://e/a b").to_string(), "<http://e/a\\u0020b>");
  EXPECT_EQ(Term::blank("x").to_string(), "_:x");
  EXPECT_EQ(Term::literal("a\"b\\c\nd\x7f").to_string(), "\"a\\\"b\\\\c\\nd\\u007F\"");
  EXPECT_EQ(Term::literal("1", "http://e/int").to_string(), "\"1\"^^<http://e/int>");
  EXPECT_EQ(Term::tagged("x", "en-GB").to_string(), "\"x\"@en-gb");
}

TEST(Term, TreatsLanguageTagsWithoutRegardToCase) {
  EXPECT_EQ(Term::tagged("x", "EN"), Term::tagged("x", "en"));
  EXPECT_NE(Term::tagged("x", "en"), Term::literal("x"));
}

TEST(Graph, IsASet) {
  Graph graph;
  EXPECT_TRUE(graph.add(small_iri(1), small_iri(2), small_iri(3)));
  EXPECT_FALSE(graph.add(small_iri(1), small_iri(2), small_iri(3)));
  EXPECT_EQ(graph.size(), 1U);
  EXPECT_TRUE(graph.contains({small_iri(1), small_iri(2), small_iri(3)}));
  EXPECT_FALSE(graph.contains({small_iri(3), small_iri(2), small_iri(1)}));
}

TEST(Graph, KeepsTheFirstDeclarationOfAPrefix) {
  Graph graph;
  graph.declare_prefix("e", "http://e/");
  graph.declare_prefix("e", "http://other/");
  EXPECT_EQ(graph.prefixes().at("e"), "http://e/");
}

RC_GTEST_PROP(Graph, AnswersEveryPatternAsAScanOfAllTriplesWould, ()) {
  const auto numbers = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange(0, 4), rc::gen::inRange(0, 4)));
  Graph graph;
  for (const auto& [s, p, o] : numbers) graph.add(small_iri(s), small_iri(p), small_iri(o));
  const auto part = [] { return *rc::gen::inRange(-1, 5); };  // -1 is open, 4 is never in the graph
  const std::array<int, 3> wanted{part(), part(), part()};
  std::vector<Term> terms;
  for (const int number : wanted) terms.push_back(small_iri(number));
  const auto pointer = [&](size_t i) { return wanted[i] < 0 ? nullptr : &terms[i]; };

  auto found = graph.match(pointer(0), pointer(1), pointer(2));
  std::vector<Triple> expected;
  for (const Triple& triple : graph.triples()) {
    const bool fits = (!pointer(0) || *pointer(0) == triple.subject) &&
                      (!pointer(1) || *pointer(1) == triple.predicate) &&
                      (!pointer(2) || *pointer(2) == triple.object);
    if (fits) expected.push_back(triple);
  }
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  RC_ASSERT(found == expected);
}

}  // namespace
}  // namespace tcps::rdf
