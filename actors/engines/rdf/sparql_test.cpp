#include "actors/engines/rdf/sparql.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "actors/engines/rdf/sparql_words.h"
#include "actors/engines/rdf/turtle.h"

// librasqal 0.9.33 does not free what DISTINCT and sorting allocate, nor libraptor2 a literal that is
// malformed.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:librasqal\nleak:libraptor2"; }

namespace tcps::rdf {
namespace {

using nlohmann::json;
using QueryErrorKind = SparqlError::Kind;

const std::string transports = R"(@prefix e: <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:tcp a e:Transport ; e:module "tcp_line" ; e:port 80 ; e:note "plain"@en .
e:tls a e:Transport ; e:module "tls_line" ; e:port 443 ; e:next e:tcp .
e:udp a e:Transport ; e:module "udp_line" ; e:port 053 ; e:next e:udp ; e:seen _:x .
e:n e:v 042, 99999999999, 12345678901234567890123, 1.50, 1e3, true, "NaN"^^xsd:double, "x"^^xsd:integer, "7"^^xsd:byte .
)";

SparqlEngine engine_over(const std::string& turtle) {
  return SparqlEngine::over(parse_turtle({"a.ttl", turtle}).value()).value();
}

tl::expected<SparqlResult, SparqlError> run(const std::string& query, const SparqlLimits& limits = {}) {
  static const SparqlEngine engine = engine_over(transports);
  return engine.run("PREFIX e: <http://e/>\n" + query, limits);
}

json rows(const std::string& query) {
  const auto result = run(query);
  return result ? result->to_json() : json(result.error().to_string("query"));
}

TEST(Sparql, AnswersTheExampleOfTheStandardWork) {
  EXPECT_EQ(rows("SELECT ?transport ?module ?port WHERE { ?transport a e:Transport ; e:module ?module ; "
                 "e:port ?port }"),
            json::parse(R"([
              {"transport": "http://e/tcp", "module": "tcp_line", "port": 80},
              {"transport": "http://e/tls", "module": "tls_line", "port": 443},
              {"transport": "http://e/udp", "module": "udp_line", "port": 53}])"));
}

TEST(Sparql, AnswersTheFormsOfQueryThatItOffers) {
  const std::vector<std::pair<const char*, const char*>> queries{
      {"ASK { e:tcp e:port 80 }", "true"},
      {"ASK { e:tcp e:port 81 }", "false"},
      {"SELECT ?s { ?s e:next ?s }", R"([{"s":"http://e/udp"}])"},
      {"SELECT ?n { e:tls e:next/e:absent ?n }", nullptr},
      {"SELECT ?m { ?s e:port ?p ; e:module ?m FILTER(?p > 60 && ?p < 100) }", R"([{"m":"tcp_line"}])"},
      {"SELECT ?m { ?s e:module ?m FILTER REGEX(?m, \"^T.S\", \"i\") }", R"([{"m":"tls_line"}])"},
      {"SELECT ?p { ?s e:port ?p } ORDER BY DESC(?p) LIMIT 2", R"([{"p":443},{"p":80}])"},
      {"SELECT ?p { ?s e:port ?p } ORDER BY ?p OFFSET 1 LIMIT 1", R"([{"p":80}])"},
      {"SELECT DISTINCT ?c { ?s a ?c }", R"([{"c":"http://e/Transport"}])"},
      {"SELECT ?p { { e:tcp e:port ?p } UNION { e:tls e:port ?p } }", R"([{"p":443},{"p":80}])"},
      {"SELECT ?s ?n { ?s e:port ?p OPTIONAL { ?s e:note ?n } }",
       R"([{"s":"http://e/tcp","n":"plain"},{"s":"http://e/tls"},{"s":"http://e/udp"}])"},
      {"SELECT ?s { ?s e:port ?p OPTIONAL { ?s e:next ?n } FILTER(!BOUND(?n)) }",
       R"([{"s":"http://e/tcp"}])"},
      {"SELECT ?d { e:tcp e:module ?m BIND(UCASE(?m) AS ?d) } # comment", R"([{"d":"TCP_LINE"}])"},
      {"SELECT ?x { e:udp e:seen ?x }", R"([{"x":"_:c14n0"}])"},
      {"SELECT ?x { GRAPH ?g { ?x e:port ?p } }", "[]"},
      {"SELECT ?x { ?x e:absent ?y }", "[]"},
  };
  for (const auto& [query, expected] : queries) {
    if (expected) {
      EXPECT_EQ(rows(query), json::parse(expected)) << query;
    } else {
      EXPECT_TRUE(rows(query).is_string()) << query;
    }
  }
}

TEST(Sparql, TurnsLiteralsIntoNativeJson) {
  const json found = rows("SELECT ?v { e:n e:v ?v }");
  std::vector<std::string> texts;
  for (const json& row : found) texts.push_back(row.at("v").dump());
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(texts, (std::vector<std::string>{"\"NaN\"", "\"x\"", "1.2345678901234568e+22", "1.5", "1000.0",
                                             "42", "7", "99999999999", "true"}));
}

TEST(Sparql, MatchesIntegersThatTheEvaluatorCannotHold) {
  EXPECT_EQ(rows("ASK { e:n e:v 99999999999 }"), json(true));
  EXPECT_EQ(rows("ASK { e:n e:v 99999999998 }"), json(false));
}

TEST(Sparql, ToldSyntaxErrorsNameTheLine) {
  struct Row {
    const char* query;
    int line;
  };
  for (const Row& row : {Row{"SELECT ?x {\n?x ?y }", 3}, Row{"SELECT ?x {\n?x no:such ?y }", 3}, Row{"", 2},
                         Row{"SELECT ?x { ?x e:p ?y", 2}}) {
    const auto result = run(row.query);
    ASSERT_FALSE(result) << row.query;
    EXPECT_EQ(int(result.error().kind), int(QueryErrorKind::syntax)) << row.query;
    EXPECT_EQ(result.error().line, row.line) << result.error().message;
  }
  EXPECT_TRUE(run("SELECT ?x {\n?x no:such ?y }").error().to_string("a.rq").starts_with("a.rq:3: "));
  EXPECT_EQ(int(run("SELECT \xff").error().kind), int(QueryErrorKind::syntax));
}

TEST(Sparql, RefusesWhatLeavesTheGraphOrIsUnreliable) {
  for (const char* query : {
           "SELECT ?s { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
           "SELECT ?s { ?s ?p ?o . { service silent <http://127.0.0.1:1/> { ?s ?p ?o } } }",
           "SELECT ?s FROM <file:///etc/passwd> { ?s ?p ?o }",
           "SELECT ?s FROM NAMED <http://x/> { ?s ?p ?o }",
           "SELECT (NOW() AS ?n) { ?s ?p ?o }",
           "SELECT (RAND() AS ?n) { ?s ?p ?o }",
           "SELECT (STRUUID() AS ?n) { ?s ?p ?o }",
           "SELECT (CONCAT(STR(?s), \"x\") AS ?n) { ?s ?p ?o }",
           "SELECT (MAX(?o) AS ?n) { ?s e:port ?o }",
           "SELECT (count(*) AS ?n) { ?s e:port ?o }",
           "SELECT ?p { VALUES ?s { e:tcp e:udp } ?s e:port ?p }",
           "SELECT (?o-7 AS ?n) { ?s e:port ?o }",
           "SELECT ?x { ?x e:p+ ?y }",
           "SELECT (ROUND(?o) AS ?n) { ?s e:port ?o }",
           "SELECT ?s { ?s e:port ?o MINUS { ?s e:next ?n } }",
           "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
           "DESCRIBE e:tcp",
           "INSERT DATA { e:a e:b e:c }",
           "SELECT (?v + 1 AS ?w) { e:n e:v ?v }",
           "SELECT (STRDT(STR(?v), <http://www.w3.org/2001/XMLSchema#boolean>) AS ?w) { e:n e:v ?v }",
       }) {
    const auto result = run(query);
    ASSERT_FALSE(result) << query;
    EXPECT_EQ(int(result.error().kind), int(QueryErrorKind::refused)) << query << result.error().message;
  }
}

TEST(Sparql, StopsAtItsDeadlineAndItsBounds) {
  const std::string heavy = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }";
  int questions = 0;
  const auto late = run(heavy, {.expired = [&] { return ++questions > 3; }});
  ASSERT_FALSE(late);
  EXPECT_EQ(int(late.error().kind), int(QueryErrorKind::timeout));
  const auto sorted = run(heavy + " ORDER BY ?a", {.expired = [&] { return ++questions > 10; }});
  ASSERT_FALSE(sorted);
  EXPECT_EQ(int(sorted.error().kind), int(QueryErrorKind::timeout));
  EXPECT_EQ(int(run(heavy, {.rows_max = 10}).error().kind), int(QueryErrorKind::too_many_rows));
  EXPECT_EQ(int(run(heavy, {.query_bytes_max = 10}).error().kind), int(QueryErrorKind::refused));
}

TEST(Sparql, DoesNotDependOnTheOrderOrTheLabelsOfTheInput) {
  const auto one =
      engine_over("@prefix e: <http://e/> . e:a e:p _:x . _:x e:q 1 . e:b e:p _:y . _:y e:q 2 .");
  const auto other =
      engine_over("@prefix e: <http://e/> . _:k e:q 2 . e:b e:p _:k . _:j e:q 1 . e:a e:p _:j .");
  for (const char* query :
       {"SELECT * { ?s ?p ?o }", "SELECT ?s { ?s ?p ?o } LIMIT 2", "SELECT ?s ?o { ?s ?p ?o } ORDER BY ?p"}) {
    EXPECT_EQ(one.run(query)->to_json(), other.run(query)->to_json()) << query;
  }
}

TEST(SparqlWords, AreFoundOutsideNamesStringsIrisAndComments) {
  std::vector<std::string> words;
  for (const auto& word :
       bare_words(R"(select ?service { <http://service> service:a e:service-x "service" 'a\'service'
"""x "service" x""" @service # service
FILTER(?a < ?b && ?c > 3) Service })")) {
    words.push_back(word.text + std::to_string(word.line));
  }
  EXPECT_EQ(words, (std::vector<std::string>{"SELECT1", "FILTER3", "33", "SERVICE3"}));
}

TEST(SparqlWords, TellArithmeticFromNumbersAndNames) {
  const auto computes = [](const char* query) {
    const auto words = bare_words(query);
    return std::any_of(words.begin(), words.end(), [](const SparqlWord& word) {
      return std::string("+-*/").find(word.text) != std::string::npos;
    });
  };
  for (const char* query :
       {"5-7", "?x-1", "?x -1", "(1)-2", "e:a-1 -1", "\"5\"-1", "5 - 7", "-?x", "-(7)", "?x*2", "true * 2",
        "e:p*", "1/2", "e:p/e:q", "<http://x>+", "1e3+1", "1.5 + 1"}) {
    EXPECT_TRUE(computes(query)) << query;
  }
  for (const char* query :
       {"(-7)", "?x > -1", "?x >= +.5", "e:a-1", "\"2020-01-01\"", "<http://a-1>", "SELECT * {",
        "SELECT DISTINCT *", "1e-3", "1.5E+3", "my-ns:a", "my-ns.x:a-b", "\"x\"@en-gb"}) {
    EXPECT_FALSE(computes(query)) << query;
  }
}

}  // namespace
}  // namespace tcps::rdf
