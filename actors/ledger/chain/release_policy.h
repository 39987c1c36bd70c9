// What a consumer demands of a release before using it, judged from a verified bundle (bundle.h) alone. Pure
// rules; docs/formats/policy.md gives the meaning of each and the form of the file.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "actors/ledger/chain/bundle.h"
#include "messages/stage.h"

namespace tcps::ledger {

struct ReleasePolicy {
  bool all_stages = true;                                   // all ten passed and the work order is done
  std::vector<tlog::NoteKey> node_keys;                     // so many of these signed the checkpoint
  size_t node_keys_needed = 0;                              //   0: the rule is off
  bool second_signature = true;                             // every resumed quarantine has a second signature
  std::vector<std::string> builders;                        // node names or key ids; empty: the rule is off
  bool slo_kept = true;                                     // every passed stage kept its deadline
  std::array<std::optional<int64_t>, 10> slo_minutes = {};  // by stage; Standard Work's where not set
  size_t reproduced_on = 0;  // nodes that made the same build; 0: the rule is off
};

struct PolicyFinding {
  // as the file names it: "stages", "checkpoint", "quarantine", "builders", "slo", "reproduced"
  std::string rule;
  bool good = false;
  std::string what;  // what was seen
};

// One finding for each rule that is on. The bundle has passed verification: asserted.
std::vector<PolicyFinding> judge_release(const Bundle& bundle, const BundleReport& report,
                                         const ReleasePolicy& policy);

// What the release is: the subjects of the passed release receipt, or nothing without one.
std::vector<StatementSubject> release_subjects(const BundleReport& report);

}  // namespace tcps::ledger
