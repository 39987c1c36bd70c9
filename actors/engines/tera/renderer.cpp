#include "actors/engines/tera/renderer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "actors/engines/tera/text.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

constexpr size_t render_nesting_max =
    1000;  // levels of statements and expressions: what the stack surely bears

bool has_html_suffix(std::string_view name) {
  return name.ends_with(".html") || name.ends_with(".htm") || name.ends_with(".xml");
}

constexpr size_t step_work = 32;  // bytes that one node or expression counts for

// Whether the value of an output may be written unescaped: markup made by the template, or declared safe.
bool is_markup(const Expression& expression) {
  if (const auto* filtered = std::get_if<Filtered>(&expression.what)) return filtered->name == "safe";
  return std::holds_alternative<MacroCall>(expression.what) || std::holds_alternative<Super>(expression.what);
}

}  // namespace

Renderer::Level::Level(Renderer& renderer, Place place, bool is_deep)
    : renderer_(renderer), is_deep_(is_deep) {
  if (renderer.nesting_ >= render_nesting_max || (is_deep && renderer.depth_ >= renderer.limits_.depth)) {
    renderer.error(
        ErrorKind::limit, place, "",
        fmt::format("the template is nested too deeply; macros, includes and blocks have {} levels",
                    renderer.limits_.depth));
  }
  renderer.charge(step_work, place);
  ++renderer.nesting_;
  if (is_deep) ++renderer.depth_;
}

Renderer::Level::~Level() {
  --renderer_.nesting_;
  if (is_deep_) --renderer_.depth_;
}

void Renderer::error(ErrorKind kind, Place place, std::string name, std::string message) const {
  throw Failure{{kind, current_->name, place.line, place.column, std::move(name), std::move(message)}};
}

void Renderer::charge(size_t bytes, Place place) {
  work_ += bytes;
  if (work_ > limits_.work)
    error(ErrorKind::limit, place, "", "the template takes too long; do less in its loops");
}

std::string Renderer::render(const Template& leaf) {
  escapes_ = has_html_suffix(leaf.name);
  current_ = &leaf;
  if (!context_.is_object())
    error(ErrorKind::evaluation, {}, "", "the context is not a JSON object; give one");
  render_template(leaf);
  return std::move(out_);
}

void Renderer::render_template(const Template& leaf) {
  lineage_ = &library_.lineage(leaf);
  current_ = lineage_->back();
  render_body(current_->body);
}

void Renderer::write(std::string_view text, Place place) {
  charge(text.size(), place);
  written_ += text.size();
  if (written_ > limits_.output_bytes) {
    error(ErrorKind::limit, place, "",
          fmt::format("the output is larger than {} bytes", limits_.output_bytes));
  }
  out_ += text;
}

template <class Write>
std::string Renderer::captured(Write&& body) {
  std::string outer = std::exchange(out_, {});
  size_t written = written_;
  body();
  written_ = written;
  return std::exchange(out_, std::move(outer));
}

Renderer::Flow Renderer::render_body(const Body& body) {
  for (const Node& node : body) {
    Flow flow = render_node(node);
    if (flow != Flow::on) return flow;
  }
  return Flow::on;
}

Renderer::Flow Renderer::render_node(const Node& node) {
  Level level(*this, node.place);
  if (const auto* text = std::get_if<Text>(&node.what)) {
    write(text->text, node.place);
  } else if (const auto* output = std::get_if<Output>(&node.what)) {
    Shared value = evaluate(*output->value);
    std::string written = guarded("the output", node.place, [&] { return value_text(*value); });
    bool is_escaped = escapes_ && value->is_string() && !is_markup(*output->value);
    write(is_escaped ? escape_html(written) : written, node.place);
  } else if (const auto* branches = std::get_if<If>(&node.what)) {
    return render_if(*branches);
  } else if (const auto* loop = std::get_if<For>(&node.what)) {
    return render_for(*loop, node.place);
  } else if (const auto* set = std::get_if<Set>(&node.what)) {
    Shared value = evaluate(*set->value);
    set->global ? scopes_.set_global(set->name, std::move(value)) : scopes_.set(set->name, std::move(value));
  } else if (const auto* section = std::get_if<FilterSection>(&node.what)) {
    render_filter_section(*section, node.place);
  } else if (const auto* block = std::get_if<std::unique_ptr<Block>>(&node.what)) {
    render_block((*block)->name, 0, node.place);
  } else if (const auto* include = std::get_if<Include>(&node.what)) {
    render_include(*include, node.place);
  } else {
    return std::holds_alternative<Break>(node.what) ? Flow::end_of_loop : Flow::next_iteration;
  }
  return Flow::on;
}

Renderer::Flow Renderer::render_if(const If& statement) {
  for (const Branch& branch : statement.branches) {
    if (truth(*branch.condition)) return render_body(branch.body);
  }
  return render_body(statement.otherwise);
}

Renderer::Flow Renderer::render_for(const For& loop, Place place) {
  Shared container = evaluate(*loop.container);
  bool is_object = container->is_object();
  if (!is_object && !container->is_array() && !container->is_string()) {
    error(ErrorKind::evaluation, place, "",
          fmt::format("cannot loop over {}; give an array, an object or a text", container->type_name()));
  }
  if (is_object && loop.key.empty())
    error(ErrorKind::evaluation, place, "",
          "cannot loop over an object by values alone; write 'for key, value in'");
  if (!is_object && !loop.key.empty())
    error(ErrorKind::evaluation, place, "",
          "cannot loop by key and value over what is no object; name one variable");
  if (container->empty() || (container->is_string() && container->get_ref<const std::string&>().empty())) {
    return render_body(loop.otherwise);
  }
  scopes_.push(ScopeKind::loop);
  Flow flow = render_iterations(loop, container, place);
  scopes_.pop();
  return flow;
}

