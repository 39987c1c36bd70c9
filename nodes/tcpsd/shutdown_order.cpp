#include "nodes/tcpsd/shutdown_order.h"

namespace tcps::node {

std::vector<ShutdownAct> ShutdownOrder::stop(const Living& living, bool at_once) {
  using enum ShutdownAct;
  std::vector<ShutdownAct> acts;
  if (begun()) return acts;
  phase_ = at_once ? Phase::ending : Phase::handing_back;
  if (at_once) {
    acts = {end_all};
  } else {
    acts = {end_sources, close_stations, begin_grace};
  }
  go_on(living, acts);
  return acts;
}

std::vector<ShutdownAct> ShutdownOrder::ended(const Living& living) {
  std::vector<ShutdownAct> acts;
  if (begun()) go_on(living, acts);
  return acts;
}

std::vector<ShutdownAct> ShutdownOrder::grace_over(const Living& living) {
  std::vector<ShutdownAct> acts;
  if (phase_ != Phase::handing_back) return acts;
  phase_ = Phase::ending;
  acts = {ShutdownAct::end_all};
  go_on(living, acts);
  return acts;
}

void ShutdownOrder::go_on(const Living& living, std::vector<ShutdownAct>& acts) {
  if (phase_ == Phase::over) return;
  if (living.none()) {
    phase_ = Phase::over;
    acts.push_back(ShutdownAct::quit);
  } else if (phase_ == Phase::handing_back && living.of(ChildKind::station) == 0) {
    phase_ = Phase::ending;
    acts.push_back(ShutdownAct::end_all);
  }
}

}  // namespace tcps::node
