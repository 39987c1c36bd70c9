#include "actors/stages/knowledge/jobs.h"

#include <gtest/gtest.h>

namespace tcps::stages {
namespace {

using nlohmann::json;

template <class Job>
json there_and_back(const Job& job) {
  return json(json::parse(json(job).dump()).get<Job>());
}

TEST(EngineJobs, AreReadAsTheyWereWritten) {
  const WorkOrderJob pull{json{{"id", "wo-1"}}, {"shapes/work_order.ttl"}};
  EXPECT_EQ(there_and_back(pull), json(pull));
  const GenerateJob generate{{"ontology/a.ttl", "ontology/b.ttl"}, {"shapes/a.ttl"}, 5};
  EXPECT_EQ(there_and_back(generate), json(generate));
  const ExtractJob extract{{{"all-things", "sparql/all.rq", "schemas/all.json", 1500, true}}};
  EXPECT_EQ(there_and_back(extract), json(extract));
  const RenderJob render{
      {{"t.tera", "out-{{ row.x }}", "all-things", {"others"}, false, "%%"}}, "templates", {{"line", "l"}}};
  EXPECT_EQ(there_and_back(render), json(render));
}

TEST(EngineJobs, NameTheirOperationAndEveryMember) {
  EXPECT_EQ(json(GenerateJob{{"o.ttl"}, {}, 3}),
            json::parse(R"({"op":"generate","ontology":["o.ttl"],"shapes":[],"iterations":3})"));
  EXPECT_EQ(json(ExtractJob{{{"q", "q.rq", "", 10, false}}}), json::parse(R"({"op":"extract","queries":[
              {"name":"q","file":"q.rq","schema":"","timeout_ms":10,"allow_empty":false}]})"));
}

TEST(EngineJobs, AreRefusedWithoutAMember) {
  const auto incomplete = json::parse(R"({"op":"generate","ontology":["o.ttl"],"shapes":[]})");
  EXPECT_THROW(incomplete.get<GenerateJob>(), json::exception);
}

}  // namespace
}  // namespace tcps::stages