Renderer::Flow Renderer::render_iterations(const For& loop, const Shared& container, Place place) {
  std::vector<std::string_view> letters;
  if (container->is_string()) letters = characters(container->get_ref<const std::string&>());
  size_t length = container->is_string() ? letters.size() : container->size();
  auto item = container->begin();
  for (size_t i = 0; i < length; ++i) {
    if (++iterations_ > limits_.loop_iterations) {
      error(ErrorKind::limit, place, "",
            fmt::format("loops run more than {} times", limits_.loop_iterations));
    }
    scopes_.iterate(i, length);
    if (!loop.key.empty()) scopes_.set(loop.key, std::make_shared<json>(item.key()));
    if (container->is_string()) {
      scopes_.set(loop.value, std::make_shared<json>(std::string(letters[i])));
    } else {
      scopes_.set(loop.value, Shared(container, &*item));
      ++item;
    }
    if (render_body(loop.body) == Flow::end_of_loop) break;
  }
  return Flow::on;
}

// The definition at `level` of the lineage or the next one above it that there is.
void Renderer::render_block(const std::string& name, size_t level, Place place) {
  Level deep(*this, place, true);
  for (; level < lineage_->size(); ++level) {
    const Template* owner = (*lineage_)[level];
    auto block = owner->blocks.find(name);
    if (block == owner->blocks.end()) continue;
    const Template* user = std::exchange(current_, owner);
    blocks_.emplace_back(name, level);
    render_body(block->second->body);
    blocks_.pop_back();
    current_ = user;
    return;
  }
  error(ErrorKind::evaluation, place, name,
        fmt::format("super() has no block '{}' above it; remove it", name));
}

std::string Renderer::render_super(Place place) {
  auto [name, level] = blocks_.back();
  return captured([&, name = name, level = level] { render_block(name, level + 1, place); });
}

void Renderer::render_include(const Include& include, Place place) {
  Level deep(*this, place, true);
  for (const auto& name : include.names) {
    const Template* found = library_.find(name);
    if (!found) continue;
    if (found->parent)
      error(ErrorKind::evaluation, place, name,
            fmt::format("'{}' extends another template and so cannot be included", name));
    const Template* user = current_;
    const Lineage* lineage = lineage_;
    auto blocks = std::exchange(blocks_, {});
    scopes_.push(ScopeKind::include);
    render_template(*found);
    scopes_.pop();
    blocks_ = std::move(blocks);
    lineage_ = lineage;
    current_ = user;
    return;
  }
  if (!include.ignore_missing) library_.need(include.names.front(), *current_, place);
}

void Renderer::render_filter_section(const FilterSection& section, Place place) {
  std::string body = captured([&] { render_body(section.body); });
  Shared value = apply_filter(section.name, json(std::move(body)), section.arguments, place);
  write(guarded("the output", place, [&] { return value_text(*value); }), place);
}

std::string Renderer::call_macro(const MacroCall& call, Place place) {
  Level deep(*this, place, true);
  const Template* owner = nullptr;
  const Macro& macro = find_macro(call, place, owner);
  std::vector<std::pair<std::string, Shared>> values;
  for (const auto& [name, expression] : call.arguments) values.emplace_back(name, evaluate(*expression));
  const Template* user = std::exchange(current_, owner);
  scopes_.push(ScopeKind::macro);
  for (const auto& [name, otherwise] : macro.parameters) {
    auto given = std::find_if(values.begin(), values.end(),
                              [&, &wanted = name](const auto& value) { return value.first == wanted; });
    if (given != values.end())
      scopes_.set(name, given->second);
    else
      scopes_.set(name, evaluate(*otherwise));
  }
  std::string out = captured([&] { render_body(macro.body); });
  scopes_.pop();
  current_ = user;
  return out;
}

// The macro, after having checked the names of the arguments that the call gives.
const Macro& Renderer::find_macro(const MacroCall& call, Place place, const Template*& owner) {
  owner = current_;
  if (call.space != "self") {
    auto import = current_->imports.find(call.space);
    if (import == current_->imports.end()) {
      error(ErrorKind::evaluation, place, call.space,
            fmt::format("no template is imported as '{}'; add an import", call.space));
    }
    owner = &library_.need(import->second.first, *current_, import->second.second);
  }
  auto macro = owner->macros.find(call.name);
  if (macro == owner->macros.end()) {
    error(ErrorKind::evaluation, place, call.name,
          fmt::format("'{}' has no macro '{}'; correct its name", owner->name, call.name));
  }
  const auto& parameters = macro->second.parameters;
  for (const auto& [name, value] : call.arguments) {
    bool is_known = std::any_of(parameters.begin(), parameters.end(),
                                [&, &wanted = name](const auto& known) { return known.first == wanted; });
    if (!is_known)
      error(ErrorKind::evaluation, place, name,
            fmt::format("the macro '{}' has no parameter '{}'; remove it", call.name, name));
  }
  for (const auto& [name, otherwise] : parameters) {
    bool is_given =
        otherwise || std::any_of(call.arguments.begin(), call.arguments.end(),
                                 [&, &wanted = name](const auto& given) { return given.first == wanted; });
    if (!is_given)
      error(ErrorKind::evaluation, place, name,
            fmt::format("the macro '{}' needs the argument '{}'", call.name, name));
  }
  return macro->second;
}

}  // namespace tcps::tera
