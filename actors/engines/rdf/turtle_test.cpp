#include "actors/engines/rdf/turtle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "actors/engines/rdf/canonical.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

using TextErrorKind = TurtleError::Kind;
namespace fs = std::filesystem;

class TurtleFiles : public testing::Test {
 protected:
  TurtleFiles() : folder_(fs::path(testing::TempDir()) / ("turtle_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~TurtleFiles() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  std::string folder() const { return folder_.string(); }

 private:
  fs::path folder_;
};

TEST(Turtle, ReadsEveryKindOfTerm) {
  const auto graph = parse_turtle({"ontology/a.ttl", R"(@prefix e: <http://e/> .
PREFIX x: <http://www.w3.org/2001/XMLSchema#>
e:s a e:C ; e:p 1, 2.50, 1e3, true, "t", "h"@en-GB, "d"^^x:date, <>, <b>, [ e:q _:n ], ( 1 ) .
)"});
  ASSERT_TRUE(graph) << graph.error().to_string();
  const auto has = [&](const Term& object) {
    return graph->contains({Term::iri("http://e/s"), Term::iri("http://e/p"), object});
  };
  EXPECT_TRUE(has(Term::literal("1", xsd::integer)));
  EXPECT_TRUE(has(Term::literal("2.50", xsd::decimal)));
  EXPECT_TRUE(has(Term::literal("1e3", xsd::double_)));
  EXPECT_TRUE(has(Term::literal("true", xsd::boolean)));
  EXPECT_TRUE(has(Term::literal("t")));
  EXPECT_TRUE(has(Term::tagged("h", "en-gb")));
  EXPECT_TRUE(has(Term::literal("d", "http://www.w3.org/2001/XMLSchema#date")));
  EXPECT_TRUE(has(Term::iri("file:///ontology/a.ttl")));
  EXPECT_TRUE(has(Term::iri("file:///ontology/b")));
  EXPECT_EQ(graph->size(), 15U);
  EXPECT_EQ(graph->prefixes().at("e"), "http://e/");
  EXPECT_EQ(graph->prefixes().size(), 2U);
}

TEST(Turtle, NamesTheFileTheLineAndTheToken) {
  struct Row {
    const char* text;
    TextErrorKind kind;
    int line;
    const char* token;
  };
  const std::vector<Row> rows{
      {"@prefix e: <http://e/> .\n\ne:a e:b foo:bar .\ne:c e:d e:e .\n", TextErrorKind::undefined_prefix, 3,
       "foo:bar"},
      {":x <p> 3 .", TextErrorKind::undefined_prefix, 1, ":x"},
      {"<a> <b> \"x\"^^foo:int .", TextErrorKind::undefined_prefix, 1, "foo:int"},
      {"<a> <b> $ .", TextErrorKind::syntax, 1, "$"},
      {"<a> <b> <c> .\n<a> <b> <c> <d> .\n", TextErrorKind::syntax, 2, "<a> <b> <c> <d> ."},
      {"<a> <b> \"open\n", TextErrorKind::syntax, 1, "\""},
      {"<a> <b> <c> .\n<>{", TextErrorKind::syntax, 2, "{"},
      {"<a> <b> \"}\", '{', <{> .", TextErrorKind::syntax, 1, "{"},
      {"<a> <b> \"open\n}", TextErrorKind::syntax, 2, "}"},
      {"<a> <b> ] .", TextErrorKind::syntax, 1, "<a> <b> ] ."},
      {"\n\"s\" <p> 3 .", TextErrorKind::syntax, 2, "\"s\" <p> 3 ."},
      {"<a> <b> <c d> .", TextErrorKind::syntax, 1, "<"},
      {"<a> <b> \"\\q\" .", TextErrorKind::syntax, 1, "<a> <b> \"\\q\" ."},
  };
  for (const Row& row : rows) {
    const auto graph = parse_turtle({"o/a.ttl", row.text});
    ASSERT_FALSE(graph) << row.text;
    EXPECT_EQ(int(graph.error().kind), int(row.kind)) << row.text;
    EXPECT_EQ(graph.error().line, row.line) << row.text;
    EXPECT_EQ(graph.error().token, row.token) << row.text;
    EXPECT_EQ(graph.error().file, "o/a.ttl");
    EXPECT_TRUE(graph.error().to_string().starts_with("o/a.ttl:")) << graph.error().to_string();
  }
}

TEST(Turtle, TakesBracesInStringsAndComments) {
  const auto graph = parse_turtle({"a.ttl", R"(# {
<a> <b> "{\"", '}', """{"
}""" . # })"});
  ASSERT_TRUE(graph) << graph.error().to_string();
  EXPECT_EQ(graph->size(), 3U);
}

TEST(Turtle, RefusesWhatIsNoText) {
  const std::vector<std::string> texts{"<a> <b> \"\xff\" .", std::string("<a> <b> <c> .\0", 14)};
  for (const std::string& text : texts) {
    const auto graph = parse_turtle({"a.ttl", text});
    ASSERT_FALSE(graph);
    EXPECT_EQ(int(graph.error().kind), int(TextErrorKind::syntax));
  }
}

TEST(Turtle, KeepsWithinItsBounds) {
  const TurtleSource source{"a.ttl", "<a> <b> 1, 2, 3 ."};
  const auto too_long = parse_turtle(source, {.bytes_max = 5});
  ASSERT_FALSE(too_long);
  EXPECT_EQ(int(too_long.error().kind), int(TextErrorKind::too_large));
  const auto too_many = parse_turtle(source, {.triples_max = 2});
  ASSERT_FALSE(too_many);
  EXPECT_EQ(int(too_many.error().kind), int(TextErrorKind::too_large));
  EXPECT_TRUE(parse_turtle(source, {.triples_max = 3}));
}

TEST(Turtle, SurvivesDeepNesting) {
  std::string text = "<a> <b> ";
  for (int i = 0; i < 100'000; ++i) text += "[ <b> ";
  EXPECT_FALSE(parse_turtle({"a.ttl", text}));
}

TEST_F(TurtleFiles, JoinFilesWithoutMixingTheirBlankNodes) {
  write("a.ttl", "_:x <http://e/p> 1 .");
  write("b.ttl", "_:x <http://e/p> 2 . [] <http://e/p> 3 .");
  const auto graph = load_turtle_files(folder(), {"b.ttl", "a.ttl"});
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->size(), 3U);
  const Term predicate = Term::iri("http://e/p");
  for (const Triple& triple : graph->triples()) {
    EXPECT_EQ(graph->match(&triple.subject, nullptr, nullptr).size(), 1U);
  }
}

TEST_F(TurtleFiles, SayWhichFileCannotBeReadOrParsed) {
  write("good.ttl", "<a> <b> <c> .");
  write("bad.ttl", "<a> <b> .");
  const auto missing = load_turtle_files(folder(), {"good.ttl", "missing.ttl"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(int(missing.error().kind), int(TextErrorKind::unreadable));
  EXPECT_EQ(missing.error().file, "missing.ttl");
  const auto bad = load_turtle_files(folder(), {"good.ttl", "bad.ttl"});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().file, "bad.ttl");
}

TEST(TurtleWriter, WritesSortedShortenedText) {
  const auto graph = parse_turtle({"a.ttl", R"(@prefix e: <http://e/> .
e:b e:p "x\ny", 2 , e:odd\~name ; a e:C . e:a e:q [ e:r "v"@en ] .)"});
  ASSERT_TRUE(graph);
  EXPECT_EQ(to_turtle(*graph).value(), R"(@prefix e: <http://e/> .

_:c14n0
    e:r "v"@en .

e:a
    e:q _:c14n0 .

e:b
    a e:C ;
    e:p "2"^^<http://www.w3.org/2001/XMLSchema#integer>, "x\ny", <http://e/odd~name> .
)");
}

RC_GTEST_PROP(TurtleWriter, GivesBackTheSameGraph, ()) {
  const auto text =
      *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(rc::gen::oneOf(
          rc::gen::inRange<char>(0x01, 0x7f), rc::gen::elementOf(std::string("\"\\\n\r\t<>:.-_")))));
  Graph graph;
  graph.declare_prefix("e", "http://e/");
  for (size_t i = 0; i < text.size(); ++i) {
    const Term subject =
        i % 3 == 0 ? Term::blank("b" + std::to_string(i)) : Term::iri("http://e/" + std::to_string(i));
    graph.add(subject, Term::iri("http://e/p"), Term::literal(text[i]));
    graph.add(subject, Term::iri("http://e/q"), Term::literal(text[i], "http://e/type"));
  }
  const auto written = to_turtle(graph);
  RC_ASSERT(written.has_value());
  const auto read = parse_turtle({"a.ttl", *written});
  RC_ASSERT(read.has_value());
  RC_ASSERT(canonical_ntriples(*read).value() == canonical_ntriples(graph).value());
}

}  // namespace
}  // namespace tcps::rdf
