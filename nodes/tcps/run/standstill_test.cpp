#include "nodes/tcps/run/standstill.h"

#include <gtest/gtest.h>

namespace tcps::cli {
namespace {

using nlohmann::json;

TEST(StopsOf, SaysOfEachCallThatStopsWorkWhatToDoAboutIt) {
  const json status = {
      {"line_stopped", false},
      {"stops",
       {{{"andon", "andon-7"}, {"what", "test"}, {"kind", "pulled"}, {"reason", "the rig is wet"}}}}};
  const json stops = stops_of(status);
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0]["what"], "test");
  EXPECT_EQ(stops[0]["kind"], "pulled");
  EXPECT_EQ(stops[0]["reason"], "the rig is wet");
  EXPECT_NE(stops[0]["remedy"].get<std::string>().find("tcps andon resolve andon-7"), std::string::npos);
}

TEST(StopsOf, IsEmptyWhereNothingStops) {
  EXPECT_EQ(stops_of({{"line_stopped", false}, {"stops", json::array()}}), json::array());
  EXPECT_EQ(stops_of(json::object()), json::array());
}

}  // namespace
}  // namespace tcps::cli
