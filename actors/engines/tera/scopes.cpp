#include "actors/engines/tera/scopes.h"

namespace tcps::tera {

using nlohmann::json;

void Scopes::iterate(size_t index, size_t length) {
  Scope& scope = scopes_.back();
  scope.variables.clear();
  scope.index = index;
  scope.length = length;
}

void Scopes::set_global(const std::string& name, Shared value) {
  auto at = scopes_.rbegin();
  while (at->kind == ScopeKind::loop) ++at;  // the root ends every search
  at->variables[name] = std::move(value);
}

Shared Scopes::loop_value(const Scope& scope) {
  return std::make_shared<json>(json{{"index", scope.index + 1},
                                     {"index0", scope.index},
                                     {"first", scope.index == 0},
                                     {"last", scope.index + 1 == scope.length}});
}

Shared Scopes::find(std::string_view name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    auto at = scope->variables.find(name);
    if (at != scope->variables.end()) return at->second;
    if (scope->kind == ScopeKind::loop && name == "loop") return loop_value(*scope);
    if (scope->kind == ScopeKind::macro) break;
  }
  auto at = context_.find(std::string(name));
  return at == context_.end() ? nullptr : Shared(Shared(), &*at);
}

json Scopes::visible() const {
  json out = context_;
  auto first = scopes_.size() - 1;
  while (first > 0 && scopes_[first].kind != ScopeKind::macro) --first;
  for (size_t i = first; i < scopes_.size(); ++i) {
    for (const auto& [name, value] : scopes_[i].variables) out[name] = *value;
  }
  return out;
}

}  // namespace tcps::tera
