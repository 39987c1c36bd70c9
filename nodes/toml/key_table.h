// The keys of a TOML file that people write, each said once: where it stands, what it fills, its range and its
// meaning. What the file does not say stays as it is, so that a default is said once too, by the struct.
//
//   const KeyTable<Config> keys({
//       number("bus.replicas", &Config::replicas, 1, 5, "copies on the bus"),
//       text("bus.url", &Config::url, "where the bus is"),
//   });
//
// A path has dots between tables. Reading tells every problem: unknown keys, wrong types, values out of range, keys
// that are missing. line.toml has a table of its own (actors/stages/standard_work/schema.h), which knows
// placeholders in paths, lists of commands and defaults that depend on one another.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/toml/keys.h"
#include "nodes/toml/toml_file.h"

namespace tcps::toml_keys {

template <class T>
class KeyTable {
 public:
  // `help`: where an unknown key is looked up.
  KeyTable(std::vector<Key<T>> keys, std::string help) : keys_(std::move(keys)), help_(std::move(help)) {}

  // `prefix` stands before every path in problems ("line.").
  void read(const toml::table& table, T& out, Problems& problems, const std::string& prefix = {}) const {
    std::set<std::string> seen;
    read_table(table, "", out, problems, prefix, seen);
    for (const auto& key : keys_) {
      if (key.is_required && !seen.contains(key.path))
        problems.add(table, prefix + key.path, "is missing: " + key.meaning);
    }
  }

  // A line for each key: path, default, meaning with range.
  std::string describe(const T& defaults, const std::string& prefix = {}) const {
    std::string text;
    for (const auto& key : keys_) {
      text += fmt::format("{:<30} default {:<12} {}\n", prefix + key.path,
                          key.is_required ? "(required)" : key.written(defaults), key.meaning);
    }
    return text;
  }

  // What differs from T's defaults, a line "key = value" for each; for paths without a dot.
  std::string write(const T& from) const {
    const T defaults{};
    std::string text;
    for (const auto& key : keys_) {
      const auto value = key.written(from);
      if (value != key.written(defaults)) text += fmt::format("{} = {}\n", key.path, value);
    }
    return text;
  }

 private:
  const Key<T>* find(const std::string& path) const {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [&](const Key<T>& key) { return key.path == path; });
    return found == keys_.end() ? nullptr : &*found;
  }
  bool leads_on(const std::string& path) const {
    return std::any_of(keys_.begin(), keys_.end(),
                       [&](const Key<T>& key) { return key.path.starts_with(path + "."); });
  }

  void read_table(const toml::table& table, const std::string& parent, T& out, Problems& problems,
                  const std::string& prefix, std::set<std::string>& seen) const {
    for (const auto& [name, node] : table) {
      const std::string path = parent + std::string(name.str());
      if (node.is_table() && leads_on(path)) {
        read_table(*node.as_table(), path + ".", out, problems, prefix, seen);
      } else if (const auto* key = find(path); key == nullptr) {
        problems.add(node, prefix + path, "unknown key; " + help_);
      } else {
        seen.insert(path);
        if (const auto wrong = key->read(node, out)) problems.add(node, prefix + path, *wrong);
      }
    }
  }

  std::vector<Key<T>> keys_;
  std::string help_;
};

}  // namespace tcps::toml_keys
