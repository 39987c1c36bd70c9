// Reading an OpenAPI document.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tcps::gateway {

// The node itself, or what of the document its `$ref` leads to. Throws when that leads nowhere.
inline const nlohmann::json& resolved(const nlohmann::json& document, const nlohmann::json& node) {
  const auto reference = node.find("$ref");
  if (reference == node.end()) return node;
  return document.at(nlohmann::json::json_pointer(reference->get<std::string>().substr(1)));
}

}  // namespace tcps::gateway
