// The expressions of Renderer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "actors/engines/tera/renderer.h"
#include "actors/engines/tera/text.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

bool fits_signed(const json& value) {
  return value.is_number_integer() &&
         !(value.is_number_unsigned() && value.get<uint64_t>() > uint64_t(INT64_MAX));
}

// Whole numbers stay whole where they fit 64 bits; a division is always a fraction, as Tera has it.
template <class Integer>
json whole_number_result(Operator op, Integer left, Integer right) {
  Integer out{};
  bool overflows = op == Operator::add        ? __builtin_add_overflow(left, right, &out)
                   : op == Operator::subtract ? __builtin_sub_overflow(left, right, &out)
                                              : __builtin_mul_overflow(left, right, &out);
  if (overflows) throw Misuse{fmt::format("the result of {} and {} does not fit 64 bits", left, right)};
  return out;
}

json modulo(const json& left, const json& right) {
  if (!left.is_number_integer() || !right.is_number_integer())
    return std::fmod(left.get<double>(), right.get<double>());
  if (right == 0) throw Misuse{"cannot take the remainder of a division by zero"};
  if (!fits_signed(left) || !fits_signed(right)) return left.get<uint64_t>() % right.get<uint64_t>();
  auto divisor = right.get<int64_t>();
  return divisor == -1 ? int64_t{0} : left.get<int64_t>() % divisor;
}

json arithmetic(Operator op, const json& left, const json& right) {
  if (!left.is_number() || !right.is_number()) {
    throw Misuse{
        fmt::format("cannot calculate with {} and {}; use numbers", left.type_name(), right.type_name())};
  }
  bool is_unsigned = left.is_number_unsigned() && right.is_number_unsigned();
  json out;
  if (op == Operator::modulo) {
    out = modulo(left, right);
  } else if (op != Operator::divide && fits_signed(left) && fits_signed(right)) {
    out = whole_number_result(op, left.get<int64_t>(), right.get<int64_t>());
  } else if (op != Operator::divide && is_unsigned) {
    out = whole_number_result(op, left.get<uint64_t>(), right.get<uint64_t>());
  } else {
    double l = left.get<double>(), r = right.get<double>();
    out = op == Operator::add        ? l + r
          : op == Operator::subtract ? l - r
          : op == Operator::multiply ? l * r
                                     : l / r;
  }
  bool is_finite = !out.is_number_float() || std::isfinite(out.get<double>());
  return is_finite ? out : json("NaN");
}

bool compare(Operator op, const json& left, const json& right) {
  if (!left.is_number() || !right.is_number()) {
    throw Misuse{
        fmt::format("cannot put {} and {} in order; compare numbers", left.type_name(), right.type_name())};
  }
  switch (op) {
    case Operator::less:
      return left < right;
    case Operator::less_equal:
      return left <= right;
    case Operator::greater:
      return left > right;
    default:
      return left >= right;
  }
}

std::string concatenated(const json& left, const json& right, size_t bytes_max) {
  for (const json* value : {&left, &right}) {
    if (!value->is_string() && !value->is_number()) {
      throw Misuse{
          fmt::format("cannot join {} to a text with '~'; use texts and numbers", value->type_name())};
    }
  }
  std::string out = value_text(left) + value_text(right);
  if (out.size() > bytes_max)
    throw Misuse{fmt::format("the text is larger than {} bytes", bytes_max), ErrorKind::limit};
  return out;
}

// The path to which a chain of filters is applied, unless a default stands by for it.
const Path* filtered_path(const Expression& expression) {
  const Expression* at = &expression;
  while (const auto* filtered = std::get_if<Filtered>(&at->what)) {
    at = filtered->value.get();
    if (filtered->name == "default") return nullptr;
  }
  return std::get_if<Path>(&at->what);
}

// What it costs to look through a value.
size_t surface(const json& value) {
  return value.is_string()       ? value.get_ref<const std::string&>().size()
         : value.is_structured() ? value.size() * 16
                                 : 0;
}

Shared shared(json value) { return std::make_shared<const json>(std::move(value)); }

}  // namespace

Shared Renderer::made(json value, Place place) {
  size_t depth = 0;
  size_t bytes = weight(value, limits_.output_bytes, depth);
  charge(bytes, place);
  if (bytes > limits_.output_bytes || depth > value_depth_max) {
    error(ErrorKind::limit, place, "",
          "the values that the template makes are too large; work on less data at once");
  }
  return shared(std::move(value));
}

