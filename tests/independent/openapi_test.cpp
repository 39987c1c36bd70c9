// The gateway's answers from a real factory, against the OpenAPI document that the gateway itself serves.
#include "nodes/gateway/testing/openapi.h"
#include "actors/engines/json_schema/json_schema.h"
#include "tests/independent/served_factory.h"

namespace tcps::test {
namespace {

using nlohmann::json;

class OpenApi : public ServedFactory {
 protected:
  // An address of the document, its placeholders filled in from what the factory made.
  std::string filled(std::string path) {
    const json receipt = document("/v1/work-orders/" + orders_[0] + "/receipts/build");
    const std::map<std::string, std::string> values = {
        {"{id}", orders_[0]},
        {"{work_order}", orders_[0]},
        {"{stage}", "build"},
        {"{entry}", receipt["index"].dump()},
        {"{artifact}",
         "sha256:" + receipt["statement"]["subject"][0]["digest"]["sha256"].get<std::string>()}};
    for (const auto& [placeholder, value] : values) {
      if (const size_t at = path.find(placeholder); at != std::string::npos)
        path.replace(at, placeholder.size(), value);
    }
    return path;
  }
  void expect_described(const json& api, const std::string& schema, const std::string& target) {
    auto parsed =
        JsonSchema::parse({{"$ref", "#/components/schemas/" + schema}, {"components", api["components"]}});
    ASSERT_TRUE(parsed.has_value()) << schema << ": " << parsed.error().message;
    const json answer = document(target);
    const auto wrong = parsed->check(answer);
    ASSERT_TRUE(wrong.has_value()) << wrong.error().message;
    for (const auto& violation : *wrong)
      ADD_FAILURE() << target << " is no " << schema << ": " << violation.to_string();
  }
};

TEST_F(OpenApi, DescribesEveryAnswerAsItIs) {
  const json api = document("/v1/openapi.json");
  ASSERT_EQ(api.value("openapi", ""), "3.1.0");
  size_t checked = 0;
  for (const auto& [path, operations] : api.at("paths").items()) {
    const json& get = operations.at("get");
    std::string target = filled(path);
    char mark = '?';
    for (const auto& described : get.at("parameters")) {
      const json& parameter = gateway::resolved(api, described);
      if (parameter["in"] != "query" || !parameter.value("required", false)) continue;
      target += mark + parameter["name"].get<std::string>() + "=1";
      mark = '&';
    }
    const json& schema = get["responses"]["200"]["content"]["application/json"]["schema"];
    if (!schema.contains("$ref")) continue;
    const std::string name =
        schema["$ref"].get<std::string>().substr(std::string("#/components/schemas/").size());
    expect_described(api, name, target);
    ++checked;
  }
  EXPECT_GE(checked, 15u);
  for (const char* more : {"/v1/entries?from=0&limit=1000", "/v1/entries?kind=receipt&newest_first=true"})
    expect_described(api, "Entries", more);
  expect_described(api, "WorkOrders", "/v1/work-orders?status=all");
  expect_described(api, "Receipts", "/v1/receipts?limit=3&stage=build");
}

TEST_F(OpenApi, DescribesErrorsToo) {
  const json api = document("/v1/openapi.json");
  auto schema =
      JsonSchema::parse({{"$ref", "#/components/schemas/Error"}, {"components", api["components"]}});
  ASSERT_TRUE(schema.has_value());
  const std::map<std::string, unsigned> wrong = {
      {"/v1/receipts/999999", 404},     {"/v1/nothing", 404},
      {"/v1/receipts?limit=0", 400},    {"/v1/proof/inclusion", 400},
      {"/v1/work-orders/wo-none", 404}, {"/tile/0/999", 404}};
  for (const auto& [target, status] : wrong) {
    const auto reply = get(target);
    EXPECT_EQ(reply.status, status) << target;
    const auto violations = schema->check(json::parse(reply.body, nullptr, false));
    ASSERT_TRUE(violations.has_value()) << target;
    EXPECT_TRUE(violations->empty()) << target << ": " << reply.body;
  }
}

TEST_F(OpenApi, AnswersPageByPageWhatOneLongAnswerHolds) {
  const json all = document("/v1/receipts?limit=1000");
  ASSERT_EQ(all["receipts"].size(), work_orders * 10u);
  json gathered = json::array();
  std::string target = "/v1/receipts?limit=7";
  for (int page = 0; page < 20; ++page) {
    const json part = document(target);
    for (const auto& row : part["receipts"]) gathered.push_back(row);
    if (part["next"].is_null()) break;
    target = "/v1/receipts?limit=7&page=" + part["next"].get<std::string>();
  }
  EXPECT_EQ(gathered, all["receipts"]);
}

TEST_F(OpenApi, ServesTheBundleThatTheOfflineVerifierTakes) {
  const std::string address = "/v1/work-orders/" + orders_[0] + "/bundle";
  const auto whole = get(address);
  ASSERT_EQ(whole.status, 200u) << whole.body;
  const std::string file = folder_.path() + "/bundle.json";
  std::ofstream(file, std::ios::binary) << whole.body;
  const auto verify = [&] {
    auto verifier = Child::start({program("tcps-audit"), "verify", "bundle", file, "--genesis",
                                  operator_->ask("status").at("genesis"), "--json"},
                                 home(), folder_.path() + "/verdict.json");
    return verifier->wait(std::chrono::seconds(20)).value_or(-1);
  };
  EXPECT_EQ(verify(), 0) << contents_of(folder_.path() + "/verdict.json");
  std::ofstream(file, std::ios::binary) << whole.body.substr(0, 200) << '!' << whole.body.substr(201);
  EXPECT_NE(verify(), 0);

  const auto part = get(address, {{"Range", "bytes=100-199"}, {"If-Range", whole.header("etag")}});
  EXPECT_EQ(part.status, 206u);
  EXPECT_EQ(part.body, whole.body.substr(100, 100));
  EXPECT_EQ(get("/v1/work-orders/wo-none/bundle").status, 404u);
}

TEST_F(OpenApi, SendsAgainOnlyWhatHasChanged) {
  const auto first = get("/v1/receipts?limit=5");
  EXPECT_EQ(get("/v1/receipts?limit=5", {{"If-None-Match", first.header("etag")}}).status, 304u);
  const auto tile = get("/tile/entries/000.p/4");
  EXPECT_EQ(tile.status, 200u);
  EXPECT_EQ(tile.header("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(get("/checkpoint").header("cache-control"), "public, no-cache");
}

}  // namespace
}  // namespace tcps::test
