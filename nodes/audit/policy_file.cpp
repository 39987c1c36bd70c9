#include "nodes/audit/policy_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <optional>
#include <set>

namespace tcps::audit {
namespace {

constexpr int64_t count_max = 1000;
constexpr int64_t minutes_max = 100'000;

// Reads a file's keys; the first wrong one is the error.
class Reader {
 public:
  Reader(const toml::table& root, std::string name) : root_(root), name_(std::move(name)) {}

  void flag(std::string_view path, bool& value) {
    if (const auto* node = take(path)) {
      if (node->is_boolean()) {
        value = **node->as_boolean();
      } else {
        wrong(path, *node, "must be true or false");
      }
    }
  }
  std::optional<int64_t> number(std::string_view path, int64_t most) {
    const auto* node = take(path);
    if (node == nullptr) return std::nullopt;
    if (node->is_integer() && **node->as_integer() >= 0 && **node->as_integer() <= most)
      return **node->as_integer();
    wrong(path, *node, fmt::format("must be a whole number from 0 to {}", most));
    return std::nullopt;
  }
  void text(std::string_view path, std::string& value) {
    if (const auto* node = take(path)) {
      if (node->is_string()) {
        value = **node->as_string();
      } else {
        wrong(path, *node, "must be a text");
      }
    }
  }
  void texts(std::string_view path, std::vector<std::string>& values) {
    const auto* node = take(path);
    if (node == nullptr) return;
    values.clear();
    const auto* list = node->as_array();
    if (list == nullptr) return wrong(path, *node, "must be a list of texts");
    for (const auto& element : *list) {
      if (!element.is_string()) return wrong(path, element, "must be a list of texts");
      values.push_back(**element.as_string());
    }
  }
  void wrong(std::string_view path, const std::string& what) { wrong(path, root_, what); }

  // Errors: invalid, also for a key that was not asked for.
  Status finish() {
    for (const auto& [group, node] : root_) {
      const auto* table = node.as_table();
      if (table == nullptr) {
        wrong(group.str(), node,
              "is not known; keys stand in [stages], [checkpoint], [quarantine], [builders], "
              "[slo], [reproduced] and [verifier]");
        continue;
      }
      for (const auto& [key, value] : *table) {
        const std::string path = fmt::format("{}.{}", group.str(), key.str());
        if (!known_.contains(path)) wrong(path, value, "is not known");
      }
    }
    return status_;
  }

 private:
  const toml::node* take(std::string_view path) {
    known_.emplace(path);
    return root_.at_path(path).node();
  }
  void wrong(std::string_view path, const toml::node& node, const std::string& what) {
    if (status_) {
      status_ = fail(ErrorCode::invalid,
                     fmt::format("{}: line {}: {} {}", name_, node.source().begin.line, path, what));
    }
  }

  const toml::table& root_;
  std::string name_;
  std::set<std::string> known_;
  Status status_;
};

void read_checkpoint_rule(Reader& reader, ledger::ReleasePolicy& rules) {
  std::vector<std::string> keys;
  reader.texts("checkpoint.node_keys", keys);
  for (const std::string& text : keys) {
    auto key = tlog::NoteKey::parse(text);
    if (!key) return reader.wrong("checkpoint.node_keys", key.error().message);
    rules.node_keys.push_back(std::move(*key));
  }
  rules.node_keys_needed = static_cast<size_t>(
      reader.number("checkpoint.at_least", count_max).value_or(static_cast<int64_t>(rules.node_keys.size())));
  if (rules.node_keys_needed > rules.node_keys.size())
    reader.wrong("checkpoint.at_least", "asks for more keys than checkpoint.node_keys lists");
}

}  // namespace

Result<PolicyFile> parse_policy(std::string_view text, const std::string& name) {
  toml::table root;
  try {
    root = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid,
                fmt::format("{}: line {}: {}", name, error.source().begin.line, error.description()));
  }
  PolicyFile policy;
  Reader reader(root, name);
  reader.flag("stages.all", policy.rules.all_stages);
  read_checkpoint_rule(reader, policy.rules);
  reader.flag("quarantine.second_signature", policy.rules.second_signature);
  reader.texts("builders.allowed", policy.rules.builders);
  reader.flag("slo.kept", policy.rules.slo_kept);
  for (const Stage stage : all_stages) {
    policy.rules.slo_minutes[static_cast<size_t>(stage) - 1] =
        reader.number(fmt::format("slo.{}_minutes", to_string(stage)), minutes_max);
  }
  policy.rules.reproduced_on = static_cast<size_t>(reader.number("reproduced.nodes", count_max).value_or(0));
  reader.text("verifier.id", policy.verifier_id);
  reader.texts("verifier.levels", policy.levels);
  TCPS_TRY(reader.finish());
  return policy;
}

}  // namespace tcps::audit
