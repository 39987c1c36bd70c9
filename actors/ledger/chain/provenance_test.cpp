#include "actors/ledger/chain/provenance.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/queries/testing/queried_line.h"
#include "messages/canonical_json.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

class ProvenanceTest : public testing::Test {
 protected:
  Result<json> of(const std::string& work_order, const std::string& stage) {
    auto reply = queries.answer("provenance", {{"work_order", work_order}, {"stage", stage}});
    if (!reply) return fail(reply.error());
    return reply->at("statement");
  }
  QueriedLine line;
  LedgerQueries queries{*line.store, line.shared, nullptr};
};

TEST_F(ProvenanceTest, SaysInSlsasWordsWhatWasMadeByWhomFromWhat) {
  const auto id = line.accept("42");
  line.pass_until(id, Stage::build);
  const auto statement = of(id, "build");
  ASSERT_TRUE(statement.has_value()) << statement.error().message;
  EXPECT_EQ((*statement)["_type"], "https://in-toto.io/Statement/v1");
  EXPECT_EQ((*statement)["predicateType"], "https://slsa.dev/provenance/v1");
  EXPECT_EQ((*statement)["subject"],
            (json::array({{{"name", "thing"}, {"digest", {{"sha256", Digest::of("thing").hex()}}}}})));
  const json& definition = (*statement)["predicate"]["buildDefinition"];
  EXPECT_EQ(definition["buildType"], "https://tcps.dev/stage/v1");
  EXPECT_EQ(definition["externalParameters"]["work_order"], id);
  EXPECT_EQ(definition["externalParameters"]["demand"], (json{{"source", "github"}, {"signal_id", "42"}}));
  EXPECT_EQ(definition["externalParameters"]["version"], "1.0.1");
  EXPECT_EQ(definition["internalParameters"], (json{{"stage", "build"}, {"attempt", 1}}));
  const json& run = (*statement)["predicate"]["runDetails"];
  EXPECT_EQ(run["builder"]["id"],
            "https://tcps.dev/transport/" + line.state().genesis().substr(7, 16) + "/nodes/node-1");
  EXPECT_EQ(run["metadata"]["startedOn"], "2026-01-26T10:06:00Z");
  EXPECT_EQ(run["metadata"]["finishedOn"], "2026-01-26T10:06:04Z");
  std::vector<std::string> names;
  for (const json& one : definition["resolvedDependencies"]) {
    names.push_back(one["name"]);
    EXPECT_EQ(one["digest"]["sha256"].get<std::string>().size(), 64u) << one;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"receipt of render", "receipt of extract", "receipt of generate",
                                             "receipt of plan", "receipt of pull", "acceptance"}));
}

TEST_F(ProvenanceTest, NamesSnapshotStandardWorkAndTheManifestThatTheStageWorkedFrom) {
  Lineage lineage;
  const auto digest = [](const char* text) { return Digest::of(text).to_string(); };
  proto::Receipt build, render, extract;
  build.set_stage("build");
  build.set_status("completed");
  build.set_standard_work(digest("line.toml"));
  build.set_manifest(digest("manifest 6"));
  render.set_stage("render");
  render.set_manifest(digest("manifest 5"));
  extract.set_stage("extract");
  extract.set_manifest(digest("manifest 4"));
  proto::Acceptance acceptance;
  acceptance.mutable_work_order()->set_snapshot(digest("snapshot"));
  PrivateKey signer = PrivateKey::generate();
  uint64_t index = 9;
  for (const Predicate& predicate :
       {Predicate(build), Predicate(render), Predicate(extract), Predicate(acceptance)}) {
    lineage.push_back({index--, *LineMessage::decode(*seal_message(predicate, {}, signer))});
  }
  const auto statement = slsa_provenance(lineage);
  ASSERT_TRUE(statement.has_value()) << statement.error().message;
  const json& list = (*statement)["predicate"]["buildDefinition"]["resolvedDependencies"];
  EXPECT_EQ(list[0],
            (json{{"name", "repository snapshot"}, {"digest", {{"sha256", Digest::of("snapshot").hex()}}}}));
  EXPECT_EQ(list[1], (json{{"name", "line.toml"}, {"digest", {{"sha256", Digest::of("line.toml").hex()}}}}));
  EXPECT_EQ(list[2],
            (json{{"name", "manifest of render"}, {"digest", {{"sha256", Digest::of("manifest 5").hex()}}}}));
  EXPECT_EQ(list[3]["name"], "receipt of render");
  EXPECT_EQ((*statement)["predicate"]["runDetails"]["byproducts"][1]["digest"]["sha256"],
            Digest::of("manifest 6").hex());
}

TEST_F(ProvenanceTest, IsTheSameForEverybodyWhoDerivesIt) {
  const auto id = line.accept("1");
  line.pass_until(id, Stage::release);
  EXPECT_EQ(canonical_json(*of(id, "release")), canonical_json(*of(id, "release")));
}

TEST_F(ProvenanceTest, IsRefusedForWhatMadeNothing) {
  const auto id = line.accept("1");
  line.fail_at(id, Stage::pull, "F1.1", "no such source");
  EXPECT_EQ(of(id, "pull").error().code, ErrorCode::invalid);
  EXPECT_EQ(of(id, "build").error().code, ErrorCode::not_found);
  EXPECT_EQ(queries.answer("provenance", {{"index", 0}}).error().code, ErrorCode::invalid) << "the genesis";
  EXPECT_EQ(slsa_provenance({}).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace tcps::ledger
