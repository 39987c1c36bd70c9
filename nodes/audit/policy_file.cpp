#include "nodes/audit/policy_file.h"

#include <fmt/format.h>

#include <optional>

#include "nodes/toml/key_table.h"

namespace tcps::audit {
namespace {

using namespace toml_keys;

constexpr int64_t count_max = 1000;
constexpr int64_t minutes_max = 100'000;

// What a file says; the number of keys that must have signed is judged when both are known.
struct Said {
  PolicyFile policy;
  std::optional<size_t> keys_needed;
};

ledger::ReleasePolicy& rules(Said& said) { return said.policy.rules; }

Key<Said> deadline(Stage stage) {
  const size_t row = static_cast<size_t>(stage) - 1;
  return converted_number<Said>(
      fmt::format("slo.{}_minutes", to_string(stage)), 0, minutes_max, "a stage's own deadline",
      [row](int64_t minutes, Said& out) { rules(out).slo_minutes[row] = minutes; },
      [](const Said&) { return std::string(); });
}

Key<Said> keys_needed() {
  return converted_number<Said>(
      "checkpoint.at_least", 0, count_max, "so many of the keys signed the checkpoint",
      [](int64_t count, Said& out) { out.keys_needed = static_cast<size_t>(count); },
      [](const Said&) { return std::string(); });
}

KeyTable<Said> make_keys() {
  std::vector<Key<Said>> keys = {
      flag(
          "stages.all", +[](Said & s) -> auto& { return rules(s).all_stages; }, "all ten stages passed"),
      parsed_list(
          "checkpoint.node_keys", +[](Said & s) -> auto& { return rules(s).node_keys; }, tlog::NoteKey::parse,
          std::mem_fn(&tlog::NoteKey::format), "keys of replicas"),
      keys_needed(),
      flag(
          "quarantine.second_signature", +[](Said & s) -> auto& { return rules(s).second_signature; },
          "nobody resumes on one person's word"),
      texts(
          "builders.allowed", +[](Said & s) -> auto& { return rules(s).builders; }, "of the passed build"),
      flag(
          "slo.kept", +[](Said & s) -> auto& { return rules(s).slo_kept; }, "deadlines were kept"),
      number(
          "reproduced.nodes", +[](Said & s) -> auto& { return rules(s).reproduced_on; }, 0, count_max,
          "so many nodes made the same build"),
      text(
          "verifier.id", +[](Said & s) -> auto& { return s.policy.verifier_id; }, "of the summary"),
      texts(
          "verifier.levels", +[](Said & s) -> auto& { return s.policy.levels; }, "of a passed check")};
  for (const Stage stage : all_stages) keys.push_back(deadline(stage));
  return {
      std::move(keys),
      "keys stand in [stages], [checkpoint], [quarantine], [builders], [slo], [reproduced] and [verifier]"};
}

}  // namespace

Result<PolicyFile> parse_policy(std::string_view text, const std::string& name) {
  static const KeyTable<Said> keys = make_keys();
  const auto root = TCPS_TRY(parse_toml(text, name));
  Problems problems(name);
  Said said;
  keys.read(root, said, problems);
  const size_t listed = rules(said).node_keys.size();
  rules(said).node_keys_needed = said.keys_needed.value_or(listed);
  if (rules(said).node_keys_needed > listed)
    problems.add(root, "checkpoint.at_least", "asks for more keys than checkpoint.node_keys lists");
  TCPS_TRY(problems.status());
  return std::move(said.policy);
}

}  // namespace tcps::audit
