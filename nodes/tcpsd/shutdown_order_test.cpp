#include "nodes/tcpsd/shutdown_order.h"

#include <gtest/gtest.h>

namespace tcps::node {
namespace {

using enum ShutdownAct;
using Acts = std::vector<ShutdownAct>;

enum class Event { stop, stop_at_once, ended, grace_over };

struct Step {
  Event event;
  Living living;  // by then
  Acts acts;
};

void expect(const std::vector<Step>& steps) {
  ShutdownOrder order;
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto& [event, living, expected] = steps[i];
    const Acts acts = event == Event::ended        ? order.ended(living)
                      : event == Event::grace_over ? order.grace_over(living)
                                                   : order.stop(living, event == Event::stop_at_once);
    EXPECT_EQ(acts, expected) << "step " << i;
  }
}

const Acts in_order = {end_sources, close_stations, begin_grace};

TEST(ShutdownOrder, EndsWhatBringsWorkThenStationsThenTheRest) {
  expect({{Event::stop, {2, 2, 4}, in_order},
          {Event::ended, {1, 2, 4}, {}},
          {Event::ended, {0, 2, 4}, {}},
          {Event::ended, {0, 1, 4}, {}},
          {Event::ended, {0, 0, 4}, {end_all}},
          {Event::ended, {0, 0, 1}, {}},
          {Event::ended, {0, 0, 0}, {quit}}});
}

TEST(ShutdownOrder, DoesNotWaitForSourcesThatOutliveTheStations) {
  expect({{Event::stop, {1, 1, 2}, in_order}, {Event::ended, {1, 0, 2}, {end_all}}});
}

TEST(ShutdownOrder, EndsStationsThatOverstayTheGrace) {
  expect({{Event::stop, {0, 2, 2}, in_order},
          {Event::ended, {0, 1, 2}, {}},
          {Event::grace_over, {0, 1, 2}, {end_all}},
          {Event::ended, {0, 0, 2}, {}},
          {Event::ended, {0, 0, 0}, {quit}}});
}

TEST(ShutdownOrder, GivesNoGraceWhenTheStreamIsLost) {
  expect({{Event::stop_at_once, {2, 2, 4}, {end_all}},
          {Event::ended, {0, 0, 4}, {}},
          {Event::ended, {0, 0, 0}, {quit}}});
}

TEST(ShutdownOrder, GoesOnAtOnceWhereThereIsNoStation) {
  expect({{Event::stop, {0, 0, 3}, {end_sources, close_stations, begin_grace, end_all}},
          {Event::ended, {0, 0, 0}, {quit}}});
}

TEST(ShutdownOrder, QuitsAtOnceWhenNobodyIsLeft) {
  expect({{Event::stop, {0, 0, 0}, {end_sources, close_stations, begin_grace, quit}}});
  expect({{Event::stop_at_once, {0, 0, 0}, {end_all, quit}}});
}

TEST(ShutdownOrder, DoesNothingTwice) {
  expect({{Event::stop, {0, 1, 1}, in_order},
          {Event::stop, {0, 1, 1}, {}},
          {Event::stop_at_once, {0, 1, 1}, {}},
          {Event::ended, {0, 0, 1}, {end_all}},
          {Event::grace_over, {0, 0, 1}, {}},
          {Event::ended, {0, 0, 0}, {quit}},
          {Event::ended, {0, 0, 0}, {}},
          {Event::grace_over, {0, 0, 0}, {}}});
}

TEST(ShutdownOrder, HasNothingToSayBeforeItIsAskedFor) {
  ShutdownOrder order;
  EXPECT_EQ(order.ended({0, 0, 0}), Acts());
  EXPECT_EQ(order.grace_over({0, 1, 1}), Acts());
  EXPECT_FALSE(order.begun());
}

}  // namespace
}  // namespace tcps::node
