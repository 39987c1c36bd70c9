#include "actors/line/following/peers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tcps::line {
namespace {

Heartbeat beat_of(const std::string& node, uint64_t synced = 0) {
  Heartbeat beat;
  beat.node = node;
  beat.synced = synced;
  beat.pools = {"any"};
  return beat;
}

TEST(Peers, ReadHeartbeatsAsWrittenAndNothingElse) {
  Heartbeat beat = beat_of("node-a", 42);
  beat.version = "0.1.0";
  beat.stages = {"build"};
  auto read = Heartbeat::parse(beat.to_json().dump());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->to_json(), beat.to_json());
  for (const char* field : {"node", "synced", "pools"}) {
    auto json = beat.to_json();
    json.erase(field);
    EXPECT_FALSE(Heartbeat::parse(json.dump())) << field;
  }
  for (const nlohmann::json& position :
       {nlohmann::json(-1), nlohmann::json(1.5), nlohmann::json("1"), nlohmann::json(nullptr)}) {
    auto json = beat.to_json();
    json["synced"] = position;
    EXPECT_FALSE(Heartbeat::parse(json.dump())) << position;
  }
  EXPECT_FALSE(Heartbeat::parse(std::string(20'000, ' ')));
  EXPECT_FALSE(Heartbeat::parse("[]"));
}

TEST(Peers, AreBoundedAndRememberWhenEachWasHeard) {
  Peers peers;
  for (size_t i = 0; i <= peers_max; ++i) peers.heard(beat_of("node-" + std::to_string(i)), 0);
  EXPECT_EQ(peers.all().size(), peers_max);
  EXPECT_EQ(peers.silence("stranger", 5), std::nullopt);
  peers.heard(beat_of("node-1", 9), 100);
  EXPECT_EQ(peers.silence("node-1", 150), 50);
  EXPECT_EQ(peers.synced("node-1"), 9u);
  EXPECT_TRUE(peers.pool_alive("any", 100 + silent_after_ms - 1));
  EXPECT_FALSE(peers.pool_alive("any", 100 + silent_after_ms));
  EXPECT_FALSE(peers.pool_alive("arm", 100));
}

}  // namespace
}  // namespace tcps::line
