// The ten stages of Standard Work with their deadlines, and the classes of its schedule. The numbers and
// names come from "TCPS Standard Work Procedures" 1.0.0. What can go wrong at a stage: failure_mode.h.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/words.h"

namespace tcps {

enum class Stage : uint8_t {
  pull = 1,
  plan,
  generate,
  extract,
  render,
  build,
  test,
  release,
  publish,
  verify
};

struct StageWord {
  Stage value;
  std::string_view text;
  std::chrono::minutes slo;  // Standard Work's deadline for one work order
};

template <>
struct Vocabulary<Stage> {
  static constexpr std::string_view name = "stage";
  static constexpr std::array rows = {
      StageWord{Stage::pull, "pull", std::chrono::minutes(5)},
      StageWord{Stage::plan, "plan", std::chrono::minutes(10)},
      StageWord{Stage::generate, "generate", std::chrono::minutes(30)},
      StageWord{Stage::extract, "extract", std::chrono::minutes(15)},
      StageWord{Stage::render, "render", std::chrono::minutes(20)},
      StageWord{Stage::build, "build", std::chrono::minutes(10)},
      StageWord{Stage::test, "test", std::chrono::minutes(30)},
      StageWord{Stage::release, "release", std::chrono::minutes(15)},
      StageWord{Stage::publish, "publish", std::chrono::minutes(20)},
      StageWord{Stage::verify, "verify", std::chrono::minutes(15)},
  };
};

inline constexpr auto all_stages = all_words<Stage>;

Result<Stage> parse_stage(std::string_view text);  // Errors: invalid
std::optional<Stage> next_stage(Stage stage);      // nothing after verify
constexpr std::chrono::minutes standard_slo(Stage stage) { return row_of(stage).slo; }

}  // namespace tcps
