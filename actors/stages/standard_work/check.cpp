#include "actors/stages/standard_work/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "actors/stages/standard_work/schema.h"
#include "actors/stages/standard_work/values.h"
#include "messages/ids.h"
#include "messages/stage.h"
#include "messages/text.h"
#include "messages/version.h"

namespace tcps::line_toml {
namespace {

constexpr size_t text_bytes_max = 4096;
constexpr size_t list_items_max = 256;

// The schema's paths as a tree; a branch with a key is a leaf.
struct Branch {
  std::string path;
  std::map<std::string_view, Branch> children;
  const Key* key = nullptr;
  bool is_array = false;

  const Branch* find(std::string_view name) const {
    auto at = children.find(name);
    if (at != children.end()) return &at->second;
    bool has_wildcard = !children.empty() && children.begin()->first.front() == '<';
    return has_wildcard ? &children.begin()->second : nullptr;
  }
};

Branch make_tree() {
  Branch root;
  for (const Key& key : keys()) {
    Branch* branch = &root;
    for (std::string_view part : split(key.path, '.')) {
      bool is_array = part.ends_with("[]");
      if (is_array) part.remove_suffix(2);
      auto& child = branch->children[part];
      child.path = branch->path.empty() ? std::string(part) : fmt::format("{}.{}", branch->path, part);
      child.is_array = is_array;
      branch = &child;
    }
    branch->key = &key;
  }
  return root;
}

const Branch& tree() {
  static const Branch root = make_tree();
  return root;
}

std::string joined(std::string_view parent, std::string_view name) {
  return parent.empty() ? std::string(name) : fmt::format("{}.{}", parent, name);
}

// Nothing, or what is wrong with a text of this kind.
std::optional<std::string> text_problem(const Key& key, std::string_view text) {
  auto unless = [&](bool fine, std::string_view rule) -> std::optional<std::string> {
    if (fine) return {};
    return fmt::format("'{}' {}", text.substr(0, 80), rule);
  };
  switch (key.kind) {
    case Kind::text:
      return unless(!text.empty() && text.size() <= text_bytes_max && is_plain_text(text),
                    "must be 1 to 4096 bytes without control characters; leave the key out for none");
    case Kind::token:
      return unless(is_token(text), "is not a token; use 1 to 64 of a-z, 0-9 and '-', not starting with '-'");
    case Kind::path:
      return unless(is_repository_path(text) && text.back() != '/',
                    "is not a path inside the repository; write it relative to the root, without '.', '..' "
                    "or a final '/'");
    case Kind::target:
      return unless(is_repository_path(text),
                    "is not a path inside the tarball; write it without a leading '/', '.' or '..'");
    case Kind::glob:
      return unless(
          is_glob(text),
          "is not a glob inside the repository; write it relative to the root, with closed brackets");
    case Kind::absolute_path:
      return unless(is_absolute_path(text), "is not an absolute path; start it with '/'");
    case Kind::place:
      return unless(text == "embedded" || is_absolute_path(text),
                    "is neither 'embedded' nor an absolute path; use one of them");
    case Kind::registry:
      return unless(text == "embedded" || is_host_and_port(text),
                    "is neither 'embedded' nor host:port; use one of them");
    case Kind::version:
      if (auto version = parse_assignable_version(text); !version) return version.error().message;
      return {};
    case Kind::choice: {
      auto choices = split(key.choices, '|');
      bool known = std::find(choices.begin(), choices.end(), text) != choices.end();
      return unless(known, fmt::format("is not known; use one of {}", fmt::join(choices, ", ")));
    }
    case Kind::duration: {
      auto duration = parse_duration(text);
      if (!duration)
        return unless(false, "is not a duration; write a whole number and ms, s, m or h, as \"90s\"");
      double ms = double(duration->count());
      return unless(ms >= key.minimum && ms <= key.maximum,
                    fmt::format("is out of range; use {}", range_text(key)));
    }
    default:
      return fmt::format("must be of type {}, not text; remove the quotes", type_text(key));
  }
}

class Checker {
 public:
  explicit Checker(Problems& problems) : problems_(problems) {}

  void table(toml::table& table, const Branch& branch, const std::string& path) {
    for (auto&& [key, node] : table) member(key, node, branch, path);
    for (const auto& [name, child] : branch.children) complete(table, name, child, path);
  }

