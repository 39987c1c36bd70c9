#include "messages/stage.h"

#include <fmt/format.h>

namespace tcps {
namespace {

struct StandardWork {
  std::string_view name;
  std::chrono::minutes slo;
};

constexpr std::array<StandardWork, 10> standard_work = {{
    {"pull", std::chrono::minutes(5)},
    {"plan", std::chrono::minutes(10)},
    {"generate", std::chrono::minutes(30)},
    {"extract", std::chrono::minutes(15)},
    {"render", std::chrono::minutes(20)},
    {"build", std::chrono::minutes(10)},
    {"test", std::chrono::minutes(30)},
    {"release", std::chrono::minutes(15)},
    {"publish", std::chrono::minutes(20)},
    {"verify", std::chrono::minutes(15)},
}};

constexpr std::array<std::string_view, 5> bucket_names = {"reliability", "security", "features", "compliance",
                                                          "debt"};

const StandardWork& work_of(Stage stage) {
  const auto index = static_cast<size_t>(stage) - 1;
  TCPS_CHECK(index < standard_work.size());
  return standard_work[index];
}

}  // namespace

std::string_view to_string(Stage stage) { return work_of(stage).name; }

Result<Stage> parse_stage(std::string_view text) {
  for (Stage stage : all_stages) {
    if (to_string(stage) == text) return stage;
  }
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is not one of the ten stages from pull to verify", text.substr(0, 64)));
}

std::optional<Stage> next_stage(Stage stage) {
  if (stage == Stage::verify) return std::nullopt;
  return static_cast<Stage>(static_cast<uint8_t>(stage) + 1);
}

std::chrono::minutes standard_slo(Stage stage) { return work_of(stage).slo; }

std::string_view to_string(Bucket bucket) {
  const auto index = static_cast<size_t>(bucket);
  TCPS_CHECK(index < bucket_names.size());
  return bucket_names[index];
}

Result<Bucket> parse_bucket(std::string_view text) {
  for (Bucket bucket : all_buckets) {
    if (to_string(bucket) == text) return bucket;
  }
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is not a bucket: use reliability, security, features, compliance or debt",
                          text.substr(0, 64)));
}

}  // namespace tcps
