// The four knowledge procedures with the real tcps-engine in the real sandbox, on the transport product and
// on broken copies of it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "actors/engines/sandbox/posix_process_runner.h"
#include "actors/stages/common/testing/trial.h"
#include "actors/stages/extract/extract_procedure.h"
#include "actors/stages/generate/generate_procedure.h"
#include "actors/stages/pull/pull_procedure.h"
#include "actors/stages/render/render_procedure.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tcps::stages {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class KnowledgeLine : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(fs::path(test::source_folder()) / "config/lines/transport", product_,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }

  void write(const std::string& path, std::string_view text) { folder_.write(path, text); }
  void replace(const std::string& path, const std::string& from, const std::string& to) {
    auto text = read(product_ / path);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << " in " << path;
    write(path, text.replace(at, from.size(), to));
  }
  void open() {
    trial_ = std::make_unique<Trial>(product_.string(), runner_);
    trial_->workshop.engine_program = test::programs_folder() + "/bin/tcps-engine";
    auto& order = trial_->job.work_order;
    order.set_title("Installs of the length-prefixed TCP transport rise");
    order.set_bucket("features");
    order.set_priority("high");
    order.set_due_date("2026-02-01");
    order.mutable_demand()->set_source("marketplace");
    order.mutable_demand()->set_type("install_spike");
    order.mutable_demand()->set_count(147);
  }
  StageOutcome work(Stage stage) {
    if (!trial_) open();
    const auto procedure = stage == Stage::pull       ? make_pull_procedure()
                           : stage == Stage::generate ? make_generate_procedure()
                           : stage == Stage::extract  ? make_extract_procedure()
                                                      : make_render_procedure();
    auto outcome = trial_->run(*procedure, stage);
    if (outcome) return *outcome;
    ADD_FAILURE() << to_string(stage) << ": " << outcome.error().message;
    return {};
  }
  // Works the stages up to `last`; all but the last must pass.
  StageOutcome work_to(Stage last) {
    for (const auto stage : {Stage::pull, Stage::generate, Stage::extract, Stage::render}) {
      auto outcome = work(stage);
      if (stage == last) return outcome;
      EXPECT_FALSE(outcome.failure.has_value()) << to_string(stage) << ": " << outcome.failure->reason;
      if (outcome.failure) return outcome;
      if (stage == Stage::pull) trial_->job.version = outcome.version;
    }
    return {};
  }
  void expect_failure(FailureMode mode, const std::string& part) {
    const auto outcome = work_to(stage_of(mode));
    ASSERT_TRUE(outcome.failure.has_value());
    EXPECT_EQ(outcome.failure->mode, mode) << outcome.failure->reason;
    EXPECT_NE(outcome.failure->reason.find(part), std::string::npos) << outcome.failure->reason;
    EXPECT_FALSE(outcome.failure->evidence.empty());
    EXPECT_TRUE(outcome.manifest.empty());
  }

  PosixProcessRunner runner_;
  test::TemporaryFolder folder_;
  const fs::path product_ = folder_.path();
  std::unique_ptr<Trial> trial_;
};

