// The ten stages of Standard Work with their deadlines, and the classes of its schedule. The numbers and
// names come from "TCPS Standard Work Procedures" 1.0.0. What can go wrong at a stage: failure_mode.h.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/result.h"

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

inline constexpr std::array<Stage, 10> all_stages = {
    Stage::pull,  Stage::plan, Stage::generate, Stage::extract, Stage::render,
    Stage::build, Stage::test, Stage::release,  Stage::publish, Stage::verify};

std::string_view to_string(Stage stage);
Result<Stage> parse_stage(std::string_view text);  // Errors: invalid
std::optional<Stage> next_stage(Stage stage);      // nothing after verify
std::chrono::minutes standard_slo(Stage stage);    // Standard Work's deadline for one work order

// Heijunka classes, in the order in which Standard Work allocates their slots.
enum class Bucket : uint8_t { reliability, security, features, compliance, debt };
inline constexpr std::array<Bucket, 5> all_buckets = {Bucket::reliability, Bucket::security, Bucket::features,
                                                      Bucket::compliance, Bucket::debt};
std::string_view to_string(Bucket bucket);
Result<Bucket> parse_bucket(std::string_view text);  // Errors: invalid

}  // namespace tcps
