// The templates of one render: loaded by name, parsed once, with what each of them extends.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/engines/tera/ast.h"

namespace tcps::tera {

// A template and its ancestors: the leaf first, the root last.
using Lineage = std::vector<const Template*>;

class Library {
 public:
  Library(const Loader& loader, const Limits& limits) : loader_(loader), limits_(limits) {}

  // The template, or nothing when the loader has none. Throws Failure of kind syntax or limit.
  const Template* find(std::string_view name);
  // The same; throws Failure of kind missing_template, placed where `user` names it.
  const Template& need(std::string_view name, const Template& user, Place place);
  // Throws also for templates that extend themselves.
  const Lineage& lineage(const Template& leaf);
  const Template& add(std::string_view name, std::string_view text);

 private:
  const Loader& loader_;
  const Limits& limits_;
  std::map<std::string, std::unique_ptr<Template>, std::less<>> templates_;
  std::map<const Template*, Lineage> lineages_;
};

// Parses everything that `leaf` extends, imports or must include. Throws Failure.
void check_all(const Template& leaf, Library& library);

}  // namespace tcps::tera