 private:
  void member(const toml::key& key, toml::node& node, const Branch& branch, const std::string& parent) {
    const Branch* child = branch.find(key.str());
    std::string path = joined(parent, key.str());
    if (!child || !wildcard_admits(*child, key)) {
      return unknown(key, path, child ? stage_names() : names_of(branch));
    }
    if (child->key) return value(node, *child->key, path);
    if (child->is_array) return tables(node, *child, path);
    if (auto* inner = node.as_table()) return table(*inner, *child, path);
    problems_.add(node.source().begin, path, fmt::format("must be a table; write [{}]", path));
  }

  static std::vector<std::string_view> names_of(const Branch& branch) {
    std::vector<std::string_view> names;
    for (const auto& [name, child] : branch.children) names.push_back(name);
    return names;
  }

  static std::vector<std::string_view> stage_names() {
    std::vector<std::string_view> names;
    for (Stage stage : all_stages) names.push_back(to_string(stage));
    return names;
  }

  static bool wildcard_admits(const Branch& branch, const toml::key& key) {
    if (branch.path == "stage.<stage>") return parse_stage(key.str()).has_value();
    if (branch.path == "demand.<source>") return is_token(key.str());
    return true;
  }

  void unknown(const toml::key& key, const std::string& path, const std::vector<std::string_view>& names) {
    auto nearest = nearest_name(key.str(), names);
    problems_.add(key.source().begin, path,
                  nearest ? fmt::format("unknown key; did you mean '{}'?", *nearest)
                          : fmt::format("unknown key; remove it, or use one of {}", fmt::join(names, ", ")));
  }

  void tables(toml::node& node, const Branch& branch, const std::string& path) {
    auto* array = node.as_array();
    if (!array || !array->is_homogeneous<toml::table>()) {
      return problems_.add(node.source().begin, path,
                           fmt::format("must be an array of tables; write [[{}]]", path));
    }
    if (too_long(*array, path)) return;
    for (size_t i = 0; i < array->size(); ++i) {
      table(*array->get_as<toml::table>(i), branch, fmt::format("{}[{}]", path, i + 1));
    }
  }

  bool too_long(const toml::array& array, const std::string& path) {
    if (array.size() <= list_items_max) return false;
    problems_.add(array.source().begin, path,
                  fmt::format("has {} items; use at most {}", array.size(), list_items_max));
    return true;
  }

  // The array that `node` must be, or nothing after having said so.
  const toml::array* list(const toml::node& node, const Key& key, const std::string& path) {
    const auto* array = node.as_array();
    if (!array) {
      problems_.add(node.source().begin, path, fmt::format("must be a {}; write it in [ ]", type_text(key)));
      return nullptr;
    }
    return too_long(*array, path) ? nullptr : array;
  }

  void value(const toml::node& node, const Key& key, const std::string& path) {
    switch (key.form) {
      case Form::one:
        return scalar(node, key, path);
      case Form::argv:
        return argv(node, key, path);
      case Form::table:
        return texts(node, key, path);
      case Form::list:
        if (const auto* items = list(node, key, path)) {
          for (const toml::node& item : *items) {
            bool empty_argument = key.kind == Kind::text && item.value<std::string>() == "";
            if (!empty_argument) scalar(item, key, path);
          }
          if (key.required && items->empty()) {
            problems_.add(node.source().begin, path,
                          fmt::format("is empty; name at least one {}", type_text(key).substr(8)));
          }
        }
        return;
      case Form::commands:
        if (const auto* items = list(node, key, path)) {
          for (const toml::node& item : *items) argv(item, key, path);
          if (key.required && items->empty())
            problems_.add(node.source().begin, path, "is empty; give at least one command");
        }
        return;
    }
  }

  void scalar(const toml::node& node, const Key& key, const std::string& path) {
    if (const auto* text = node.as_string()) {
      if (auto problem = text_problem(key, text->get())) problems_.add(node.source().begin, path, *problem);
      return;
    }
    std::optional<double> number;
    if (const auto* integer = node.as_integer()) number = double(integer->get());
    if (const auto* floating = node.as_floating_point(); floating && key.kind == Kind::number)
      number = floating->get();
    bool is_numeric = key.kind == Kind::integer || key.kind == Kind::number;
    bool fine = key.kind == Kind::boolean ? node.is_boolean() : is_numeric && number.has_value();
    if (!fine) {
      return problems_.add(node.source().begin, path,
                           fmt::format("must be of type {}; see docs/formats/line-toml.md",
                                       key.form == Form::one ? type_text(key) : type_text(key).substr(8)));
    }
    if (is_numeric && !(*number >= key.minimum && *number <= key.maximum)) {
      problems_.add(node.source().begin, path,
                    fmt::format("{:.15g} is out of range; use {}", *number, range_text(key)));
    }
  }

