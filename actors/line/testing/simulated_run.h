// A factory that works at random: from what the fold shows, it takes one genuine step after another, as nodes
// and people would. The same seed gives the same run.
#pragma once

#include <random>

#include "actors/line/testing/factory.h"

namespace tcps::line::testing {

class SimulatedRun {
 public:
  explicit SimulatedRun(uint64_t seed) : random_(seed) { factory.begin(); }

  // One message that must be admitted. Throws when it is not.
  void step();
  // Something that must be refused, sent at the next position: a repetition, a zombie, a forgery, a stray.
  // Empty: nothing at hand. Returns what went wrong, or nothing.
  std::string disturb();

  Factory factory;

 private:
  size_t below(size_t bound) { return static_cast<size_t>(random_() % bound); }
  const WorkOrderState* any_order(Phase phase);
  const Member& planner() const { return member(factory.state.holder(Role::planner).node); }
  const Member& supervisor() const { return member(factory.state.holder(Role::supervisor).node); }
  const Member& member(const std::string& owner) const {
    return owner == "node-b" ? factory.node_b : factory.node_a;
  }
  bool counts(const Member& who) const { return factory.state.keys().find(who.grant.key_id()) != nullptr; }

  void accept();
  void work();
  void release();
  void decide();
  void call();
  void resolve();
  void change_line();
  void change_keys();

  std::mt19937_64 random_;
  uint64_t signals_ = 0;
  uint64_t calls_ = 0;
  std::vector<Sent> zombies_;  // outcomes that were sealed and never sent in time
};

}  // namespace tcps::line::testing
