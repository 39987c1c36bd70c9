// Filters that take an array, or what an array, an object and a text have in common.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "actors/engines/tera/catalogue.h"
#include "actors/engines/tera/text.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

const json& array_of(const json& value) {
  if (!value.is_array()) throw Misuse{fmt::format("takes an array, not {}", value.type_name())};
  return value;
}

json first(const json& value, const Arguments&) { return array_of(value).empty() ? json("") : value.front(); }
json last(const json& value, const Arguments&) { return array_of(value).empty() ? json("") : value.back(); }

json nth(const json& value, const Arguments& arguments) {
  arguments.need("n");
  int64_t index = arguments.integer_or("n", 0);
  if (index < 0) throw Misuse{"takes an 'n' of at least 0"};
  return size_t(index) < array_of(value).size() ? value[size_t(index)] : json("");
}

json join(const json& value, const Arguments& arguments) {
  std::string separator = arguments.text_or("sep", "");
  std::string out;
  for (size_t i = 0; i < array_of(value).size(); ++i) {
    if (i > 0) out += separator;
    out += value_text(value[i]);
    arguments.check_size(out.size());
  }
  return out;
}

json length(const json& value, const Arguments&) {
  if (value.is_string()) return count_characters(value.get_ref<const std::string&>());
  if (!value.is_structured())
    throw Misuse{fmt::format("takes an array, an object or a text, not {}", value.type_name())};
  return value.size();
}

json reverse(const json& value, const Arguments&) {
  if (value.is_string()) {
    auto all = characters(value.get_ref<const std::string&>());
    std::string out;
    for (auto at = all.rbegin(); at != all.rend(); ++at) out += *at;
    return out;
  }
  json out = array_of(value);
  std::reverse(out.begin(), out.end());
  return out;
}

// Orders values of one kind as Tera does: numbers, texts, booleans; arrays by their length.
int compare(const json& a, const json& b) {
  if (a.is_number() && b.is_number()) return a < b ? -1 : b < a ? 1 : 0;
  if (a.is_array() && b.is_array()) return a.size() < b.size() ? -1 : b.size() < a.size() ? 1 : 0;
  if ((a.is_string() && b.is_string()) || (a.is_boolean() && b.is_boolean()))
    return a < b ? -1 : b < a ? 1 : 0;
  throw Misuse{
      fmt::format("cannot put {} and {} in order; sort values of one kind", a.type_name(), b.type_name())};
}

json sort(const json& value, const Arguments& arguments) {
  std::string attribute = arguments.text_or("attribute", "");
  std::vector<std::pair<const json*, const json*>> keyed;  // key, item
  for (const json& item : array_of(value)) {
    const json* key = attribute.empty() ? &item : member_at(item, attribute);
    if (!key)
      throw Misuse{fmt::format("an item has no '{}' to sort by", attribute), ErrorKind::missing_variable};
    if (key->is_object() || key->is_null())
      throw Misuse{fmt::format("cannot sort by {}; name an attribute", key->type_name())};
    if (!keyed.empty()) compare(*keyed.front().first, *key);
    keyed.emplace_back(key, &item);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return compare(*a.first, *b.first) < 0; });
  json out = json::array();
  for (const auto& [key, item] : keyed) out.push_back(*item);
  return out;
}

json unique(const json& value, const Arguments& arguments) {
  std::string attribute = arguments.text_or("attribute", "");
  bool case_sensitive = arguments.boolean_or("case_sensitive", false);
  std::set<json> seen;
  json out = json::array();
  for (const json& item : array_of(value)) {
    const json* key = attribute.empty() ? &item : member_at(item, attribute);
    if (!key) continue;
    bool is_folded = key->is_string() && !case_sensitive;
    if (seen.insert(is_folded ? json(to_lower(key->get_ref<const std::string&>())) : *key).second)
      out.push_back(item);
  }
  return out;
}

json slice(const json& value, const Arguments& arguments) {
  auto size = int64_t(array_of(value).size());
  auto place = [&](int64_t index) { return std::clamp<int64_t>(index < 0 ? index + size : index, 0, size); };
  int64_t begin = place(arguments.integer_or("start", 0)), end = place(arguments.integer_or("end", size));
  json out = json::array();
  for (int64_t i = begin; i < end; ++i) out.push_back(value[size_t(i)]);
  return out;
}

json group_by(const json& value, const Arguments& arguments) {
  const std::string& attribute = arguments.text("attribute");
  json out = json::object();
  for (const json& item : array_of(value)) {
    const json* key = member_at(item, attribute);
    if (!key || key->is_null()) continue;
    auto& group = out[value_text(*key)];
    if (group.is_null()) group = json::array();
    group.push_back(item);
  }
  return out;
}

json filter(const json& value, const Arguments& arguments) {
  const std::string& attribute = arguments.text("attribute");
  const json* wanted = arguments.find("value");
  json out = json::array();
  for (const json& item : array_of(value)) {
    const json* found = member_at(item, attribute);
    if (found && !found->is_null() && (!wanted || *found == *wanted)) out.push_back(item);
  }
  return out;
}

json map(const json& value, const Arguments& arguments) {
  const std::string& attribute = arguments.text("attribute");
  json out = json::array();
  for (const json& item : array_of(value)) {
    const json* found = member_at(item, attribute);
    if (found && !found->is_null()) out.push_back(*found);
  }
  return out;
}

json concat(const json& value, const Arguments& arguments) {
  const json& with = arguments.need("with");
  json out = array_of(value);
  if (!with.is_array()) {
    out.push_back(with);
    return out;
  }
  for (const json& item : with) out.push_back(item);
  return out;
}

json get(const json& value, const Arguments& arguments) {
  if (!value.is_object()) throw Misuse{fmt::format("takes an object, not {}", value.type_name())};
  const std::string& key = arguments.text("key");
  if (const json* found = member(value, key)) return *found;
  if (const json* otherwise = arguments.find("default")) return *otherwise;
  throw Misuse{fmt::format("the object has no '{}'; add it to the data, or give a 'default'", key),
               ErrorKind::missing_variable};
}

constexpr Filter array_filter_table[] = {{"first", "", first},
                                         {"last", "", last},
                                         {"nth", "n", nth},
                                         {"join", "sep", join},
                                         {"length", "", length},
                                         {"reverse", "", reverse},
                                         {"sort", "attribute", sort},
                                         {"unique", "attribute case_sensitive", unique},
                                         {"slice", "start end", slice},
                                         {"group_by", "attribute", group_by},
                                         {"filter", "attribute value", filter},
                                         {"map", "attribute", map},
                                         {"concat", "with", concat},
                                         {"get", "key default", get}};

}  // namespace

std::span<const Filter> array_filters() { return array_filter_table; }

}  // namespace tcps::tera
