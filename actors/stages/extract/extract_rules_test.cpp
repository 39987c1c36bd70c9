#include "actors/stages/extract/extract_rules.h"

#include <gtest/gtest.h>

#include "actors/stages/knowledge/testing/job_files.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

class Extract : public testing::Test {
 protected:
  JobAnswer run() {
    return extract(
        job_, reader_of(files_), [this] { return now_ += step_; },
        [this](const QueryJob& query) { asked_.push_back(query.name); });
  }
  void query(const std::string& text) { files_["product/sparql/things.rq"] = text; }

  JobFiles files_{
      {"in/ontology.nt",
       "<a:b> <a:name> \"B\" .\n<a:a> <a:name> \"A\" .\n<a:a> <a:size> "
       "\"3\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"},
      {"product/sparql/things.rq",
       "SELECT ?name ?size WHERE { ?t <a:name> ?name . OPTIONAL { ?t <a:size> ?size } } ORDER BY ?name"},
      {"product/schemas/things.json",
       R"({"type":"array","items":{"required":["name"],"properties":{"size":{"type":"integer","maximum":9}}}})"}};
  ExtractJob job_{{{"things", "sparql/things.rq", "schemas/things.json", 1000, false}}};
  int64_t now_ = 0;
  int64_t step_ = 1;
  std::vector<std::string> asked_;
};

TEST_F(Extract, WritesTheRowsAndDescribesTheRun) {
  const auto answer = run();
  ASSERT_FALSE(answer.finding.has_value()) << answer.finding->reason;
  EXPECT_EQ(json::parse(output_of(answer, "things.json")),
            json::parse(R"([{"name":"A","size":3},{"name":"B"}])"));
  ASSERT_EQ(answer.fields["queries_executed"].size(), 1u);
  auto executed = answer.fields["queries_executed"][0];
  EXPECT_GT(executed["execution_time_ms"], 0);
  EXPECT_EQ(executed["execution_time_ms"], answer.fields["total_execution_time_ms"]);
  executed.erase("execution_time_ms");
  EXPECT_EQ(
      executed,
      json::parse(R"({"query_file":"sparql/things.rq","results_count":2,"output":"extract/things.json"})"));
  EXPECT_EQ(answer.fields["validation"], json::parse(R"({"passed":true,"schemas_validated":1})"));
  EXPECT_EQ(asked_, std::vector<std::string>{"things"});
}

TEST_F(Extract, EndsAQueryThatExceedsItsTime) {
  step_ = 600;
  std::string triples;
  for (int i = 0; i < 2000; ++i)
    triples += "<a:" + std::to_string(i) + "> <a:name> \"" + std::to_string(i) + "\" .\n";
  files_["in/ontology.nt"] = triples;
  query("SELECT ?a ?b WHERE { ?a <a:name> ?x . ?b <a:name> ?y }");
  job_.queries.push_back({"later", "sparql/later.rq", "", 1000, false});
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::query_timeout);
  EXPECT_NE(reason_of(answer).find("sparql/things.rq"), std::string::npos);
  EXPECT_EQ(asked_.size(), 1u);
  EXPECT_EQ(answer.fields["validation"]["passed"], false);
}

TEST_F(Extract, TakesNoRowsOnlyWhereTheyAreAllowed) {
  query("SELECT ?name WHERE { ?t <a:nothing> ?name }");
  EXPECT_EQ(mode_of(run()), FailureMode::empty_results);
  job_.queries[0].allow_empty = true;
  EXPECT_FALSE(run().finding.has_value());
}

TEST_F(Extract, NamesWhatBreaksTheSchema) {
  query("SELECT ?size WHERE { ?t <a:size> ?size }");
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::invalid_json);
  EXPECT_NE(reason_of(answer).find("schemas/things.json"), std::string::npos);
  EXPECT_NE(reason_of(answer).find("/0"), std::string::npos) << reason_of(answer);
  for (const auto* schema : {"{", R"({"type":"nonsense"})", R"({"$ref":"http://example.org/other"})"}) {
    files_["product/schemas/things.json"] = schema;
    EXPECT_EQ(mode_of(run()), FailureMode::invalid_json) << schema;
  }
  files_.erase("product/schemas/things.json");
  EXPECT_EQ(mode_of(run()), FailureMode::invalid_json);
}

TEST_F(Extract, NamesFileAndLineOfABadQuery) {
  query("SELECT ?name\nWHERE { ?t <a:name> }\n");
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::query_syntax_error);
  EXPECT_NE(reason_of(answer).find("sparql/things.rq:2"), std::string::npos) << reason_of(answer);
  query("ASK { ?t <a:name> \"A\" }");
  EXPECT_EQ(mode_of(run()), FailureMode::query_syntax_error);
  query("SELECT (NOW() AS ?now) WHERE { ?t <a:name> ?name }");
  EXPECT_EQ(mode_of(run()), FailureMode::query_syntax_error);
}

TEST_F(Extract, NamesEveryQueryThatFails) {
  files_["product/sparql/bad.rq"] = "SELECT";
  job_.queries.push_back({"bad", "sparql/bad.rq", "", 1000, false});
  query("SELECT ?name WHERE { ?t <a:nothing> ?name }");
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::empty_results);
  ASSERT_EQ(answer.finding->detail.size(), 2u);
  EXPECT_NE(answer.finding->detail[1].find("sparql/bad.rq"), std::string::npos);
}

TEST_F(Extract, FailsWithoutQueryFileOrOntology) {
  files_.erase("product/sparql/things.rq");
  EXPECT_EQ(mode_of(run()), no_mode);
  files_.erase("in/ontology.nt");
  EXPECT_EQ(mode_of(run()), no_mode);
  EXPECT_NE(reason_of(run()).find("ontology"), std::string::npos);
}

TEST(QueryOverstayed, IsATimeoutThatNamesTheQuery) {
  const auto finding = query_overstayed({"things", "sparql/things.rq", "", 250, false});
  EXPECT_EQ(finding.mode, FailureMode::query_timeout);
  EXPECT_NE(finding.reason.find("'things' ran longer than its timeout of 250 ms"), std::string::npos);
}

}  // namespace
}  // namespace tcps::stages
