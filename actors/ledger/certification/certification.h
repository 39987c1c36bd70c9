// How the replicas of a line come to certified checkpoints, as a state machine without clock, bus or disk.
// One of them proposes its head, signed; each of the others cosigns when it holds the same root at that size;
// with the words of a majority the proposer makes the certificate, which every replica checks and keeps.
//
// What a replica has signed binds it: it signs no smaller size afterwards, and its shell makes each word
// durable before sending it. Another root at a size that this replica holds, signed by a replica, is a
// divergence: certification stops here until the call that it raises has been resolved.
//
// One proposal is under way at a time and is sent again until it is certified, so that slow replicas are
// waited for instead of overtaken. Bounded: a few notes are remembered for sizes not reached yet.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/ledger/certification/certificate.h"

namespace tcps::ledger {

struct SizedRoot {
  uint64_t size = 0;
  Digest root;
  friend bool operator==(const SizedRoot&, const SizedRoot&) = default;
};

// Make `word` durable, then send it (subject checkpoint.proposed or checkpoint.cosigned).
struct SendProposal {
  tlog::SignedCheckpoint note;
};
struct SendCosignature {
  tlog::SignedCheckpoint note;  // the cosignature alone
};
// A majority vouches for it: keep it, count on it. `own`: made here, tell the others.
struct Certify {
  tlog::SignedCheckpoint checkpoint;
  bool own = false;
};
// Not the proposer, and somebody here waits for so many entries to be certified: ask it (checkpoint.wanted).
struct AskProposer {
  uint64_t size = 0;
};
// Somebody missed it: tell it again.
struct SendCertificate {
  tlog::SignedCheckpoint checkpoint;
};
struct RaiseDivergence {
  uint64_t size = 0;
  std::string sentence;
};
using CertificationAction =
    std::variant<SendProposal, SendCosignature, Certify, SendCertificate, AskProposer, RaiseDivergence>;
using CertificationActions = std::vector<CertificationAction>;

class Certification {
 public:
  // Root of the own log's first `size` entries, for sizes it has reached.
  using RootAt = std::function<Result<Digest>(uint64_t size)>;
  struct Config {
    std::string origin;
    std::string node;
    Signer* signer = nullptr;
    RootAt root_at;
    SizedRoot signed_head;                              // the greatest this node has ever signed
    std::optional<tlog::SignedCheckpoint> certificate;  // the newest that is kept
  };
  explicit Certification(Config config);

  // ---- inputs; Errors: those of root_at and of the signer
  using Outcome = Result<CertificationActions>;
  // The own log has grown; `replicas` is the set at this size, when it changed since the last call.
  Outcome reached(SizedRoot head, const std::optional<ReplicaSet>& replicas, uint64_t unix_s);
  // Somebody waits for the first `size` entries to be certified: here (`by_own`), or at a replica that asks.
  Outcome wanted(uint64_t size, bool by_own);
  Outcome tick();  // at the checkpoint interval
  Outcome proposal(const tlog::SignedCheckpoint& note, uint64_t unix_s);
  Outcome cosignature(const tlog::SignedCheckpoint& note);
  Outcome certificate(const tlog::SignedCheckpoint& note);
  // From the fold: who proposes when it is a replica (else the first replica by name), and whether a call
  // about diverged logs is open.
  void line_says(const std::string& proposer, bool diverged);

  // ---- queries
  uint64_t certified_size() const { return certificate_ ? certificate_->checkpoint.size : 0; }
  const SizedRoot& head() const { return head_; }
  bool stopped() const { return divergence_.has_value() || call_open_; }
  std::string proposer() const;

 private:
  const ReplicaSet& replicas_at(uint64_t size) const;
  // Who of the replicas signed the note and what it means for this log.
  enum class Standing { stranger, ahead, agrees, conflicts };
  struct Judgement {
    Standing standing;
    std::set<std::string> signers;
    Digest own_root;  // where the size is reached
  };
  Result<Judgement> judge(const tlog::SignedCheckpoint& note) const;
  Status propose(CertificationActions& actions);
  Status propose_if_wanted(CertificationActions& actions);
  Status cosign(const tlog::Checkpoint& body, uint64_t unix_s, CertificationActions& actions);
  Status check_last_word(CertificationActions& actions);
  void certify(tlog::SignedCheckpoint checkpoint, bool own, CertificationActions& actions);
  void conflict(const tlog::Checkpoint& other, const Judgement& judgement, CertificationActions& actions);
  static void remember(std::deque<tlog::SignedCheckpoint>& notes, const tlog::SignedCheckpoint& note);

  Config config_;
  SizedRoot head_;
  SizedRoot signed_;
  bool signed_unchecked_ = true;                       // against the own log, once it reaches that size
  std::optional<tlog::SignedCheckpoint> certificate_;  // the newest
  std::deque<std::pair<uint64_t, ReplicaSet>> sets_;   // size from which on -> set; never empty
  std::string preferred_;
  struct UnderWay {
    tlog::SignedCheckpoint note;
    std::set<std::string> words;
    int repeated = 0;
  };
  bool is_outdated(const UnderWay& proposal) const;
  std::optional<UnderWay> under_way_;
  std::deque<tlog::SignedCheckpoint> proposals_ahead_;     // of sizes not reached yet
  std::deque<tlog::SignedCheckpoint> certificates_ahead_;  // likewise
  uint64_t wanted_size_ = 0;
  bool told_again_ = false;                    // the certificate, since the last tick
  uint64_t asked_size_ = 0;                    // of the proposer, since the last tick
  std::optional<RaiseDivergence> divergence_;  // seen here, and the line does not know yet
  bool call_open_ = false;                     // the line knows
};

}  // namespace tcps::ledger