Shared Renderer::evaluate(const Expression& expression) {
  Level level(*this, expression.place);
  Place place = expression.place;
  if (const auto* literal = std::get_if<Literal>(&expression.what)) return Shared(Shared(), &literal->value);
  if (const auto* path = std::get_if<Path>(&expression.what)) return evaluate_path(*path, place);
  if (const auto* binary = std::get_if<Binary>(&expression.what)) return evaluate_binary(*binary, place);
  if (const auto* filtered = std::get_if<Filtered>(&expression.what))
    return evaluate_filter(*filtered, place);
  if (const auto* test = std::get_if<Test>(&expression.what)) return shared(evaluate_test(*test, place));
  if (const auto* negation = std::get_if<Not>(&expression.what)) return shared(!truth(*negation->operand));
  if (const auto* function = std::get_if<Call>(&expression.what)) return call(*function, place);
  if (const auto* macro = std::get_if<MacroCall>(&expression.what))
    return made(call_macro(*macro, place), place);
  if (std::holds_alternative<Super>(expression.what)) return made(render_super(place), place);
  json items = json::array();
  for (const auto& item : std::get<ArrayLiteral>(expression.what).items) items.push_back(*evaluate(*item));
  return made(std::move(items), place);
}

Shared Renderer::evaluate_path(const Path& path, Place place) {
  if (Shared found = find_path(path, place)) return found;
  error(ErrorKind::missing_variable, place, path.text,
        fmt::format("the variable '{}' is not in the context; add it to the data, or give it a default",
                    path.text));
}

Shared Renderer::find_path(const Path& path, Place place) {
  if (path.root == "__tera_context" && path.segments.empty()) {
    return made(scopes_.visible().dump(2, ' ', false, json::error_handler_t::replace), place);
  }
  Shared at = scopes_.find(path.root);
  for (const Segment& segment : path.segments) {
    if (!at) return nullptr;
    const json* inner = member(*at, segment.index ? index_text(*segment.index) : segment.name);
    at = inner ? Shared(at, inner) : nullptr;
  }
  return at;
}

std::string Renderer::index_text(const Expression& index) {
  Shared value = evaluate(index);
  if (value->is_string() || value->is_number_integer()) return value_text(*value);
  error(ErrorKind::evaluation, index.place, "",
        fmt::format("an index must be a text or a whole number, not {}", value->type_name()));
}

// Unlike everywhere else, an undefined variable is simply false as a condition.
bool Renderer::truth(const Expression& expression) {
  Level level(*this, expression.place);
  if (const auto* path = std::get_if<Path>(&expression.what)) {
    Shared found = find_path(*path, expression.place);
    return found && is_truthy(*found);
  }
  if (const auto* negation = std::get_if<Not>(&expression.what)) return !truth(*negation->operand);
  if (const auto* binary = std::get_if<Binary>(&expression.what)) {
    if (binary->op == Operator::logic_or) return truth(*binary->left) || truth(*binary->right);
    if (binary->op == Operator::logic_and) return truth(*binary->left) && truth(*binary->right);
  }
  if (const Path* path = filtered_path(expression); path && !find_path(*path, expression.place)) return false;
  return is_truthy(*evaluate(expression));
}

Shared Renderer::evaluate_binary(const Binary& binary, Place place) {
  if (binary.op == Operator::logic_or) return shared(truth(*binary.left) || truth(*binary.right));
  if (binary.op == Operator::logic_and) return shared(truth(*binary.left) && truth(*binary.right));
  Shared left = evaluate(*binary.left), right = evaluate(*binary.right);
  charge(surface(*left) + surface(*right), place);
  switch (binary.op) {
    case Operator::equal:
      return shared(*left == *right);
    case Operator::not_equal:
      return shared(*left != *right);
    case Operator::in:
      return shared(is_in(*left, *right, place));
    case Operator::not_in:
      return shared(!is_in(*left, *right, place));
    default:
      break;
  }
  return guarded("the expression", place, [&] {
    switch (binary.op) {
      case Operator::less:
      case Operator::less_equal:
      case Operator::greater:
      case Operator::greater_equal:
        return shared(compare(binary.op, *left, *right));
      case Operator::concatenate:
        return made(concatenated(*left, *right, limits_.output_bytes), place);
      default:
        return shared(arithmetic(binary.op, *left, *right));
    }
  });
}

bool Renderer::is_in(const json& item, const json& container, Place place) const {
  if (container.is_array()) return std::find(container.begin(), container.end(), item) != container.end();
  if (!container.is_string() && !container.is_object()) {
    error(ErrorKind::evaluation, place, "",
          fmt::format("'in' looks into an array, an object or a text, not {}", container.type_name()));
  }
  if (!item.is_string()) {
    error(ErrorKind::evaluation, place, "",
          fmt::format("'in' looks for a text here, not for {}", item.type_name()));
  }
  const auto& text = item.get_ref<const std::string&>();
  if (container.is_object()) return container.contains(text);
  return container.get_ref<const std::string&>().find(text) != std::string::npos;
}

