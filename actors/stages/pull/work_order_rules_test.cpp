#include "actors/stages/pull/work_order_rules.h"

#include <gtest/gtest.h>

#include "actors/engines/rdf/turtle.h"
#include "actors/stages/knowledge/testing/job_files.h"
#include "messages/vocabulary.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

class ValidateWorkOrder : public testing::Test {
 protected:
  JobAnswer run() { return validate_work_order(job_, reader_of(files_)); }

  JobFiles files_;
  WorkOrderJob job_{
      json::parse(R"({"id":"wo-001","sku":"hello","title":"A \"quoted\" title","bucket":"features",
    "priority":"high","due_date":"2026-02-01","created":"2026-01-26T10:15:00.250Z",
    "demand":{"source":"marketplace","type":"install_spike","count":147}})"),
      {}};
};

TEST_F(ValidateWorkOrder, WritesTheWordsOfTheStandardWork) {
  const auto answer = run();
  ASSERT_FALSE(answer.finding.has_value()) << answer.finding->reason;
  const auto turtle = output_of(answer, work_order_file);
  for (const auto* part :
       {"a taiea:WorkOrder", "taiea:requestedSKU \"hello\"", "taiea:priority \"high\"",
        "taiea:bucket \"features\"", "taiea:dueDate \"2026-02-01\"^^xsd:date",
        "<urn:tcps:demand-source:marketplace:install_spike>",
        "taiea:created \"2026-01-26T10:15:00.250Z\"^^xsd:dateTime", "taiea:status \"open\""}) {
    EXPECT_NE(turtle.find(part), std::string::npos) << part << " in " << turtle;
  }
  const auto graph = rdf::parse_turtle({"work_order.ttl", turtle});
  ASSERT_TRUE(graph.has_value());
  EXPECT_EQ(graph->size(), 9u);
  EXPECT_EQ(answer.fields["validation"],
            json::parse(R"({"shacl_passed":true,"constraints_satisfied":true})"));
}

TEST_F(ValidateWorkOrder, TellsMissingFieldsFromWrongOnes) {
  job_.work_order.erase("priority");
  EXPECT_EQ(mode_of(run()), FailureMode::missing_required_field);
  EXPECT_NE(reason_of(run()).find("priority"), std::string::npos);
  job_.work_order["priority"] = "urgent";
  EXPECT_EQ(mode_of(run()), FailureMode::invalid_demand_source);
  job_.work_order["priority"] = "low";
  job_.work_order["due_date"] = "2026-02-30";
  EXPECT_EQ(mode_of(run()), FailureMode::invalid_due_date);
  EXPECT_EQ(run().fields["validation"]["shacl_passed"], false);
  job_.work_order.erase("due_date");
  EXPECT_FALSE(run().finding.has_value());
  job_.work_order.erase("demand");
  EXPECT_EQ(mode_of(run()), FailureMode::missing_required_field);
}

TEST_F(ValidateWorkOrder, TakesTheProductsShapesInsteadOfTheBuiltInOnes) {
  job_.shapes = {"shapes/w.ttl"};
  files_["product/shapes/w.ttl"] = R"(@prefix sh: <http://www.w3.org/ns/shacl#> .
    @prefix taiea: <http://taiea.org/ontology#> .
    taiea:S a sh:NodeShape ; sh:targetClass taiea:WorkOrder ;
      sh:property [ sh:path taiea:priority ; sh:hasValue "urgent" ; sh:message "Everything is urgent here" ] .)";
  EXPECT_EQ(mode_of(run()), FailureMode::invalid_demand_source);
  EXPECT_NE(reason_of(run()).find("Everything is urgent here"), std::string::npos);
  job_.work_order["priority"] = "urgent";
  EXPECT_FALSE(run().finding.has_value());
}

TEST_F(ValidateWorkOrder, TakesEveryPriorityAndBucketThereIs) {
  for (const std::string& priority : word_texts<Priority>()) {
    job_.work_order["priority"] = priority;
    EXPECT_FALSE(run().finding.has_value()) << priority;
  }
  for (const std::string& bucket : word_texts<Bucket>()) {
    job_.work_order["bucket"] = bucket;
    EXPECT_FALSE(run().finding.has_value()) << bucket;
  }
}

TEST_F(ValidateWorkOrder, BlamesShapesThatCannotBeRead) {
  job_.shapes = {"shapes/w.ttl"};
  EXPECT_EQ(mode_of(run()), no_mode);
  files_["product/shapes/w.ttl"] = "no turtle";
  EXPECT_EQ(mode_of(run()), no_mode);
  EXPECT_NE(reason_of(run()).find("shapes/w.ttl:1"), std::string::npos) << reason_of(run());
}

TEST_F(ValidateWorkOrder, SurvivesHostileText) {
  job_.work_order["id"] = "wo> . <a> <b> <c";
  job_.work_order["title"] = "\" . <a:a> <a:b> <a:c> . \"";
  job_.work_order["demand"]["type"] = "x> <y";
  const auto turtle = output_of(run(), work_order_file);
  const auto graph = rdf::parse_turtle({"work_order.ttl", turtle});
  ASSERT_TRUE(graph.has_value()) << turtle;
  EXPECT_EQ(graph->size(), 9u);
}

}  // namespace
}  // namespace tcps::stages
