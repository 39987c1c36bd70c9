#include "messages/vocabulary.h"

#include "messages/proto/line.pb.h"

namespace tcps {

std::set<Role> roles_of(const proto::PublicKeyEntry& key) {
  std::set<Role> roles;
  for (const std::string& text : key.roles()) {
    if (const auto role = find_word<Role>(text)) roles.insert(*role);
  }
  return roles;
}

bool has_role(const proto::PublicKeyEntry& key, Role role) { return roles_of(key).contains(role); }

Result<Role> claimed_role_of(const proto::RoleClaimed& message) {
  const auto role = TCPS_TRY(parse_word<Role>(message.role()));
  if (is_claimed(role)) return role;
  return fail(ErrorCode::invalid, "only planner and supervisor are claimed");
}

Result<AndonKind> andon_kind_of(const proto::AndonRaised& message) {
  return parse_word<AndonKind>(message.kind());
}

Result<Disposition> disposition_of(const proto::AndonResolved& message) {
  return parse_word<Disposition>(message.disposition());
}

Result<Decision> decision_of(const proto::WorkOrderDecision& message) {
  return parse_word<Decision>(message.decision());
}

Result<ReceiptStatus> status_of(const proto::Receipt& message) {
  return parse_word<ReceiptStatus>(message.status());
}

Result<Priority> parse_priority(std::string_view text) {
  return text.empty() ? Priority::medium : parse_word<Priority>(text);
}

Result<ReplicaChange> replica_change_of(const proto::ReplicaChanged& message) {
  return parse_word<ReplicaChange>(message.change());
}

}  // namespace tcps
