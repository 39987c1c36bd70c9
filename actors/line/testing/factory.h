// A line in a test: its keys, the genuine messages that its nodes and people would sign next, and the fold
// that judges them. The makers read what they need from the fold and return the unsigned message, so that a
// test can spoil one field before it is sealed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/line/fold/line_state.h"
#include "actors/line/following/sealed_message.h"
#include "messages/keys.h"
#include "messages/line_message.h"

namespace tcps::line::testing {

// A stand-in for Ed25519 that signs by digest: quick enough for runs of many thousand messages. Anybody could
// forge it, nobody here does.
class CheapKey final : public Signer {
 public:
  explicit CheapKey(std::string_view name);
  const PublicKey& public_key() const override { return public_key_; }
  Result<Bytes> sign(BytesView message) override;

 private:
  PublicKey public_key_;
};
bool cheap_check(const LineMessage& message, size_t index, const PublicKey& key);

enum class Keys { cheap, real };

struct Member {
  std::string owner;
  std::shared_ptr<Signer> signer;
  proto::PublicKeyEntry grant;
};
Member make_member(Keys keys, const std::string& owner, std::initializer_list<Role> roles);

struct Sent {
  std::string subject;
  Bytes bytes;
  LineMessage message;
};
Sent seal_for(const LineName& line, const Predicate& predicate, Signer& signer);

// What was applied, and what the fold said.
struct Applied {
  uint64_t position = 0;
  Sent sent;
  bool admitted = false;
  std::string reason;
};

class Factory {
 public:
  explicit Factory(Keys keys = Keys::cheap, const std::string& line_name = "glue");

  // ---- messages, unsigned
  proto::LogOrigin origin() const;  // of an event
  proto::Genesis genesis() const;
  proto::Acceptance acceptance(const std::string& signal, Bucket bucket = Bucket::features,
                               const std::string& pool = "any") const;
  proto::Receipt passed(const WorkOrderState& order) const;  // of the stage it is at; plan included
  proto::Receipt failed(const WorkOrderState& order, const std::string& mode = "") const;
  proto::Dispatch dispatch(const WorkOrderState& order) const;
  proto::AndonRaised call(const std::string& id, const std::string& kind,
                          const WorkOrderState* order = nullptr) const;
  proto::AndonResolved resolution(const std::string& id, const std::string& disposition) const;
  proto::WorkOrderDecision decision(const WorkOrderState& order, const std::string& what) const;
  proto::WipChanged wip(uint32_t limit) const;
  proto::ProductChanged product() const;
  proto::RoleClaimed claim(Role role, const Member& node) const;
  proto::ReplicaChanged replica(const Member& node, const std::string& change) const;

  // ---- sending
  Sent seal(Predicate predicate, const Member& by) const;  // a receipt that names no node is its signer's
  Verdict apply(Sent sent);                                // at the next position
  Verdict send(const Predicate& predicate, const Member& by) { return apply(seal(predicate, by)); }
  // send() of what must be admitted: throws with the reason when it is not.
  Verdict admit(const Predicate& predicate, const Member& by);

  // ---- whole moves, by node_a and ann
  void begin();  // genesis, roles, product
  WorkOrderId accept(const std::string& signal, Bucket bucket = Bucket::features);
  const WorkOrderState& order(const WorkOrderId& id) const;  // throws when it has left the fold
  void pass(const WorkOrderId& id);                          // the stage it is at, or its release
  void pass_until(const WorkOrderId& id,
                  Stage stage);  // a card at that stage is open, or it waits for the plan
  void finish(const WorkOrderId& id);

  LineName line;
  Member ann, bob;                                 // ann: root and operator; bob: operator
  Member node_a, node_b, node_c;                   // a and b: everything; c: build and test in pool arm
  Digest standard_work = Digest::of("line.toml");  // of what is accepted from now on
  LineState state;
  std::vector<Applied> history;
  uint64_t position = 0;
  bool keeps_history = true;
};

// Every relation between the indexes of the fold and its work orders. Empty when all hold; else what does
// not.
std::string broken_invariant(const LineState& state);

}  // namespace tcps::line::testing
