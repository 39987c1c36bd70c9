#include "actors/engines/tera/library.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "actors/engines/tera/parser.h"

namespace tcps::tera {
namespace {

// The templates that one names, with the place; includes that may be missing only where they are there.
class Mentions {
 public:
  Mentions(const Template& user, Library& library) : user_(user), library_(library) {
    if (user.parent) found.push_back(&library.need(*user.parent, user, user.parent_place));
    for (const auto& [space, file] : user.imports)
      found.push_back(&library.need(file.first, user, file.second));
    for (const auto& [name, macro] : user.macros) walk(macro.body);
    walk(user.body);
  }

  std::vector<const Template*> found;

 private:
  void walk(const Body& body) {
    for (const Node& node : body) {
      if (const auto* branches = std::get_if<If>(&node.what)) {
        for (const Branch& branch : branches->branches) walk(branch.body);
        walk(branches->otherwise);
      } else if (const auto* loop = std::get_if<For>(&node.what)) {
        walk(loop->body);
        walk(loop->otherwise);
      } else if (const auto* section = std::get_if<FilterSection>(&node.what)) {
        walk(section->body);
      } else if (const auto* block = std::get_if<std::unique_ptr<Block>>(&node.what)) {
        walk((*block)->body);
      } else if (const auto* include = std::get_if<Include>(&node.what)) {
        take(*include, node.place);
      }
    }
  }

  void take(const Include& include, Place place) {
    for (const auto& name : include.names) {
      const Template* known = library_.find(name);
      if (known) return found.push_back(known);
    }
    if (!include.ignore_missing) library_.need(include.names.front(), user_, place);
  }

  const Template& user_;
  Library& library_;
};

}  // namespace

const Template* Library::find(std::string_view name) {
  auto at = templates_.find(name);
  if (at != templates_.end()) return at->second.get();
  auto text = loader_ ? loader_(name) : std::nullopt;
  return text ? &add(name, *text) : nullptr;
}

const Template& Library::add(std::string_view name, std::string_view text) {
  auto too_large = [&](std::string message) {
    return Failure{{ErrorKind::limit, std::string(name), 0, 0, std::string(name), std::move(message)}};
  };
  if (text.size() > limits_.template_bytes) {
    throw too_large(
        fmt::format("the template has {} bytes; use at most {}", text.size(), limits_.template_bytes));
  }
  if (templates_.size() >= limits_.templates) {
    throw too_large(
        fmt::format("more than {} templates are used in one render; join some", limits_.templates));
  }
  auto parsed = std::make_unique<Template>(parse(text, name));
  return *(templates_[std::string(name)] = std::move(parsed));
}

const Template& Library::need(std::string_view name, const Template& user, Place place) {
  if (const Template* found = find(name)) return *found;
  throw Failure{{ErrorKind::missing_template, user.name, place.line, place.column, std::string(name),
                 fmt::format("there is no template '{}'; add it or correct its name", name)}};
}

const Lineage& Library::lineage(const Template& leaf) {
  auto at = lineages_.find(&leaf);
  if (at != lineages_.end()) return at->second;
  Lineage out = {&leaf};
  while (out.back()->parent) {
    const Template& user = *out.back();
    const Template& parent = need(*user.parent, user, user.parent_place);
    if (std::find(out.begin(), out.end(), &parent) != out.end()) {
      throw Failure{
          {ErrorKind::syntax, user.name, user.parent_place.line, user.parent_place.column, parent.name,
           fmt::format("'{}' extends itself by way of '{}'; break the circle", parent.name, user.name)}};
    }
    out.push_back(&parent);
  }
  return lineages_.emplace(&leaf, std::move(out)).first->second;
}

void check_all(const Template& leaf, Library& library) {
  std::set<const Template*> known;
  std::vector<const Template*> open = {&leaf};
  while (!open.empty()) {
    const Template* next = open.back();
    open.pop_back();
    if (!known.insert(next).second) continue;
    library.lineage(*next);
    auto found = Mentions(*next, library).found;
    open.insert(open.end(), found.begin(), found.end());
  }
}

}  // namespace tcps::tera
