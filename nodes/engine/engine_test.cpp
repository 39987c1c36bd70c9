#include "nodes/engine/engine.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace tcps::engine {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Engine : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* name : {"product", "in", "out"}) fs::create_directory(folder_ / name);
  }

  void write(const std::string& path, std::string_view text) { temporary_.write(path, text); }
  std::string read(const std::string& path) const { return temporary_.read(path); }
  Result<stages::JobAnswer> run(const std::string& job) {
    const Surroundings surroundings{folder_.string(), [this] { return ++now_; },
                                    [this](const stages::QueryJob&) { ++watched_; },
                                    [this] { rested_ = true; }};
    return engine::run(job, surroundings);
  }

  test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  int64_t now_ = 0;
  int watched_ = 0;
  bool rested_ = false;
};

TEST_F(Engine, CarriesAProductFromOntologyToFiles) {
  write("product/ontology/o.ttl", "<a:a> <a:name> \"A\" .");
  ASSERT_TRUE(
      run(R"({"op":"generate","ontology":["ontology/o.ttl"],"shapes":[],"iterations":2})").has_value());
  EXPECT_EQ(read("out/ontology.nt"), "<a:a> <a:name> \"A\" .\n");

  fs::rename(folder_ / "out/ontology.nt", folder_ / "in/ontology.nt");
  write("product/q.rq", "SELECT ?name { ?x <a:name> ?name }");
  ASSERT_TRUE(
      run(R"({"op":"extract","queries":[{"name":"all","file":"q.rq","schema":"","timeout_ms":1000,"allow_empty":false}]})")
          .has_value());
  EXPECT_EQ(json::parse(read("out/all.json")), json::parse(R"([{"name":"A"}])"));
  EXPECT_EQ(watched_, 1);
  EXPECT_TRUE(rested_);

  fs::rename(folder_ / "out/all.json", folder_ / "in/all.json");
  write("product/templates/t.tera", "#!/bin/sh\necho {{ all.0.name }}\n");
  ASSERT_TRUE(run(R"({"op":"render","template_folder":"templates","context":{},"templates":[
    {"file":"templates/t.tera","output":"bin/run.sh","for_each":"","data":["all"],"marker":true,"comment":""}]})")
                  .has_value());
  EXPECT_NE(read("out/bin/run.sh").find("echo A\n"), std::string::npos);
  EXPECT_NE(fs::status(folder_ / "out/bin/run.sh").permissions() & fs::perms::owner_exec, fs::perms::none);
}

TEST_F(Engine, ChecksAWorkOrder) {
  const auto answer = run(R"({"op":"validate-work-order","shapes":[],"work_order":{"id":"wo-1"}})");
  ASSERT_TRUE(answer.has_value());
  ASSERT_TRUE(answer->finding.has_value());
  EXPECT_EQ(answer->finding->mode, FailureMode::missing_required_field);
  EXPECT_FALSE(read("out/work_order.ttl").empty());
}

TEST_F(Engine, RefusesWhatIsNoJob) {
  for (const auto* job : {"", "[]", "{}", R"({"op":"dance"})", R"({"op":"generate"})", R"({"op":7})",
                          R"({"op":"extract","queries":[{}]})"}) {
    const auto answer = run(job);
    ASSERT_FALSE(answer.has_value()) << job;
    EXPECT_EQ(answer.error().code, ErrorCode::invalid) << job;
  }
}

TEST_F(Engine, FollowsNoLinkOutOfTheProduct) {
  fs::create_symlink("/etc/hostname", folder_ / "product/o.ttl");
  const auto answer = run(R"({"op":"generate","ontology":["o.ttl"],"shapes":[],"iterations":2})");
  ASSERT_TRUE(answer.has_value());
  ASSERT_TRUE(answer->finding.has_value());
  EXPECT_EQ(answer->finding->mode, no_mode);
}

TEST_F(Engine, SaysWhenOutputsStandInEachOthersWay) {
  write("product/templates/t.tera", "x");
  const auto answer = run(R"({"op":"render","template_folder":"templates","context":{},"templates":[
    {"file":"templates/t.tera","output":"a","for_each":"","data":[],"marker":false,"comment":""},
    {"file":"templates/t.tera","output":"a/b","for_each":"","data":[],"marker":false,"comment":""}]})");
  ASSERT_FALSE(answer.has_value());
  EXPECT_NE(answer.error().message.find("a/b"), std::string::npos);
}

TEST(EngineAnswer, IsOneLineOfJson) {
  stages::JobAnswer answer;
  answer.fields["n"] = 1;
  answer.outputs.push_back({"a.json", "\xff", false});
  EXPECT_EQ(json::parse(to_text(answer)),
            json::parse(R"({"ok":true,"fields":{"n":1},"outputs":["a.json"]})"));
  answer.finding = stages::Finding{FailureMode::invalid_turtle_syntax, "bad \xff text\n", {"d"}};
  const auto text = to_text(answer);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(json::parse(text)["mode"], "F3.2");
  EXPECT_EQ(json::parse(text)["detail"], json::array({"d"}));
  answer.finding->mode = no_mode;
  EXPECT_EQ(json::parse(to_text(answer))["mode"], "");
}

}  // namespace
}  // namespace tcps::engine
