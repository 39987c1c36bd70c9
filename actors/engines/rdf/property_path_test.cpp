#include "actors/engines/rdf/property_path.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "actors/engines/rdf/turtle.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

using PathKind = PropertyPath::Kind;

Graph turtle(const std::string& text) {
  return parse_turtle(
             {"a.ttl", "@prefix e: <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n" + text})
      .value();
}

Result<PropertyPath> path(const std::string& text) {
  const Graph graph = turtle("e:shape sh:path " + text + " .");
  return PropertyPath::read(graph, graph.object(Term::iri("http://e/shape"), sh::iri("path")).value());
}

TEST(PropertyPath, IsReadInEveryForm) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"e:p", "<http://e/p>"},
      {"[ sh:inversePath e:p ]", "^<http://e/p>"},
      {"( e:p e:q )", "<http://e/p>/<http://e/q>"},
      {"[ sh:alternativePath ( e:p e:q ) ]", "<http://e/p>|<http://e/q>"},
      {"[ sh:zeroOrMorePath e:p ]", "<http://e/p>*"},
      {"[ sh:oneOrMorePath ( e:p e:q ) ]", "(<http://e/p>/<http://e/q>)+"},
      {"( e:p [ sh:zeroOrOnePath [ sh:inversePath e:q ] ] )", "<http://e/p>/((^<http://e/q>)?)"},
  };
  for (const auto& [text, expected] : rows) {
    const auto read = path(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->to_string(), expected);
  }
}

TEST(PropertyPath, IsRefusedWhenIllFormed) {
  for (const char* text : {"\"p\"", "( e:p )", "()", "[ e:other e:p ]", "[ sh:alternativePath e:p ]",
                           "( e:p \"q\" )", "[ sh:inversePath 7 ]"}) {
    EXPECT_FALSE(path(text)) << text;
  }
  const Graph circle = turtle("_:a sh:inversePath _:a .");
  EXPECT_FALSE(PropertyPath::read(circle, circle.triples().front().subject));
}

TEST(Lists, AreRefusedWhenBrokenOrCircular) {
  const Graph graph = turtle(R"(
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
e:circle rdf:first 1 ; rdf:rest e:circle . e:open rdf:first 1 . e:fork rdf:first 1, 2 ; rdf:rest () .)");
  for (const char* name : {"circle", "open", "fork", "absent"}) {
    EXPECT_FALSE(read_list(graph, Term::iri(std::string("http://e/") + name))) << name;
  }
}

// A random path over two predicates.
PropertyPath random_path(int depth) {
  const auto kind = depth == 0 ? PathKind::predicate
                               : *rc::gen::element(PathKind::predicate, PathKind::inverse, PathKind::sequence,
                                                   PathKind::alternative, PathKind::zero_or_more,
                                                   PathKind::one_or_more, PathKind::zero_or_one);
  if (kind == PathKind::predicate)
    return PropertyPath::predicate(*rc::gen::element("http://e/p", "http://e/q"));
  PropertyPath path{kind, {}, {}};
  const size_t parts = kind == PathKind::sequence || kind == PathKind::alternative ? 2 : 1;
  for (size_t i = 0; i < parts; ++i) path.parts.push_back(random_path(depth - 1));
  return path;
}

RC_GTEST_PROP(PropertyPath, ComesBackFromItsGraph, ()) {
  const PropertyPath path = random_path(3);
  Graph graph;
  size_t fresh = 0;
  const Term node = path.write(graph, fresh);
  RC_ASSERT(PropertyPath::read(graph, node).value() == path);
}

RC_GTEST_PROP(PropertyPath, LeadsBackBackwards, ()) {
  Graph graph;
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
    const auto node = [] { return Term::iri("http://n/" + std::to_string(*rc::gen::inRange(0, 4))); };
    graph.add(node(), Term::iri(*rc::gen::element("http://e/p", "http://e/q")), node());
  }
  const PropertyPath forward = random_path(3);
  const PropertyPath backward{PathKind::inverse, {}, {forward}};
  for (int i = 0; i < 4; ++i) {
    const Term from = Term::iri("http://n/" + std::to_string(i));
    for (int j = 0; j < 4; ++j) {
      const Term to = Term::iri("http://n/" + std::to_string(j));
      const auto ends = forward.values(graph, from);
      const auto starts = backward.values(graph, to);
      RC_ASSERT((std::find(ends.begin(), ends.end(), to) != ends.end()) ==
                (std::find(starts.begin(), starts.end(), from) != starts.end()));
    }
  }
}

}  // namespace
}  // namespace tcps::rdf
