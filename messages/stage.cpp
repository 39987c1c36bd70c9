#include "messages/stage.h"

#include <fmt/format.h>

namespace tcps {

Result<Stage> parse_stage(std::string_view text) {
  if (const auto stage = find_word<Stage>(text)) return *stage;
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is not one of the ten stages from pull to verify", text.substr(0, 64)));
}

std::optional<Stage> next_stage(Stage stage) {
  if (stage == Stage::verify) return std::nullopt;
  return static_cast<Stage>(static_cast<uint8_t>(stage) + 1);
}

}  // namespace tcps
