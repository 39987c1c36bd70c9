#include "nodes/gateway/responder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/queries/testing/queried_line.h"
#include "messages/dsse.h"

namespace tcps::gateway {
namespace {

using nlohmann::json;

// A responder on a real ledger in memory.
class ResponderTest : public testing::Test {
 protected:
  Answer get(const std::string& address) {
    auto target = RequestTarget::parse(address);
    auto route = target ? route_of(*target) : Result<Route>(fail(target.error()));
    return route ? responder.answer(*route) : error_answer(route.error());
  }
  static std::string header(const Answer& answer, const std::string& name) {
    for (const auto& [key, value] : answer.headers) {
      if (key == name) return value;
    }
    return {};
  }

  ledger::QueriedLine line;
  ledger::LedgerQueries queries{*line.store, line.shared, nullptr};
  size_t asked = 0;
  Responder responder{[this](const std::string& query, const json& request) {
    ++asked;
    return queries.answer(query, request);
  }};
};

TEST_F(ResponderTest, TellsHowFarTheReplicaHadFollowedBesideTheBody) {
  const Answer answer = get("/v1/wip");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(json::parse(answer.body).contains("as_of"), false);
  EXPECT_EQ(header(answer, "Tcps-As-Of"), "size=" + std::to_string(line.store->head().size) +
                                              ", epoch=1, sequence=" + std::to_string(line.sequence));
  proto::Evidence evidence;
  evidence.set_name("note");
  line.add(evidence, line.person);
  EXPECT_EQ(get("/v1/wip").body, answer.body) << "a longer log is no other answer";
}

TEST_F(ResponderTest, ServesTheTreeAsTiles) {
  for (int i = 0; i < 270; ++i) line.raise("andon-" + std::to_string(i), "");
  line.make_checkpoint(line.node);
  const uint64_t size = line.store->head().size;
  const Answer note = get("/checkpoint");
  EXPECT_EQ(note.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(note.caching, Caching::revalidate);
  EXPECT_NE(note.body.find("\n" + std::to_string(size) + "\n"), std::string::npos);
  const Answer full = get("/tile/0/000"), partial = get("/tile/0/001.p/" + std::to_string(size - 256));
  EXPECT_EQ(full.body.size(), 256 * 32u);
  EXPECT_EQ(partial.body.size(), (size - 256) * 32);
  EXPECT_EQ(full.caching, Caching::forever);
  const Answer bundle = get("/tile/entries/000");
  EXPECT_EQ(bundle.status, 200u) << bundle.body;
  EXPECT_EQ(tlog::decode_bundle(bundle.body)->size(), 256u);
  EXPECT_EQ(tlog::decode_bundle(get("/tile/entries/001.p/3").body)->size(), 3u);
  for (const char* absent :
       {"/tile/0/001", "/tile/1/001.p/1", "/tile/entries/001", "/tile/entries/002.p/1"}) {
    const Answer answer = get(absent);
    EXPECT_EQ(answer.status, 404u) << absent;
    EXPECT_EQ(answer.caching, Caching::never) << absent << " may come to be";
  }
}

TEST_F(ResponderTest, ShowsAReceiptInEachForm) {
  const auto id = line.accept("1");
  line.pass_until(id, Stage::build);
  const std::string address = "/v1/work-orders/" + id + "/receipts/build";
  const Answer shown = get(address), dsse = get(address + "?format=dsse"),
               statement = get(address + "?format=in-toto"), slsa = get(address + "?format=slsa");
  EXPECT_EQ(dsse.content_type, "application/vnd.dsse+json");
  const auto envelope = Envelope::decode(dsse.body);
  ASSERT_TRUE(envelope.has_value());
  EXPECT_EQ(envelope->payload, statement.body);
  EXPECT_EQ(json::parse(shown.body)["statement"], json::parse(statement.body));
  EXPECT_EQ(json::parse(slsa.body)["predicateType"], "https://slsa.dev/provenance/v1");
  const std::string number = json::parse(shown.body)["index"].dump();
  EXPECT_EQ(get("/v1/receipts/" + number).body, shown.body);
  EXPECT_EQ(get("/v1/receipts/" + number).caching, Caching::forever);
  EXPECT_EQ(get(address).caching, Caching::revalidate) << "a later attempt may come";
  EXPECT_EQ(get("/v1/entries/" + number + "?format=dsse").body, dsse.body);
}

TEST_F(ResponderTest, DrawsTraces) {
  line.pass_until(line.accept("1"), Stage::pull);
  const std::string address = "/v1/trace/" + Digest::of("thing").to_string();
  EXPECT_EQ(json::parse(get(address).body)["made_by"].size(), 1u);
  EXPECT_EQ(get(address + "?format=svg").content_type, "image/svg+xml");
  EXPECT_EQ(get(address + "?format=dot").body.find("digraph"), 0u);
  EXPECT_EQ(get("/v1/trace/" + Digest::of("unknown").to_string()).status, 404u);
  EXPECT_EQ(get("/v1/trace/nonsense").status, 400u);
}

TEST_F(ResponderTest, CountsALogOnceAndThenItsNewEntriesOnly) {
  line.pass_until(line.accept("1"), Stage::build);
  const json first = json::parse(get("/v1/stats").body);
  EXPECT_EQ(first["complete"], true);
  EXPECT_EQ(first["entries"], line.store->head().size);
  line.raise("andon-1", "");
  asked = 0;
  const json second = json::parse(get("/v1/stats").body);
  EXPECT_EQ(asked, 1u);
  EXPECT_EQ(second["entries"], line.store->head().size);
  EXPECT_EQ(second["kinds"]["andon-raised"], 1);
  EXPECT_EQ(second["stages"], first["stages"]);
}

TEST_F(ResponderTest, PassesErrorsOn) {
  EXPECT_EQ(get("/v1/receipts/999999").status, 404u);
  EXPECT_EQ(get("/v1/receipts?limit=0").status, 400u);
  EXPECT_EQ(get("/v1/receipts?limit=1001").status, 400u);
  EXPECT_EQ(get("/v1/proof/inclusion").status, 400u);
  EXPECT_EQ(get("/checkpoint").status, 404u) << "none was made yet";
  EXPECT_EQ(get("/v1/receipts/999999").caching, Caching::never);
}

}  // namespace
}  // namespace tcps::gateway