TEST_F(KnowledgeLine, MakesSourcesFromDemand) {
  const auto pulled = work(Stage::pull);
  ASSERT_FALSE(pulled.failure.has_value()) << pulled.failure->reason;
  EXPECT_EQ(pulled.version, "1.0.0");
  EXPECT_EQ(pulled.fields["validation"],
            json::parse(R"({"shacl_passed":true,"constraints_satisfied":true})"));
  EXPECT_EQ(pulled.fields["demand_signal"]["count"], 147);
  EXPECT_NE(trial_->artifact(Stage::pull, "work_order.ttl").find("taiea:requestedSKU \"message-transport\""),
            std::string::npos);

  const auto generated = work(Stage::generate);
  ASSERT_FALSE(generated.failure.has_value()) << generated.failure->reason;
  EXPECT_EQ(generated.fields["ontology"]["files_loaded"], 4);
  EXPECT_EQ(generated.fields["shacl_validation"]["violations"], 0);
  EXPECT_EQ(generated.fields["shacl_validation"]["shapes_validated"], 3);
  EXPECT_EQ(generated.fields["determinism"]["deterministic"], true);

  const auto extracted = work(Stage::extract);
  ASSERT_FALSE(extracted.failure.has_value()) << extracted.failure->reason;
  EXPECT_EQ(extracted.fields["queries_executed"].size(), 3u);
  EXPECT_EQ(extracted.fields["validation"], json::parse(R"({"passed":true,"schemas_validated":3})"));
  EXPECT_EQ(json::parse(trial_->artifact(Stage::extract, "transports.json")).size(), 3u);

  trial_->job.version = pulled.version;
  const auto rendered = work(Stage::render);
  ASSERT_FALSE(rendered.failure.has_value()) << rendered.failure->reason;
  EXPECT_EQ(rendered.fields["templates_rendered"].size(), 5u);
  EXPECT_EQ(rendered.fields["verification"],
            json::parse(R"({"manual_edits_detected":false,"all_files_marked":true})"));
  const auto header = trial_->artifact(Stage::render, "generated/registry.h");
  EXPECT_NE(header.find("Generated by TCPS ["), std::string::npos);
  EXPECT_NE(header.find("const Transport& transport_tcp_length();"), std::string::npos) << header;
  const auto source = trial_->artifact(Stage::render, "generated/registry.cpp");
  EXPECT_NE(source.find("std::array<Transport, 3>"), std::string::npos) << source;
  EXPECT_NE(trial_->artifact(Stage::render, "generated/TRANSPORTS.md").find("1.0.0"), std::string::npos);
  EXPECT_FALSE(trial_->artifact(Stage::render, "generated/transports_test.cpp").empty());
  EXPECT_FALSE(trial_->artifact(Stage::render, "generated/dependencies.cmake").empty());
}

TEST_F(KnowledgeLine, GivesTheSameFilesTwiceAndOthersForAnotherTransport) {
  ASSERT_FALSE(work_to(Stage::render).failure.has_value());
  const auto first = trial_->manifest().product_files(Stage::render);
  trial_.reset();
  ASSERT_FALSE(work_to(Stage::render).failure.has_value());
  EXPECT_EQ(trial_->manifest().product_files(Stage::render), first);
  trial_.reset();
  write("ontology/editor.ttl", R"(@prefix tr: <http://tcps.dev/transport#> .
tr:editor a tr:Transport ; tr:name "editor" ; tr:module "transport_editor" ; tr:protocol "tcp" ;
  tr:framing "content-length" ; tr:description "Messages as the Language Server Protocol frames them" ;
  tr:defaultPort 7412 ; tr:connectTimeoutMs 2000 ; tr:requestTimeoutMs 5000 ; tr:idleTimeoutMs 60000 .
)");
  ASSERT_FALSE(work_to(Stage::render).failure.has_value());
  EXPECT_NE(trial_->artifact(Stage::render, "generated/registry.h").find("transport_editor"),
            std::string::npos);
  const auto then = trial_->manifest().product_files(Stage::render);
  for (const auto& [path, entry] : first) {
    const bool names_transports = path != "generated/dependencies.cmake";
    EXPECT_EQ(then.at(path) != entry, names_transports) << path;
  }
}

TEST_F(KnowledgeLine, ChecksWorkOrdersOfProductsWithoutOntology) {
  write("line.toml", R"([line]
name = "plain"
initial_version = "0.3.0"
[build]
system = "make"
outputs = ["plain"]
[test.unit]
framework = "shell"
commands = [["make", "check"]]
[[release.files]]
from = "plain"
to = "bin/plain"
)");
  const auto outcome = work_to(Stage::render);
  EXPECT_FALSE(outcome.failure.has_value());
  EXPECT_EQ(trial_->job.version, "0.3.0");
  EXPECT_EQ(outcome.fields["verification"]["applicable"], false);
  EXPECT_FALSE(trial_->artifact(Stage::pull, "work_order.ttl").empty());
}

TEST_F(KnowledgeLine, CallsAnUnknownSourceF1_1) {
  open();
  trial_->job.work_order.mutable_demand()->set_source("rumours");
  expect_failure(FailureMode::invalid_demand_source, "rumours");
}

TEST_F(KnowledgeLine, CallsAMissingFieldF1_3) {
  replace("shapes/work_order.ttl",
          "sh:property [\n        sh:path taiea:dueDate ; sh:datatype xsd:date ; sh:maxCount 1 ;",
          "sh:property [\n        sh:path taiea:dueDate ; sh:minCount 1 ;");
  open();
  trial_->job.work_order.clear_due_date();
  expect_failure(FailureMode::missing_required_field, "due date");
}

