#include "bus/nats/jet_api.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

namespace tcps::bus {
namespace {

TEST(JetApi, ReadsBothFormsOfTheAckSubject) {
  for (const char* subject : {"$JS.ACK.LINE.stage.3.77.12.1700000000000000000.5",
                              "$JS.ACK._.ACCOUNT.LINE.stage.3.77.12.1700000000000000000.5.token",
                              "$JS.ACK.hub.ACCOUNT.LINE.stage.3.77.12.1700000000000000000.5"}) {
    auto place = parse_ack_subject(subject);
    ASSERT_TRUE(place) << subject;
    EXPECT_EQ(place->delivery_count, 3u);
    EXPECT_EQ(place->stream_sequence, 77u);
    EXPECT_EQ(place->consumer_sequence, 12u);
  }
}

TEST(JetApi, RefusesWhatIsNoAckSubject) {
  for (const char* subject :
       {"", "$JS.ACK", "_INBOX.a.b", "$JS.ACK.LINE.stage.x.77.12.17.5", "$JS.ACK.LINE.stage.3..12.17.5",
        "$JS.FC.LINE.stage.3.77.12.17.5", "$JS.ACK.LINE.stage.-3.77.12.17.5"}) {
    auto place = parse_ack_subject(subject);
    ASSERT_FALSE(place) << subject;
    EXPECT_EQ(place.error().code, ErrorCode::invalid);
  }
}

RC_GTEST_PROP(JetApi, AnySubjectIsReadOrRefused, (const std::string& subject)) {
  const auto place = parse_ack_subject(subject);
  RC_ASSERT(place.has_value() || place.error().code == ErrorCode::invalid);
}

TEST(JetApi, MapsTheServersErrorsToWhatTheCallerCanDo) {
  const struct {
    int http;
    int number;
    const char* description;
    ErrorCode code;
  } cases[] = {
      {400, 10071, "wrong last sequence: 3", ErrorCode::conflict},
      {400, 10164, "wrong last sequence", ErrorCode::conflict},
      {400, 10058, "stream name already in use with a different configuration", ErrorCode::conflict},
      {400, 10065, "subjects overlap with an existing stream", ErrorCode::conflict},
      {503, 10077, "maximum bytes exceeded", ErrorCode::full},
      {503, 10077, "raft: no leader", ErrorCode::unavailable},
      {503, 10023, "insufficient resources", ErrorCode::full},
      {500, 10047, "insufficient storage resources available", ErrorCode::full},
      {400, 10060, "expected stream does not match", ErrorCode::refused},
      {400, 10054, "message size exceeds maximum allowed", ErrorCode::refused},
      {404, 10059, "stream not found", ErrorCode::not_found},
      {404, 10014, "consumer not found", ErrorCode::not_found},
      {503, 10008, "JetStream system temporarily unavailable", ErrorCode::unavailable},
  };
  for (const auto& c : cases)
    EXPECT_EQ(jet_error(c.http, c.number, c.description).code, c.code) << c.description;
}

TEST(JetApi, AnAcknowledgementWithoutASequenceProvesNothing) {
  EXPECT_EQ(parse_publish_ack(R"({"stream":"LINE","seq":7})", "x")->sequence, 7u);
  EXPECT_TRUE(parse_publish_ack(R"({"stream":"LINE","seq":7,"duplicate":true})", "x")->duplicate);
  for (const char* answer : {R"({"stream":"LINE","seq":0})", R"({"stream":"LINE"})"}) {
    auto ack = parse_publish_ack(answer, "x");
    ASSERT_FALSE(ack) << answer;
    EXPECT_EQ(ack.error().code, ErrorCode::timeout);
  }
  for (const char* answer : {"", "+OK", "[]", "{", R"({"seq":"seven"})", R"({"seq":-1})", R"({"seq":1.5})",
                             R"({"error":{"code":"x"}})"}) {
    EXPECT_FALSE(parse_publish_ack(answer, "x")) << answer;
  }
}

TEST(JetApi, ReadsTheServersTimes) {
  EXPECT_EQ(unix_ms_of_rfc3339("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(unix_ms_of_rfc3339("2023-11-14T22:13:20.123456789Z"), 1'700'000'000'123);
  EXPECT_EQ(unix_ms_of_rfc3339("2023-11-14T22:13:20.5Z"), 1'700'000'000'500);
  EXPECT_EQ(unix_ms_of_rfc3339("2023-11-15T00:13:20.5+02:00"), 1'700'000'000'500);
  EXPECT_EQ(unix_ms_of_rfc3339("yesterday"), 0);
}

}  // namespace
}  // namespace tcps::bus
