#include "actors/supervisor/role_publishing.h"

#include <spdlog/spdlog.h>

namespace tcps::supervisor {

proto::LogOrigin event_origin(const RoleConfig& config) {
  return config.line_view->read([&](const line::LineState& line) {
    return line::log_origin(config.line, line.genesis(), line.position());
  });
}

void publish(const RoleConfig& config, const Predicate& predicate, bus::PublishHandler handler) {
  auto sealed = line::seal_predicate(config.line, predicate, {}, {}, *config.signer);
  if (!sealed) {
    spdlog::error("line {}: a message cannot be sealed: {}", config.line.str(), sealed.error().message);
    return handler(fail(sealed.error()));
  }
  config.bus->publish({config.stream, sealed->subject, std::move(sealed->bytes), {}, std::nullopt},
                      std::move(handler));
}

void publish_claim(const RoleConfig& config, Role role, uint32_t term) {
  proto::RoleClaimed claim;
  *claim.mutable_log() = event_origin(config);
  claim.set_role(std::string(to_string(role)));
  claim.set_term(term);
  claim.set_node(config.node.str());
  spdlog::info("line {}: {} claims the role {} for term {}", config.line.str(), config.node.str(),
               claim.role(), term);
  publish(config, claim);
}

}  // namespace tcps::supervisor