  void argv(const toml::node& node, const Key& key, const std::string& path) {
    const auto* words = node.as_array();
    if (!words || words->empty()) {
      return problems_.add(
          node.source().begin, path,
          "a command must be a list of a program and its arguments; write [\"program\", \"argument\"]");
    }
    if (too_long(*words, path)) return;
    for (const toml::node& word : *words) {
      const auto* text = word.as_string();
      bool empty_argument = text && text->get().empty() && &word != &words->front();
      if (empty_argument) continue;
      if (!text)
        problems_.add(word.source().begin, path, "every argument must be text; put it in quotes");
      else if (auto problem = text_problem(key, text->get()))
        problems_.add(word.source().begin, path, *problem);
    }
  }

  void texts(const toml::node& node, const Key& key, const std::string& path) {
    const auto* table = node.as_table();
    if (!table)
      return problems_.add(node.source().begin, path,
                           fmt::format("must be a table of texts; write [{}]", path));
    if (table->size() > list_items_max) {
      return problems_.add(node.source().begin, path,
                           fmt::format("has {} items; use at most {}", table->size(), list_items_max));
    }
    for (auto&& [name, item] : *table) {
      const auto* text = item.as_string();
      std::string item_path = joined(path, name.str());
      if (!text)
        problems_.add(item.source().begin, item_path, "must be text; put it in quotes");
      else if (auto problem = text->get().empty() ? std::nullopt : text_problem(key, text->get())) {
        problems_.add(item.source().begin, item_path, *problem);
      }
    }
  }

  // Puts what `table` lacks: a default, an empty table of defaults, or a problem when it is required.
  void complete(toml::table& table, std::string_view name, const Branch& child, const std::string& parent) {
    if (table.contains(name) || name.front() == '<' || child.is_array) return;
    if (!child.key) {
      if (is_optional_table(child.path) || child.children.begin()->first.front() == '<') return;
      bool needed = std::any_of(child.children.begin(), child.children.end(), [](const auto& entry) {
        return entry.second.key && entry.second.key->required;
      });
      if (needed)
        return problems_.add({1, 1}, joined(parent, name),
                             fmt::format("is missing; add [{}]", joined(parent, name)));
      table.insert(name, toml::table{});
      return this->table(*table.get_as<toml::table>(name), child, joined(parent, name));
    }
    if (child.key->required) {
      auto position = table.source().begin;
      return problems_.add(position ? position : toml::source_position{1, 1}, joined(parent, name),
                           fmt::format("is missing; add it, a {}", type_text(*child.key)));
    }
    if (child.key->default_value.empty() || child.key->default_value.front() == '(') return;
    table.insert(name, *toml::parse(fmt::format("v = {}", child.key->default_value)).get("v"));
  }

  Problems& problems_;
};

}  // namespace

void Problems::add(toml::source_position position, std::string key, std::string text) {
  if (problems_.size() < count_max) problems_.push_back({position, std::move(key), std::move(text)});
}

std::string Problems::message(std::string_view file_name) const {
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem& a, const Problem& b) { return a.position < b.position; });
  std::string out;
  for (const Problem& problem : sorted) {
    if (!out.empty()) out += '\n';
    out += fmt::format("{}:{}:{}: ", file_name, problem.position.line, problem.position.column);
    if (!problem.key.empty()) out += problem.key + ": ";
    out += problem.text;
  }
  return out;
}

// The one place where toml++ throws on outside text.
std::optional<toml::table> parse_toml(std::string_view text, Problems& problems) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    problems.add(error.source().begin, "", fmt::format("{}; correct the TOML", error.description()));
    return {};
  }
}

void check_and_complete(toml::table& root, Problems& problems) { Checker(problems).table(root, tree(), ""); }

toml::source_position position_of(const toml::table& root, std::string_view path) {
  toml::source_position position{1, 1};
  const toml::node* node = &root;
  for (std::string_view part : split(path, '.')) {
    size_t bracket = part.find('[');
    const auto* table = node->as_table();
    node = table ? table->get(part.substr(0, bracket)) : nullptr;
    if (node && bracket != std::string_view::npos) {
      size_t index = 0;
      for (char c : part.substr(bracket + 1, part.size() - bracket - 2)) index = index * 10 + size_t(c - '0');
      node = node->as_array() ? node->as_array()->get(index - 1) : nullptr;
    }
    if (!node) break;
    if (node->source().begin) position = node->source().begin;
  }
  return position;
}

}  // namespace tcps::line_toml