Shared Renderer::evaluate_filter(const Filtered& filtered, Place place) {
  if (filtered.name == "default") {
    const auto* path = std::get_if<Path>(&filtered.value->what);
    Shared value = path ? find_path(*path, filtered.value->place) : evaluate(*filtered.value);
    if (value && !value->is_null()) return value;
    if (filtered.arguments.empty())
      error(ErrorKind::evaluation, place, "default", "the filter 'default' needs the argument 'value'");
    return evaluate(*filtered.arguments.front().second);
  }
  Shared value = evaluate(*filtered.value);
  if (filtered.name == "safe") return value;
  return apply_filter(filtered.name, *value, filtered.arguments, place);
}

Shared Renderer::apply_filter(const std::string& name, const json& value, const NamedExpressions& given,
                              Place place) {
  const Filter* filter = find_filter(name);
  Arguments arguments = evaluate_arguments(given);
  charge(surface(value), place);
  return guarded(fmt::format("the filter '{}'", name), place,
                 [&] { return made(filter->apply(value, arguments), place); });
}

Arguments Renderer::evaluate_arguments(const NamedExpressions& given) {
  std::map<std::string, json, std::less<>> values;
  for (const auto& [name, expression] : given) values.emplace(name, *evaluate(*expression));
  return Arguments(std::move(values), limits_.output_bytes);
}

bool Renderer::evaluate_test(const Test& test, Place place) {
  const auto* path = std::get_if<Path>(&test.value->what);
  Shared value = path ? find_path(*path, test.value->place) : evaluate(*test.value);
  bool is_about_presence = test.name == "defined" || test.name == "undefined";
  if (!value && !is_about_presence) evaluate_path(*path, test.value->place);
  std::vector<json> arguments;
  for (const auto& argument : test.arguments) arguments.push_back(*evaluate(*argument));
  constexpr size_t test_work = 64;  // a byte of text may be held against many states of `matching`
  if (value) charge(surface(*value) * test_work, place);
  bool holds = guarded(fmt::format("the test '{}'", test.name), place,
                       [&] { return find_test(test.name)->holds(value.get(), arguments); });
  return holds != test.negated;
}

Shared Renderer::call(const Call& call, Place place) {
  Arguments given = evaluate_arguments(call.arguments);
  if (call.name == "throw") {
    std::string message = guarded("the function 'throw'", place, [&] { return given.text("message"); });
    error(ErrorKind::evaluation, place, "throw", message);
  }
  return guarded(fmt::format("the function '{}'", call.name), place,
                 [&] { return call.name == "range" ? range(given) : from_context(call.name, given); });
}

Shared Renderer::range(const Arguments& given) {
  given.need("end");
  int64_t start = given.integer_or("start", 0), end = given.integer_or("end", 0),
          step = given.integer_or("step_by", 1);
  if (step < 1) throw Misuse{"takes a 'step_by' of at least 1"};
  if (start > end) throw Misuse{"takes a 'start' that is not beyond 'end'"};
  uint64_t count = (uint64_t(end) - uint64_t(start) + uint64_t(step) - 1) / uint64_t(step);
  if (uint64_t(end) - uint64_t(start) > uint64_t(INT64_MAX) || count > limits_.loop_iterations) {
    throw Misuse{fmt::format("its result has more than {} numbers", limits_.loop_iterations),
                 ErrorKind::limit};
  }
  json out = json::array();
  for (uint64_t i = 0; i < count; ++i) out.push_back(start + int64_t(i) * step);
  work_ += out.size() * sizeof(json);
  return shared(std::move(out));
}

// Functions whose answer would differ from run to run are answered by the caller's context or not at all.
Shared Renderer::from_context(const std::string& function, const Arguments& given) {
  const json* answer = member(context_, function);
  if (!answer) {
    throw Misuse{fmt::format(
        "would make the output differ from run to run; put '{}' into the context if the template needs it",
        function)};
  }
  if (function != "get_env") return Shared(Shared(), answer);
  const std::string& name = given.text("name");
  if (const json* value = member(*answer, name)) return Shared(Shared(), value);
  if (const json* otherwise = given.find("default")) return shared(*otherwise);
  throw Misuse{fmt::format("the context's get_env has no '{}'; add it, or give a 'default'", name),
               ErrorKind::missing_variable};
}

}  // namespace tcps::tera
