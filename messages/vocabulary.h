// The words of a line's messages: their kinds, who may say what, what calls for help are about, what is
// decided. Each is an enum with one table (messages/words.h); docs/formats/receipt.md lists them for readers
// of a ledger.
#pragma once

#include <cstdint>
#include <set>

#include "messages/words.h"

namespace tcps {

namespace proto {
class AndonRaised;
class AndonResolved;
class PublicKeyEntry;
class Receipt;
class ReplicaChanged;
class RoleClaimed;
class WorkOrderDecision;
}  // namespace proto

// ---- what is said

// The kinds of messages, in the order of Predicate (messages/line_message.h).
enum class MessageKind : uint8_t {
  genesis,
  acceptance,
  receipt,
  dispatch,
  andon_raised,
  andon_acknowledged,
  andon_escalated,
  andon_resolved,
  decision,
  wip_changed,
  role_claimed,
  key_added,
  key_revoked,
  replica_changed,
  evidence,
  product_changed,
  epoch_begun,
};

template <>
struct Vocabulary<MessageKind> {
  static constexpr std::string_view name = "kind of message";
  static constexpr std::array rows = {
      Word{MessageKind::genesis, "genesis"},
      Word{MessageKind::acceptance, "acceptance"},
      Word{MessageKind::receipt, "receipt"},
      Word{MessageKind::dispatch, "dispatch"},
      Word{MessageKind::andon_raised, "andon-raised"},
      Word{MessageKind::andon_acknowledged, "andon-acknowledged"},
      Word{MessageKind::andon_escalated, "andon-escalated"},
      Word{MessageKind::andon_resolved, "andon-resolved"},
      Word{MessageKind::decision, "decision"},
      Word{MessageKind::wip_changed, "wip-changed"},
      Word{MessageKind::role_claimed, "role-claimed"},
      Word{MessageKind::key_added, "key-added"},
      Word{MessageKind::key_revoked, "key-revoked"},
      Word{MessageKind::replica_changed, "replica-changed"},
      Word{MessageKind::evidence, "evidence"},
      Word{MessageKind::product_changed, "product-changed"},
      Word{MessageKind::epoch_begun, "epoch-begun"},
  };
};

// ---- who may say what

enum class Role : uint8_t { root, operator_, station, intake, planner, supervisor, replica };

struct RoleWord {
  Role value;
  std::string_view text;
  bool is_claimed = false;  // held by one node at a time, which claims it for a term
};

template <>
struct Vocabulary<Role> {
  static constexpr std::string_view name = "role";
  static constexpr std::array rows = {
      RoleWord{Role::root, "root"},
      RoleWord{Role::operator_, "operator"},
      RoleWord{Role::station, "station"},
      RoleWord{Role::intake, "intake"},
      RoleWord{.value = Role::planner, .text = "planner", .is_claimed = true},
      RoleWord{.value = Role::supervisor, .text = "supervisor", .is_claimed = true},
      RoleWord{Role::replica, "replica"},
  };
};

constexpr bool is_claimed(Role role) { return row_of(role).is_claimed; }

// The roles of a key. A role that is not of the vocabulary gives no right: whoever must not pass over one
// reads the texts.
std::set<Role> roles_of(const proto::PublicKeyEntry& key);
bool has_role(const proto::PublicKeyEntry& key, Role role);
// The role that a node claims. Errors: invalid, also for a role that is not claimed.
Result<Role> claimed_role_of(const proto::RoleClaimed& message);

// ---- calls for help

enum class AndonKind : uint8_t { stage_failed, pulled, forgery, crash_loop, overdue, systemic, diverged };

struct AndonWord {
  AndonKind value;
  std::string_view text;
  bool stops = false;  // a call that names no work order stops its stage, or the line when it names none
};

template <>
struct Vocabulary<AndonKind> {
  static constexpr std::string_view name = "kind of call";
  static constexpr std::array rows = {
      AndonWord{AndonKind::stage_failed, "stage_failed"},
      AndonWord{.value = AndonKind::pulled, .text = "pulled", .stops = true},
      AndonWord{AndonKind::forgery, "forgery"},
      AndonWord{AndonKind::crash_loop, "crash_loop"},
      AndonWord{AndonKind::overdue, "overdue"},
      AndonWord{.value = AndonKind::systemic, .text = "systemic", .stops = true},
      AndonWord{.value = AndonKind::diverged, .text = "diverged", .stops = true},
  };
};

constexpr bool stops(AndonKind kind) { return row_of(kind).stops; }
Result<AndonKind> andon_kind_of(const proto::AndonRaised& message);  // Errors: invalid

enum class Severity : uint8_t { critical, high, medium };

template <>
struct Vocabulary<Severity> {
  static constexpr std::string_view name = "severity";
  static constexpr std::array rows = {
      Word{Severity::critical, "critical"},
      Word{Severity::high, "high"},
      Word{Severity::medium, "medium"},
  };
};

// What becomes of the work order when a call about it is resolved.
enum class Disposition : uint8_t { resume, keep, cancel };

template <>
struct Vocabulary<Disposition> {
  static constexpr std::string_view name = "disposition";
  static constexpr std::array rows = {
      Word{Disposition::resume, "resume"},
      Word{Disposition::keep, "keep"},
      Word{Disposition::cancel, "cancel"},
  };
};

Result<Disposition> disposition_of(const proto::AndonResolved& message);  // Errors: invalid

// ---- work orders

// What a person decides of one.
enum class Decision : uint8_t { quarantine, resume, hold, cancel };

template <>
struct Vocabulary<Decision> {
  static constexpr std::string_view name = "decision";
  static constexpr std::array rows = {
      Word{Decision::quarantine, "quarantine"},
      Word{Decision::resume, "resume"},
      Word{Decision::hold, "hold"},
      Word{Decision::cancel, "cancel"},
  };
};

Result<Decision> decision_of(const proto::WorkOrderDecision& message);  // Errors: invalid

// The outcome of a stage.
enum class ReceiptStatus : uint8_t { completed, failed };

template <>
struct Vocabulary<ReceiptStatus> {
  static constexpr std::string_view name = "status";
  static constexpr std::array rows = {
      Word{ReceiptStatus::completed, "completed"},
      Word{ReceiptStatus::failed, "failed"},
  };
};

Result<ReceiptStatus> status_of(const proto::Receipt& message);  // Errors: invalid

// Heijunka classes, in the order in which Standard Work allocates their slots.
enum class Bucket : uint8_t { reliability, security, features, compliance, debt };

template <>
struct Vocabulary<Bucket> {
  static constexpr std::string_view name = "bucket";
  static constexpr std::array rows = {
      Word{Bucket::reliability, "reliability"},
      Word{Bucket::security, "security"},
      Word{Bucket::features, "features"},
      Word{Bucket::compliance, "compliance"},
      Word{Bucket::debt, "debt"},
  };
};

inline constexpr auto all_buckets = all_words<Bucket>;

enum class Priority : uint8_t { critical, high, medium, low };

template <>
struct Vocabulary<Priority> {
  static constexpr std::string_view name = "priority";
  static constexpr std::array rows = {
      Word{Priority::critical, "critical"},
      Word{Priority::high, "high"},
      Word{Priority::medium, "medium"},
      Word{Priority::low, "low"},
  };
};

Result<Priority> parse_priority(std::string_view text);  // empty is medium. Errors: invalid

// ---- replicas

enum class ReplicaChange : uint8_t { added, ejected };

template <>
struct Vocabulary<ReplicaChange> {
  static constexpr std::string_view name = "change";
  static constexpr std::array rows = {
      Word{ReplicaChange::added, "added"},
      Word{ReplicaChange::ejected, "ejected"},
  };
};

Result<ReplicaChange> replica_change_of(const proto::ReplicaChanged& message);  // Errors: invalid

}  // namespace tcps
