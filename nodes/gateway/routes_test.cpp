#include "nodes/gateway/routes.h"

#include <gtest/gtest.h>

#include "nodes/gateway/responder.h"
#include "nodes/gateway/testing/openapi.h"

namespace tcps::gateway {
namespace {

using nlohmann::json;

Result<Route> route(std::string_view text) {
  auto target = RequestTarget::parse(text);
  if (!target) return fail(target.error());
  return route_of(*target);
}

TEST(Routes, LeadFromAddressesToQueries) {
  struct Case {
    const char *address, *query;
    json request;
    bool immutable;
  };
  const std::string digest = "sha256:" + std::string(64, 'a');
  const std::vector<Case> cases = {
      {"/v1/status", "status", json::object(), false},
      {"/v1/work-orders?status=all&limit=5", "work-orders", {{"status", "all"}, {"limit", 5}}, false},
      {"/v1/work-orders/wo-1", "work-order", {{"id", "wo-1"}}, false},
      {"/v1/work-orders/wo-1/receipts/build?attempt=2",
       "receipt",
       {{"work_order", "wo-1"}, {"stage", "build"}, {"attempt", 2}},
       false},
      {"/v1/receipts?from=2026-01-26T10:00:00Z&newest_first=true",
       "receipts",
       {{"from", "2026-01-26T10:00:00Z"}, {"newest_first", true}},
       false},
      {"/v1/receipts/17", "receipt", {{"index", 17}}, true},
      {"/v1/entries?from=17", "entries", {{"from", 17}}, false},
      {"/v1/entries?from=2026-01-26T10:00:00Z&kind=decision",
       "entries",
       {{"from", "2026-01-26T10:00:00Z"}, {"kind", "decision"}},
       false},
      {"/v1/proof/inclusion?index=3&size=7", "proof", {{"index", 3}, {"size", 7}}, false},
      {"/v1/proof/consistency?old=3", "proof", {{"old", 3}}, false},
      {"/v1/andons?all=true", "andons", {{"all", true}}, false},
      {"/checkpoint", "checkpoint", json::object(), false},
      {"/tile/0/x001/234", "tile", {{"level", 0}, {"index", 1234}, {"width", 256}}, true},
      {"/tile/1/000.p/5", "tile", {{"level", 1}, {"index", 0}, {"width", 5}}, true},
  };
  for (const Case& one : cases) {
    const auto found = route(one.address);
    ASSERT_TRUE(found.has_value()) << one.address << ": " << found.error().message;
    EXPECT_EQ(found->query, one.query) << one.address;
    EXPECT_EQ(found->request, one.request) << one.address;
    EXPECT_EQ(found->immutable, one.immutable) << one.address;
  }
  EXPECT_EQ(route("/v1/receipts/" + digest)->request, (json{{"payload", digest}}));
  EXPECT_EQ(route("/v1/trace/" + digest + "?format=svg")->format, "svg");
  const auto bundle = route("/tile/entries/001.p/9");
  ASSERT_TRUE(bundle.has_value());
  EXPECT_EQ(bundle->answer, AnswerKind::bundle);
  EXPECT_EQ(bundle->tile, (tlog::TileAddress{0, 1, 9}));
}

TEST(Routes, NameAWorkOrdersBundle) {
  const auto found = route("/v1/work-orders/wo-1/bundle");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->answer, AnswerKind::work_order_bundle);
  EXPECT_EQ(found->request, (json{{"work_order", "wo-1"}}));
  EXPECT_FALSE(found->immutable) << "a later checkpoint gives another";
}

TEST(Routes, RefuseWhatNoAddressTakes) {
  for (const char* unknown :
       {"/", "/v1", "/v2/status", "/v1/status/more", "/v1/nothing", "/checkpoint/x", "/checkpoint?x=1",
        "/tile", "/tile/0", "/tile/9/000", "/tile/0/1", "/tile/0/000.p/0", "/tile/0/000.p/256",
        "/tile/entries", "/tile/entries/0", "/favicon.ico"}) {
    const auto found = route(unknown);
    ASSERT_FALSE(found.has_value()) << unknown;
    EXPECT_EQ(found.error().code, ErrorCode::not_found) << unknown;
  }
  for (const char* wrong :
       {"/v1/status?x=1", "/v1/receipts?limit=many", "/v1/receipts?limit=-1", "/v1/receipts?newest_first=yes",
        "/v1/receipts?kind=receipt", "/v1/receipts/1?format=xml", "/v1/entries/1?format=slsa",
        "/v1/receipts/1?format=svg", "/tile/0/000?x=1", "/v1/proof/inclusion?index=99999999999999999999"}) {
    const auto found = route(wrong);
    ASSERT_FALSE(found.has_value()) << wrong;
    EXPECT_EQ(found.error().code, ErrorCode::invalid) << wrong;
  }
}

TEST(Routes, AreDescribedWithoutADeadReference) {
  const json document = json::parse(openapi_document());
  size_t references = 0;
  const json flat = document.flatten();
  for (const auto& [place, value] : flat.items()) {
    if (!place.ends_with("/$ref")) continue;
    EXPECT_TRUE(document.contains(json::json_pointer(value.get<std::string>().substr(1))))
        << place << ": " << value;
    ++references;
  }
  EXPECT_GE(references, 100u);
}

TEST(Routes, AreTheAddressesThatOpenApiDescribesWithTheSameParameters) {
  const json document = json::parse(openapi_document());
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["paths"].size(), described_paths().size());
  for (const std::string_view path : described_paths()) {
    const std::string key = "/v1/" + std::string(path);
    ASSERT_TRUE(document["paths"].contains(key)) << key;
    std::string address = key;
    for (size_t at; (at = address.find('{')) != std::string::npos;)
      address.replace(at, address.find('}') - at + 1, "1");
    EXPECT_TRUE(route(address).has_value()) << address;
    for (const json& described : document["paths"][key]["get"]["parameters"]) {
      const json& parameter = resolved(document, described);
      if (parameter["in"] == "path") continue;
      const json& schema = parameter["schema"];
      std::vector<std::string> values;
      for (const json& value : schema.value("enum", json::array())) values.push_back(value);
      if (values.empty())
        values = {schema["type"] == "integer" ? "1" : schema["type"] == "boolean" ? "true" : "x"};
      for (const std::string& value : values) {
        const std::string asked = address + "?" + parameter["name"].get<std::string>() + "=" + value;
        EXPECT_TRUE(route(asked).has_value()) << asked;
      }
    }
  }
}

}  // namespace
}  // namespace tcps::gateway
