// What the tests of the engine share: templates in a map, results as text.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "actors/engines/tera/tera.h"

namespace tcps::tera {

using Templates = std::map<std::string, std::string, std::less<>>;

inline Engine engine_of(Templates templates, Limits limits = {}) {
  return Engine(
      [templates = std::move(templates)](std::string_view name) -> std::optional<std::string> {
        auto at = templates.find(name);
        if (at == templates.end()) return {};
        return at->second;
      },
      limits);
}

// The output, or "<kind>: <place and message>".
inline std::string shown(const Rendered<std::string>& result) {
  if (result) return *result;
  return std::string(to_string(result.error().kind)) + ": " + result.error().text();
}

inline std::string rendered(std::string text, const nlohmann::json& context = nlohmann::json::object()) {
  return shown(Engine({}).render_text(text, context, "t"));
}

inline std::string rendered(Templates templates, const std::string& name,
                            const nlohmann::json& context = nlohmann::json::object()) {
  return shown(engine_of(std::move(templates)).render(name, context));
}

}  // namespace tcps::tera
