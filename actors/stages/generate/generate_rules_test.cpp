#include "actors/stages/generate/generate_rules.h"

#include <gtest/gtest.h>

#include "actors/stages/knowledge/testing/job_files.h"

namespace tcps::stages {
namespace {

constexpr const char* shapes = R"(
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <http://example.org/> .
ex:ThingShape a sh:NodeShape ; sh:targetClass ex:Thing ;
  sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "A thing has a name" ] .
)";

class Generate : public testing::Test {
 protected:
  JobAnswer run() { return generate(job_, reader_of(files_)); }

  JobFiles files_{
      {"product/ontology/a.ttl",
       "@prefix ex: <http://example.org/> .\nex:a a ex:Thing ; ex:name \"A\" ; ex:part [ ex:size 1 ] .\n"},
      {"product/ontology/b.ttl",
       "@prefix ex: <http://example.org/> .\nex:b a ex:Thing ; ex:name \"B\" ; ex:part [ ex:size 2 ] .\n"},
      {"product/shapes/s.ttl", shapes}};
  GenerateJob job_{{"ontology/a.ttl", "ontology/b.ttl"}, {"shapes/s.ttl"}, 3};
};

TEST_F(Generate, DescribesAndHandsOnAValidOntology) {
  const auto answer = run();
  ASSERT_FALSE(answer.finding.has_value()) << answer.finding->reason;
  EXPECT_EQ(answer.fields["ontology"],
            nlohmann::json::parse(R"({"files_loaded":2,"triples_count":8,"namespaces":["ex","sh"]})"));
  EXPECT_EQ(
      answer.fields["shacl_validation"],
      nlohmann::json::parse(
          R"({"passed":true,"violations":0,"shapes_validated":1,"report":"generate/shacl-report.ttl"})"));
  const auto& determinism = answer.fields["determinism"];
  EXPECT_EQ(determinism["iterations"], 3);
  EXPECT_EQ(determinism["deterministic"], true);
  ASSERT_EQ(determinism["checksums"].size(), 3u);
  EXPECT_EQ(determinism["checksums"][0], Digest::of(output_of(answer, ontology_file)).to_string());
  EXPECT_EQ(determinism["checksums"][1], determinism["checksums"][0]);
  EXPECT_NE(output_of(answer, shacl_report_file).find("sh:conforms"), std::string::npos);
}

TEST_F(Generate, GivesTheSameOntologyWhateverTheOrderOfTheFiles) {
  const auto first = output_of(run(), ontology_file);
  std::swap(job_.ontology[0], job_.ontology[1]);
  EXPECT_EQ(output_of(run(), ontology_file), first);
  EXPECT_FALSE(first.empty());
}

TEST_F(Generate, NamesNodePathAndMessageOfAViolation) {
  files_["product/ontology/c.ttl"] = "<http://example.org/c> a <http://example.org/Thing> .";
  job_.ontology.push_back("ontology/c.ttl");
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::shacl_violation);
  for (const auto* part : {"http://example.org/c", "http://example.org/name", "A thing has a name"}) {
    EXPECT_NE(reason_of(answer).find(part), std::string::npos) << part << " in " << reason_of(answer);
  }
  EXPECT_EQ(answer.fields["shacl_validation"]["violations"], 1);
  EXPECT_EQ(answer.fields["shacl_validation"]["passed"], false);
  EXPECT_NE(output_of(answer, shacl_report_file).find("A thing has a name"), std::string::npos);
  EXPECT_TRUE(output_of(answer, ontology_file).empty());
}

TEST_F(Generate, NamesFileAndLineOfBadTurtle) {
  files_["product/ontology/b.ttl"] = "@prefix ex: <http://example.org/> .\nex:b ex:c .\n";
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::invalid_turtle_syntax);
  EXPECT_NE(reason_of(answer).find("ontology/b.ttl:2"), std::string::npos) << reason_of(answer);
}

TEST_F(Generate, NamesAnUndeclaredPrefix) {
  files_["product/ontology/b.ttl"] = "<a:b> <a:c> missing:thing .\n";
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::missing_namespace);
  EXPECT_NE(reason_of(answer).find("missing"), std::string::npos) << reason_of(answer);
}

TEST_F(Generate, SeesFilesThatChangeBetweenTwoLoads) {
  int reads = 0;
  const ReadFile restless = [&](const std::string& path) -> Result<Bytes> {
    if (path != "product/ontology/a.ttl") return reader_of(files_)(path);
    return "<a:b> <a:c> " + std::to_string(++reads) + " .";
  };
  const auto answer = generate(job_, restless);
  EXPECT_EQ(mode_of(answer), FailureMode::non_deterministic_ontology);
  EXPECT_EQ(answer.fields["determinism"]["deterministic"], false);
  EXPECT_TRUE(output_of(answer, ontology_file).empty());
}

TEST_F(Generate, DoesNotCallAnOntologyDeterministicThatHasNoCanonicalForm) {
  // Twelve blank nodes that only symmetry tells apart, all linked to all.
  std::string text;
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j < 12; ++j) {
      if (i != j) text += "_:n" + std::to_string(i) + " <a:b> _:n" + std::to_string(j) + " .\n";
    }
  }
  files_["product/ontology/a.ttl"] = text;
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::non_deterministic_ontology);
}

TEST_F(Generate, LeavesShapesOutWhenThereAreNone) {
  job_.shapes.clear();
  const auto answer = run();
  EXPECT_FALSE(answer.finding.has_value());
  EXPECT_EQ(answer.fields["shacl_validation"]["applicable"], false);
}

TEST_F(Generate, FailsWithoutFiles) {
  job_.ontology = {"ontology/absent.ttl"};
  EXPECT_EQ(mode_of(run()), no_mode);
  job_.ontology.clear();
  EXPECT_EQ(mode_of(run()), no_mode);
  EXPECT_NE(reason_of(run()).find("knowledge.ontology"), std::string::npos);
}

TEST_F(Generate, BlamesShapesThatAreIllFormed) {
  files_["product/shapes/s.ttl"] = R"(@prefix sh: <http://www.w3.org/ns/shacl#> .
<a:s> a sh:NodeShape ; sh:targetNode <a:x> ; sh:property [ sh:path <a:p> ; sh:minCount "many" ] .)";
  EXPECT_EQ(mode_of(run()), FailureMode::shacl_violation);
}

}  // namespace
}  // namespace tcps::stages
