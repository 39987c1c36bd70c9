#include "actors/engines/tera/tera.h"

#include <fmt/format.h>

#include "actors/engines/tera/library.h"
#include "actors/engines/tera/renderer.h"

namespace tcps::tera {
namespace {

TemplateError no_template(std::string_view name) {
  return {ErrorKind::missing_template,
          std::string(name),
          0,
          0,
          std::string(name),
          fmt::format("there is no template '{}'; add it or correct its name", name)};
}

}  // namespace

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::syntax:
      return "syntax";
    case ErrorKind::missing_variable:
      return "missing variable";
    case ErrorKind::missing_template:
      return "missing template";
    case ErrorKind::evaluation:
      return "evaluation";
    case ErrorKind::limit:
      return "limit";
  }
  return "";
}

std::string TemplateError::text() const {
  if (line == 0) return fmt::format("{}: {}", template_name, message);
  return fmt::format("{}:{}:{}: {}", template_name, line, column, message);
}

Engine::Engine(Loader loader, Limits limits) : loader_(std::move(loader)), limits_(limits) {}

Rendered<std::string> Engine::render(std::string_view name, const nlohmann::json& context) const {
  try {
    Library library(loader_, limits_);
    const Template* leaf = library.find(name);
    if (!leaf) return tl::unexpected(no_template(name));
    return Renderer(library, context, limits_).render(*leaf);
  } catch (const Failure& failure) {
    return tl::unexpected(failure.error);
  }
}

Rendered<std::string> Engine::render_text(std::string_view text, const nlohmann::json& context,
                                          std::string_view name) const {
  try {
    Library library(loader_, limits_);
    return Renderer(library, context, limits_).render(library.add(name, text));
  } catch (const Failure& failure) {
    return tl::unexpected(failure.error);
  }
}

Rendered<void> Engine::check(std::string_view name) const {
  try {
    Library library(loader_, limits_);
    const Template* leaf = library.find(name);
    if (!leaf) return tl::unexpected(no_template(name));
    check_all(*leaf, library);
    return {};
  } catch (const Failure& failure) {
    return tl::unexpected(failure.error);
  }
}

}  // namespace tcps::tera
