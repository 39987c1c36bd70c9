#include "actors/engines/json_schema/bounds.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

namespace tcps {
namespace {

using nlohmann::json;

struct Placed {
  const json* value;
  size_t depth;
};

// Calls `visit` with every value in the tree and its depth until it answers false; says whether it never did.
// Without recursion, since depth is what is in question.
template <class Visit>
bool for_all(const json& root, Visit visit) {
  std::vector<Placed> pending{{&root, 0}};
  while (!pending.empty()) {
    const Placed at = pending.back();
    pending.pop_back();
    if (!visit(*at.value, at.depth)) return false;
    if (!at.value->is_structured()) continue;
    for (const json& child : *at.value) pending.push_back({&child, at.depth + 1});
  }
  return true;
}

const std::string* reference_in(const json& value) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find("$ref");
  return found == value.end() ? nullptr : found->get_ptr<const std::string*>();
}

Result<const json*> resolve(const json& schema, const std::string& reference) {
  if (!reference.starts_with('#')) {
    return fail(
        ErrorCode::invalid,
        fmt::format("$ref \"{}\" leads out of the schema; copy what it names into definitions", reference));
  }
  try {
    const json::json_pointer pointer(reference.substr(1));
    if (schema.contains(pointer)) return &schema.at(pointer);
  } catch (const json::exception&) {
    // No JSON pointer: it leads nowhere either.
  }
  return fail(ErrorCode::invalid, fmt::format("$ref \"{}\" leads nowhere; correct it", reference));
}

// Follows the keywords by which a schema applies other schemas to the same value. A circle of these would
// make validation endless; circles through properties or items end with the document.
class SameValueWalk {
 public:
  explicit SameValueWalk(const json& schema) : schema_(schema) {}

  Status visit(const json& at) {
    if (!at.is_object() || finished_.contains(&at)) return {};
    if (!open_.insert(&at).second || open_.size() > open_max) {
      return fail(ErrorCode::invalid,
                  "schema applies itself to the same value without end; break the circle of $ref");
    }
    const auto applied = TCPS_TRY(applied_by(at));
    for (const json* next : applied) {
      TCPS_TRY(visit(*next));
    }
    open_.erase(&at);
    finished_.insert(&at);
    return {};
  }

 private:
  static constexpr size_t open_max = 200;

  Result<std::vector<const json*>> applied_by(const json& at) const {
    std::vector<const json*> applied;
    if (const std::string* reference = reference_in(at)) {
      const auto target = TCPS_TRY(resolve(schema_, *reference));
      applied.push_back(target);
      return applied;
    }
    for (const auto* keyword : {"not", "if", "then", "else"}) {
      if (const auto found = at.find(keyword); found != at.end()) applied.push_back(&*found);
    }
    for (const auto* keyword : {"allOf", "anyOf", "oneOf", "dependencies"}) {
      const auto found = at.find(keyword);
      if (found == at.end() || !found->is_structured()) continue;
      for (const json& member : *found) applied.push_back(&member);
    }
    return applied;
  }

  const json& schema_;
  std::unordered_set<const json*> open_;
  std::unordered_set<const json*> finished_;
};

Status check_pattern(const std::string& pattern) {
  constexpr size_t pattern_bytes_max = 1000;
  if (pattern.size() > pattern_bytes_max) {
    return fail(ErrorCode::invalid,
                fmt::format("a pattern has {} bytes; it may have {}: use several, by allOf", pattern.size(),
                            pattern_bytes_max));
  }
  const RE2 regex(pattern, RE2::Quiet);
  if (regex.ok()) return {};
  return fail(ErrorCode::invalid,
              fmt::format("the pattern \"{}\" is refused: {}; write it without", pattern, regex.error()));
}

}  // namespace

Status check_depth(const json& value, size_t depth_max) {
  if (for_all(value, [&](const json&, size_t depth) { return depth <= depth_max; })) return {};
  return fail(ErrorCode::invalid, fmt::format("JSON nests deeper than {} levels; flatten it", depth_max));
}

Status check_references(const json& schema) {
  Status status;
  SameValueWalk walk(schema);
  for_all(schema, [&](const json& value, size_t) {
    status = walk.visit(value);
    return status.has_value();
  });
  return status;
}

Status check_patterns(const json& schema) {
  Status status;
  for_all(schema, [&](const json& value, size_t) {
    if (!value.is_object()) return true;
    if (const auto pattern = value.find("pattern"); pattern != value.end() && pattern->is_string())
      status = check_pattern(pattern->get_ref<const std::string&>());
    const auto properties = value.find("patternProperties");
    if (properties == value.end() || !properties->is_object()) return status.has_value();
    for (auto each = properties->begin(); status && each != properties->end(); ++each)
      status = check_pattern(each.key());
    return status.has_value();
  });
  return status;
}

bool uses_patterns(const json& schema) {
  return !for_all(schema, [](const json& value, size_t) {
    return !value.is_object() ||
           !(value.contains("pattern") || value.contains("patternProperties") || value.contains("format"));
  });
}

Status check_string_lengths(const json& value, size_t bytes_max) {
  const bool fits = for_all(value, [&](const json& at, size_t) {
    if (const auto* text = at.get_ptr<const std::string*>()) return text->size() <= bytes_max;
    if (const auto* object = at.get_ptr<const json::object_t*>()) {
      for (const auto& [key, member] : *object) {
        if (key.size() > bytes_max) return false;
      }
    }
    return true;
  });
  if (fits) return {};
  return fail(
      ErrorCode::invalid,
      fmt::format("JSON holds a string of more than {} bytes, too long for patterns; shorten it", bytes_max));
}

}  // namespace tcps
