#include "nodes/tcpsd/services/micro_service.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tcps::node {
namespace {

using nlohmann::json;

MicroServiceInfo ledger_service() {
  return {"tcps-ledger",
          "abc123",
          "1.2.3",
          "Questions",
          "ledger",
          1'000,
          {{"line", "transport"}},
          {{"status", "tcps.transport.ledger.status"}, {"proof", "tcps.transport.ledger.proof"}}};
}

TEST(MicroService, AnswersToAllToItsNameAndToItsId) {
  const MicroService service(ledger_service());
  for (const std::string& subject : service.subjects()) EXPECT_TRUE(service.answer(subject)) << subject;
  EXPECT_EQ(service.subjects().size(), 9u);
  for (const char* other : {"$SRV.PING.other", "$SRV.PING.tcps-ledger.other", "$SRV.SCHEMA", "$SRV.", "",
                            "$SRV.INFO.tcps-ledger.abc123.more", "SRV.PING"}) {
    EXPECT_FALSE(service.answer(other)) << other;
  }
}

TEST(MicroService, TellsItsNameIdAndVersionToWhoeverPings) {
  const json ping = *MicroService(ledger_service()).answer("$SRV.PING");
  EXPECT_EQ(ping, (json{{"name", "tcps-ledger"},
                        {"id", "abc123"},
                        {"version", "1.2.3"},
                        {"metadata", {{"line", "transport"}}},
                        {"type", "io.nats.micro.v1.ping_response"}}));
}

TEST(MicroService, ListsItsEndpoints) {
  const json info = *MicroService(ledger_service()).answer("$SRV.INFO.tcps-ledger");
  EXPECT_EQ(info["type"], "io.nats.micro.v1.info_response");
  EXPECT_EQ(info["description"], "Questions");
  ASSERT_EQ(info["endpoints"].size(), 2u);
  EXPECT_EQ(info["endpoints"][1], (json{{"name", "proof"},
                                        {"subject", "tcps.transport.ledger.proof"},
                                        {"queue_group", "ledger"},
                                        {"metadata", json::object()}}));
}

TEST(MicroService, CountsRequestsErrorsAndTime) {
  MicroService service(ledger_service());
  const Error error{ErrorCode::not_found, "no such entry"};
  service.count("proof", std::chrono::microseconds(10), nullptr);
  service.count("proof", std::chrono::microseconds(30), &error);
  service.count("unknown", std::chrono::microseconds(30), &error);
  const json stats = *service.answer("$SRV.STATS.tcps-ledger.abc123");
  EXPECT_EQ(stats["type"], "io.nats.micro.v1.stats_response");
  EXPECT_EQ(stats["started"], "1970-01-01T00:00:01Z");
  EXPECT_EQ(stats["endpoints"][0]["num_requests"], 0);
  EXPECT_EQ(stats["endpoints"][0]["average_processing_time"], 0);
  const json& proof = stats["endpoints"][1];
  EXPECT_EQ(proof["num_requests"], 2);
  EXPECT_EQ(proof["num_errors"], 1);
  EXPECT_EQ(proof["last_error"], "404:no such entry");
  EXPECT_EQ(proof["processing_time"], 40'000);
  EXPECT_EQ(proof["average_processing_time"], 20'000);
}

}  // namespace
}  // namespace tcps::node
