// What the W3C vectors at hand do not show: targets, severities, messages, deactivation, nesting, ill-formed
// shapes, bounds, reports. The vectors themselves run in shacl_conformance_test.cpp.
#include "actors/engines/rdf/shacl.h"

#include <gtest/gtest.h>

#include "actors/engines/rdf/turtle.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

Graph shacl_turtle(const std::string& text) {
  return parse_turtle({"a.ttl", R"(@prefix e: <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
)" + text})
      .value();
}

// "focus component" of each result, in the report's order, with the namespaces cut off.
std::vector<std::string> results(const std::string& data, const std::string& shapes) {
  const auto report = validate_shacl(shacl_turtle(data), shacl_turtle(shapes));
  if (!report) return {"error: " + report.error().message};
  std::vector<std::string> lines;
  for (const ValidationResult& result : report->results) {
    const size_t from = result.focus_node.value.rfind('/') + 1;
    std::string component = result.component.substr(sh::prefix.size());
    component.resize(component.size() - std::string("ConstraintComponent").size());
    lines.push_back(result.focus_node.value.substr(from) + " " + component);
  }
  EXPECT_EQ(report->conforms, report->results.empty());
  return lines;
}
using Lines = std::vector<std::string>;

TEST(ShaclTargets, AreFoundInAllFiveWays) {
  const std::string data =
      R"(e:sub rdfs:subClassOf e:C . e:a a e:C . e:b a e:sub . e:c e:p e:d . e:f a e:I .)";
  EXPECT_EQ(results(data, "e:s a sh:NodeShape ; sh:targetNode e:x, \"lit\" ; sh:nodeKind sh:BlankNode ."),
            (Lines{"x NodeKind", "lit NodeKind"}));
  EXPECT_EQ(results(data, "e:s sh:targetClass e:C ; sh:nodeKind sh:Literal ."),
            (Lines{"a NodeKind", "b NodeKind"}));
  EXPECT_EQ(results(data, "e:I a sh:NodeShape, rdfs:Class ; sh:nodeKind sh:Literal ."),
            (Lines{"f NodeKind"}));
  EXPECT_EQ(results(data, "e:s sh:targetSubjectsOf e:p ; sh:nodeKind sh:Literal ."), (Lines{"c NodeKind"}));
  EXPECT_EQ(results(data, "e:s sh:targetObjectsOf e:p ; sh:nodeKind sh:Literal ."), (Lines{"d NodeKind"}));
  EXPECT_EQ(results(data, "e:s a sh:NodeShape ; sh:nodeKind sh:Literal ."), Lines{});
}

TEST(Shacl, ChecksTheComponentsThatTheVectorsLeaveOut) {
  struct Row {
    const char* data;
    const char* constraint;
    Lines expected;
  };
  const std::vector<Row> rows{
      {"e:a e:p 1 ; e:q 1 .", "sh:path e:p ; sh:equals e:q", {}},
      {"e:a e:p 1 ; e:q 2 .", "sh:path e:p ; sh:equals e:q", {"a Equals", "a Equals"}},
      {"e:a e:p 1 ; e:q 2 .", "sh:path e:p ; sh:disjoint e:q", {}},
      {"e:a e:p 1 ; e:q 1 .", "sh:path e:p ; sh:disjoint e:q", {"a Disjoint"}},
      {"e:a e:p 1 ; e:q 1 .", "sh:path e:p ; sh:lessThanOrEquals e:q", {}},
      {"e:a e:p 1 ; e:q 1 .", "sh:path e:p ; sh:lessThan e:q", {"a LessThan"}},
      {"e:a e:p 5 .", "sh:path e:p ; sh:maxInclusive 5", {}},
      {"e:a e:p 5.1 .", "sh:path e:p ; sh:maxInclusive 5", {"a MaxInclusive"}},
      {"e:a e:p \"x\" .", "sh:path e:p ; sh:maxInclusive 5", {"a MaxInclusive"}},
      {"e:a e:p \"h\u00e9\" .", "sh:path e:p ; sh:maxLength 2", {}},
      {"e:a e:p \"ABC\" .", "sh:path e:p ; sh:pattern \"^b\" ; sh:flags \"i\"", {"a Pattern"}},
      {"e:a e:p \"ABC\" .", "sh:path e:p ; sh:pattern \"^a\" ; sh:flags \"i\"", {}},
      {"e:a e:p \"x\"@en, \"y\"@EN .", "sh:path e:p ; sh:uniqueLang true", {"a UniqueLang"}},
      {"e:a e:p 1, 2 .",
       "sh:path e:p ; sh:qualifiedValueShape [ sh:hasValue 1 ] ; sh:qualifiedMaxCount 0",
       {"a QualifiedMaxCount"}},
      {"e:a e:p 1, 2 .",
       "sh:path e:p ; sh:qualifiedValueShape [ sh:hasValue 1 ] ; sh:qualifiedMinCount 2",
       {"a QualifiedMinCount"}},
      {"e:a e:p 1 .", "sh:or ( [ sh:path e:p ; sh:minCount 2 ] [ sh:path e:q ; sh:minCount 1 ] )", {"a Or"}},
      {"e:a e:p 1 ; e:q 1 .",
       "sh:or ( [ sh:path e:p ; sh:minCount 2 ] [ sh:path e:q ; sh:minCount 1 ] )",
       {}},
      {"e:a e:p 1 ; e:q 1 .",
       "sh:closed true ; sh:property [ sh:path e:p ] ; sh:ignoredProperties ( e:r )",
       {"a Closed"}},
      {"e:a e:p 1 ; e:r 1 .",
       "sh:closed true ; sh:property [ sh:path e:p ] ; sh:ignoredProperties ( e:r )",
       {}},
      {"e:a e:p e:b . e:b e:q 1, 2 .",
       "sh:property [ sh:path e:p ; sh:property [ sh:path e:q ; sh:maxCount 1 ] ]",
       {"b MaxCount"}},
      {"e:a e:p e:b . e:b e:q 1, 2 .",
       "sh:path e:p ; sh:node [ sh:property [ sh:path e:q ; sh:maxCount 1 ] ]",
       {"a Node"}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(results(row.data, "e:s sh:targetNode e:a ; " + std::string(row.constraint) + " ."),
              row.expected)
        << row.data << row.constraint;
  }
}

TEST(Shacl, LeavesDeactivatedShapesOut) {
  const std::string nested = "e:s sh:targetNode e:a ; sh:property e:p1 . e:p1 sh:path e:p ; sh:minCount 1";
  EXPECT_EQ(results("e:a e:q 1 .", nested + " ."), Lines{"a MinCount"});
  EXPECT_EQ(results("e:a e:q 1 .", nested + " ; sh:deactivated true ."), Lines{});
  EXPECT_EQ(results("", "e:s sh:targetNode e:a ; sh:deactivated true ; sh:nodeKind sh:Literal ."), Lines{});
}

TEST(Shacl, ReportsSeverityMessagesPathAndCounts) {
  const auto report = validate_shacl(shacl_turtle("e:a e:p 1, 2 . e:b e:p 1 ."), shacl_turtle(R"(
e:s a sh:NodeShape ; sh:targetNode e:a, e:b ; sh:property e:one .
e:one sh:path e:p ; sh:maxCount 1 ; sh:severity sh:Warning ; sh:message "one only"@en .
e:unused a sh:NodeShape .)"));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->conforms);
  EXPECT_EQ(report->shapes_validated, 1U);
  EXPECT_EQ(report->focus_nodes, 2U);
  ASSERT_EQ(report->results.size(), 1U);
  EXPECT_EQ(report->results.front().to_string(),
            "Warning at <http://e/a> along <http://e/p>: one only (shape <http://e/one>)");
}

TEST(Shacl, GivesAReportThatIsItselfAGraph) {
  const auto report = validate_shacl(shacl_turtle("e:a e:p 1 ."),
                                     shacl_turtle("e:s sh:targetNode e:a ; sh:path [ sh:zeroOrOnePath e:p ] "
                                                  "; sh:nodeKind sh:Literal ; sh:message \"m\" ."));
  ASSERT_TRUE(report);
  EXPECT_EQ(to_turtle(report->to_graph()).value(), R"(@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

_:c14n0
    sh:zeroOrOnePath <http://e/p> .

_:c14n1
    a sh:ValidationReport ;
    sh:conforms "false"^^xsd:boolean ;
    sh:result _:c14n2 .

_:c14n2
    a sh:ValidationResult ;
    sh:focusNode <http://e/a> ;
    sh:resultMessage "m" ;
    sh:resultPath _:c14n0 ;
    sh:resultSeverity sh:Violation ;
    sh:sourceConstraintComponent sh:NodeKindConstraintComponent ;
    sh:sourceShape <http://e/s> ;
    sh:value <http://e/a> .
)");
}

TEST(Shacl, RefusesIllFormedShapesByName) {
  const std::vector<const char*> shapes{
      "sh:path e:p ; sh:minCount -1",
      "sh:path e:p ; sh:minCount \"x\"",
      "sh:path e:p ; sh:minCount 1, 2",
      "sh:minCount 1",
      "sh:path e:p, e:q",
      "sh:path \"p\"",
      "sh:nodeKind e:Other",
      "sh:datatype \"x\"",
      "sh:pattern \"(\"",
      "sh:pattern \"a\" ; sh:flags \"k\"",
      "sh:in e:nolist",
      "sh:and ( \"x\" )",
      "sh:node \"x\"",
      "sh:property e:nopath",
      "sh:closed \"maybe\"",
      "sh:languageIn \"en\"",
      "sh:equals \"p\"",
      "sh:deactivated 7",
      "sh:severity \"bad\"",
      "sh:minInclusive e:x",
      "sh:targetSubjectsOf \"p\"",
      "sh:property [ sh:path e:p ; sh:not [ sh:path e:q ; sh:maxCount 1.5 ] ]",
  };
  for (const char* shape : shapes) {
    const auto report =
        validate_shacl(Graph(), shacl_turtle("e:s sh:targetNode e:a ; " + std::string(shape) + " ."));
    ASSERT_FALSE(report) << shape;
    EXPECT_EQ(report.error().code, ErrorCode::invalid) << shape;
    EXPECT_TRUE(report.error().message.starts_with("shape ")) << report.error().message;
  }
}

TEST(Shacl, RefusesShapesThatReferToEachOtherWithoutEnd) {
  const auto report =
      validate_shacl(Graph(), shacl_turtle("e:s sh:targetNode e:a ; sh:node e:t . e:t sh:not e:s ."));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::invalid);
}

TEST(Shacl, KeepsWithinItsBounds) {
  const Graph data = shacl_turtle("e:a e:p 1, 2, 3 .");
  const Graph shapes = shacl_turtle("e:s sh:targetNode e:a ; sh:path e:p ; sh:nodeKind sh:IRI .");
  EXPECT_EQ(validate_shacl(data, shapes, {.results_max = 2}).error().code, ErrorCode::full);
  EXPECT_TRUE(validate_shacl(data, shapes, {.results_max = 3}));
  EXPECT_EQ(validate_shacl(data, shapes, {.expired = [] { return true; }}).error().code, ErrorCode::timeout);
}

TEST(Shacl, DoesNotHangOnAHostilePattern) {
  const std::string data = "e:a e:p \"" + std::string(5000, 'a') + "!\" .";
  EXPECT_EQ(results(data, "e:s sh:targetNode e:a ; sh:path e:p ; sh:pattern \"^(a+)+$\" ."),
            Lines{"a Pattern"});
}

}  // namespace
}  // namespace tcps::rdf
