// The order in which the actors of a line end: nothing new comes in; stations finish or hand back what they
// hold; when none is left, or the grace is over, everything ends; when nobody is left, the keeper does.
//
// A plain class: what happened goes in, with who is alive by then; what to do comes out. It remembers how far
// the line is, so that nothing is done twice. Its keeper carries out what it says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tcps::node {

enum class ChildKind : uint8_t {
  source,   // brings work to the line: intake, planner
  station,  // works cards
  service   // what sources and stations stand on: line, ledger, queries, supervisor
};
inline constexpr size_t child_kinds = 3;

// How many actors of each kind live.
class Living {
 public:
  Living() = default;
  Living(size_t sources, size_t stations, size_t services) : counts_{sources, stations, services} {}
  void add(ChildKind kind) { ++counts_[static_cast<size_t>(kind)]; }
  size_t of(ChildKind kind) const { return counts_[static_cast<size_t>(kind)]; }
  bool none() const { return counts_ == std::array<size_t, child_kinds>{}; }

 private:
  std::array<size_t, child_kinds> counts_{};
};

enum class ShutdownAct : uint8_t {
  end_sources,     // at once
  close_stations,  // they take no card any more, and end when they hold none
  begin_grace,     // tell grace_over() when it is
  end_all,         // at once, whoever is left
  quit             // the keeper itself
};

class ShutdownOrder {
 public:
  bool begun() const { return phase_ != Phase::working; }

  // Asked for by the node; a second time changes nothing. `at_once`: without the grace.
  std::vector<ShutdownAct> stop(const Living& living, bool at_once);
  // One of the actors has ended, which is nothing to do with a shutdown before it has begun.
  std::vector<ShutdownAct> ended(const Living& living);
  std::vector<ShutdownAct> grace_over(const Living& living);

 private:
  enum class Phase : uint8_t { working, handing_back, ending, over };
  void go_on(const Living& living, std::vector<ShutdownAct>& acts);

  Phase phase_ = Phase::working;
};

}  // namespace tcps::node