TEST_F(KnowledgeLine, CallsAnImpossibleDateF1_4) {
  open();
  trial_->job.work_order.set_due_date("2026-02-30");
  expect_failure(FailureMode::invalid_due_date, "2026-02-30");
}

TEST_F(KnowledgeLine, CallsAViolatedShapeF3_1) {
  replace("ontology/transports.ttl", "    tr:defaultPort 7410 ;\n", "");
  expect_failure(FailureMode::shacl_violation, "A transport over tcp names its tr:defaultPort");
}

TEST_F(KnowledgeLine, CallsBadTurtleF3_2) {
  write("ontology/broken.ttl", "@prefix tr: <http://tcps.dev/transport#> .\ntr:x a\n");
  expect_failure(FailureMode::invalid_turtle_syntax, "ontology/broken.ttl:");
}

TEST_F(KnowledgeLine, CallsAnUndeclaredPrefixF3_3) {
  write("ontology/broken.ttl", "nobody:x a nobody:Y .\n");
  expect_failure(FailureMode::missing_namespace, "nobody");
}

TEST_F(KnowledgeLine, CallsAnOntologyWithoutCanonicalFormF3_4) {
  std::string text;
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j < 12; ++j) {
      if (i != j) text += "_:n" + std::to_string(i) + " <a:b> _:n" + std::to_string(j) + " .\n";
    }
  }
  write("ontology/symmetric.ttl", text);
  expect_failure(FailureMode::non_deterministic_ontology, "ontology");
}

TEST_F(KnowledgeLine, CallsASlowQueryF4_1) {
  replace("line.toml", "file = \"sparql/transports.rq\"",
          "file = \"sparql/transports.rq\"\ntimeout = \"100ms\"");
  std::string triples;
  for (int i = 0; i < 300; ++i)
    triples += "<a:" + std::to_string(i) + "> <a:b> " + std::to_string(i) + " .\n";
  write("ontology/many.ttl", triples);
  write("sparql/transports.rq",
        "SELECT ?a ?d ?g ?j { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?a");
  expect_failure(FailureMode::query_timeout, "sparql/transports.rq");
}

TEST_F(KnowledgeLine, CallsNoRowsF4_2) {
  write("sparql/transports.rq", "SELECT ?name { ?t <http://example.org/nothing> ?name }");
  expect_failure(FailureMode::empty_results, "'transports' found nothing");
}

TEST_F(KnowledgeLine, CallsRowsThatBreakTheSchemaF4_3) {
  replace("sparql/transports.rq", "?module ?protocol ?framing ?description ?default_port",
          "?protocol ?framing ?description ?default_port");
  expect_failure(FailureMode::invalid_json, "schemas/transports.schema.json");
}

TEST_F(KnowledgeLine, CallsABadQueryF4_4) {
  write("sparql/transports.rq", "SELECT ?name\nWHERE { ?t tr:name ?name }\n");
  expect_failure(FailureMode::query_syntax_error, "sparql/transports.rq:");
}

TEST_F(KnowledgeLine, CallsABadTemplateF5_1) {
  replace("templates/registry.h.tera", "{% endfor %}", "{% endfr %}");
  expect_failure(FailureMode::template_syntax_error, "templates/registry.h.tera:");
}

TEST_F(KnowledgeLine, CallsMissingDataF5_2) {
  replace("templates/registry.h.tera", "{{ t.module }}", "{{ t.colour }}");
  expect_failure(FailureMode::missing_data_field, "colour");
}

TEST_F(KnowledgeLine, CallsAnEditByHandF5_3AndTakesItsOwnFiles) {
  ASSERT_FALSE(work_to(Stage::render).failure.has_value());
  const auto header = trial_->artifact(Stage::render, "generated/registry.h");
  write("generated/registry.h", header);
  trial_.reset();
  open();
  trial_->job.highest_version = "1.0.0";
  ASSERT_FALSE(work_to(Stage::render).failure.has_value());
  EXPECT_NE(trial_->artifact(Stage::render, "generated/registry.h"), header);
  write("generated/registry.h", header + "int mine;\n");
  trial_.reset();
  expect_failure(FailureMode::manual_edit_detected, "generated/registry.h");
}

TEST_F(KnowledgeLine, CallsSomebodysFileF5_4) {
  write("generated/registry.h", "int mine;\n");
  expect_failure(FailureMode::output_file_collision, "generated/registry.h");
}

}  // namespace
}  // namespace tcps::stages
