#include "actors/engines/tera/expression_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "actors/engines/tera/catalogue.h"

namespace tcps::tera {

struct Infix {
  std::string_view symbol;
  Operator op;
  int precedence;
};

namespace {

constexpr size_t expression_nesting_max = 32;
constexpr size_t chain_max = 100;  // operands, filters and members in a row

constexpr std::array<Infix, 6> infixes = {{{"~", Operator::concatenate, 0},
                                           {"+", Operator::add, 1},
                                           {"-", Operator::subtract, 1},
                                           {"*", Operator::multiply, 2},
                                           {"/", Operator::divide, 2},
                                           {"%", Operator::modulo, 2}}};
constexpr std::array<Infix, 6> comparisons = {{{"==", Operator::equal, 0},
                                               {"!=", Operator::not_equal, 0},
                                               {"<=", Operator::less_equal, 0},
                                               {">=", Operator::greater_equal, 0},
                                               {"<", Operator::less, 0},
                                               {">", Operator::greater, 0}}};

template <class T>
ExpressionPtr make(Place place, T what) {
  return std::make_unique<Expression>(Expression{place, std::move(what)});
}

bool is_reserved(std::string_view word) {
  constexpr std::array<std::string_view, 5> words = {"and", "or", "not", "in", "is"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

// Counts the levels of an expression while it lives.
class ExpressionParser::Nesting {
 public:
  explicit Nesting(ExpressionParser& parser) : parser_(parser) {
    if (++parser_.depth_ > expression_nesting_max)
      parser_.error("the expression is nested too deeply; use at most 32 levels");
  }
  ~Nesting() { --parser_.depth_; }

 private:
  ExpressionParser& parser_;
};

// Operands with infixes between them, joined by precedence, from the left.
struct ExpressionParser::Chain {
  std::vector<ExpressionPtr> operands;
  std::vector<Infix> operators;

  ExpressionPtr join(size_t from) {
    for (int precedence = 2; precedence >= 0; --precedence) {
      for (size_t i = from; i < operators.size();) {
        if (operators[i].precedence != precedence) {
          ++i;
          continue;
        }
        Place place = operands[i]->place;
        operands[i] =
            make(place, Binary{operators[i].op, std::move(operands[i]), std::move(operands[i + 1])});
        operands.erase(operands.begin() + long(i) + 1);
        operators.erase(operators.begin() + long(i));
      }
    }
    auto out = std::move(operands.back());
    operands.pop_back();
    return out;
  }
};

void ExpressionParser::error_at(Place place, std::string message) const {
  throw Failure{{ErrorKind::syntax, template_name_, place.line, place.column, "", std::move(message)}};
}

Token ExpressionParser::next() {
  Token token = tokens_[at_];
  if (token.kind != TokenKind::end) ++at_;
  return token;
}

Token ExpressionParser::take(TokenKind kind, std::string_view expected) {
  if (peek().kind != kind) {
    error(peek().text.empty()
              ? fmt::format("{} is missing here", expected)
              : fmt::format("{} is missing before '{}'", expected, peek().text.substr(0, 40)));
  }
  return next();
}

bool ExpressionParser::sees_symbol(std::string_view symbol) const {
  return peek().kind == TokenKind::symbol && peek().text == symbol;
}

bool ExpressionParser::sees_word(std::string_view word) const {
  return peek().kind == TokenKind::word && peek().text == word;
}

bool ExpressionParser::accept_symbol(std::string_view symbol) {
  if (!sees_symbol(symbol)) return false;
  next();
  return true;
}

bool ExpressionParser::accept_word(std::string_view word) {
  if (!sees_word(word)) return false;
  next();
  return true;
}

void ExpressionParser::take_symbol(std::string_view symbol) {
  if (!accept_symbol(symbol)) take(TokenKind::end, fmt::format("'{}'", symbol));
}

void ExpressionParser::take_word(std::string_view word) {
  if (!accept_word(word)) take(TokenKind::end, fmt::format("'{}'", word));
}

ExpressionPtr ExpressionParser::expression() {
  Nesting nesting(*this);
  auto left = conjunction();
  for (size_t i = 0; accept_word("or"); ++i) {
    if (i > chain_max) error("the expression is too long; split it with 'set'");
    Place place = left->place;
    left = make(place, Binary{Operator::logic_or, std::move(left), conjunction()});
  }
  return left;
}

ExpressionPtr ExpressionParser::conjunction() {
  auto left = negation();
  for (size_t i = 0; accept_word("and"); ++i) {
    if (i > chain_max) error("the expression is too long; split it with 'set'");
    Place place = left->place;
    left = make(place, Binary{Operator::logic_and, std::move(left), negation()});
  }
  return left;
}

ExpressionPtr ExpressionParser::negation() {
  Place place = peek().place;
  if (!accept_word("not")) return comparison();
  Nesting nesting(*this);
  return make(place, Not{negation()});
}

ExpressionPtr ExpressionParser::comparison() {
  auto left = sum();
  Place place = left->place;
  for (const Infix& infix : comparisons) {
    if (accept_symbol(infix.symbol)) return make(place, Binary{infix.op, std::move(left), sum()});
  }
  if (accept_word("in")) return make(place, Binary{Operator::in, std::move(left), sum()});
  if (accept_word("not")) {
    take_word("in");
    return make(place, Binary{Operator::not_in, std::move(left), sum()});
  }
  return with_test(std::move(left));
}

ExpressionPtr ExpressionParser::sum() {
  Chain chain;
  chain.operands.push_back(operand());
  size_t segment = 0;        // first operator that the next filter may still take in
  bool is_filtered = false;  // whether the last operand ends in a filter
  for (size_t count = 0;; ++count) {
    if (count > chain_max) error("the expression is too long; split it with 'set'");
    if (accept_symbol("|")) {
      auto value = chain.join(segment);
      Place place = value->place;
      auto [name, given] = filter();
      chain.operands.push_back(make(place, Filtered{std::move(value), std::move(name), std::move(given)}));
      is_filtered = true;
      continue;
    }
    auto infix = std::find_if(infixes.begin(), infixes.end(),
                              [&](const Infix& known) { return sees_symbol(known.symbol); });
    if (infix == infixes.end()) return chain.join(0);
    next();
    chain.operators.push_back(*infix);
    if (is_filtered) segment = chain.operators.size();
    is_filtered = false;
    chain.operands.push_back(operand());
  }
}

ExpressionPtr ExpressionParser::operand() {
  auto value = primary();
  bool is_path = std::holds_alternative<Path>(value->what);
  return is_path ? with_test(std::move(value)) : std::move(value);
}

ExpressionPtr ExpressionParser::with_test(ExpressionPtr value) {
  if (!accept_word("is")) return value;
  Place place = value->place;
  bool is_negated = accept_word("not");
  Token name = take(TokenKind::word, "a test");
  const TestRule* rule = find_test(name.text);
  if (!rule) error_at(name.place, fmt::format("there is no test '{}'; correct its spelling", name.text));
  std::vector<ExpressionPtr> given;
  if (accept_symbol("(")) {
    while (!accept_symbol(")")) {
      if (!given.empty()) take_symbol(",");
      given.push_back(expression());
    }
  }
  if (given.size() != rule->arguments) {
    error_at(name.place, fmt::format("the test '{}' takes {} arguments, not {}", name.text, rule->arguments,
                                     given.size()));
  }
  return make(place, Test{std::move(value), name.text, std::move(given), is_negated});
}

ExpressionPtr ExpressionParser::primary() {
  const Token& token = peek();
  Place place = token.place;
  switch (token.kind) {
    case TokenKind::string:
      return make(place, Literal{next().text});
    case TokenKind::integer:
    case TokenKind::floating:
      return number(false);
    case TokenKind::word:
      return named();
    case TokenKind::symbol:
      break;
    default:
      error("an expression is missing here");
  }
  if (sees_symbol("[")) return array();
  if (accept_symbol("-")) return number(true);
  if (accept_symbol("(")) {
    auto inner = expression();
    take_symbol(")");
    return inner;
  }
  error(fmt::format("an expression is missing before '{}'", token.text));
}

ExpressionPtr ExpressionParser::number(bool is_negative) {
  if (peek().kind != TokenKind::integer && peek().kind != TokenKind::floating)
    error("a number must follow '-'");
  Token token = next();
  std::string text = (is_negative ? "-" : "") + token.text;
  auto read = [&](auto value) {
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size()) {
      error_at(token.place, fmt::format("the number {} is out of range", text.substr(0, 40)));
    }
    return make(token.place, Literal{value});
  };
  return token.kind == TokenKind::integer ? read(int64_t{0}) : read(0.0);
}

ExpressionPtr ExpressionParser::array() {
  Place place = next().place;
  ArrayLiteral out;
  while (!accept_symbol("]")) {
    if (!out.items.empty()) {
      take_symbol(",");
      if (accept_symbol("]")) break;
    }
    out.items.push_back(expression());
  }
  return make(place, std::move(out));
}

ExpressionPtr ExpressionParser::named() {
  if (is_reserved(peek().text)) error(fmt::format("an expression is missing before '{}'", peek().text));
  Token name = next();
  if (name.text == "true" || name.text == "True") return make(name.place, Literal{true});
  if (name.text == "false" || name.text == "False") return make(name.place, Literal{false});
  if (accept_symbol("::")) {
    Token macro = take(TokenKind::word, "a macro's name");
    return make(name.place, MacroCall{name.text, macro.text, arguments()});
  }
  if (!sees_symbol("(")) return path(name);
  if (name.text == "super") {
    if (!allows_super_) error_at(name.place, "super() stands outside of a block's '{{ }}'; move it into one");
    if (!arguments().empty()) error_at(name.place, "super() takes no arguments");
    return make(name.place, Super{});
  }
  const FunctionRule* rule = find_function(name.text);
  if (!rule) error_at(name.place, fmt::format("there is no function '{}'; correct its spelling", name.text));
  auto given = arguments();
  check_arguments(name, "function", given, rule->arguments);
  return make(name.place, Call{name.text, std::move(given)});
}

ExpressionPtr ExpressionParser::path(const Token& root) {
  Path out{root.text, {}, root.text};
  while (out.segments.size() < chain_max) {
    if (peek().kind == TokenKind::member) {
      out.segments.push_back({next().text, nullptr});
      out.text += "." + out.segments.back().name;
    } else if (accept_symbol("[")) {
      size_t begin = at_;
      out.segments.push_back({"", expression()});
      out.text += '[';
      for (size_t i = begin; i < at_; ++i) out.text += tokens_[i].text;
      out.text += ']';
      take_symbol("]");
    } else {
      return make(root.place, std::move(out));
    }
  }
  error("the path is too long");
}

std::pair<std::string, NamedExpressions> ExpressionParser::filter() {
  Token name = take(TokenKind::word, "a filter");
  const Filter* rule = find_filter(name.text);
  if (!rule) error_at(name.place, fmt::format("there is no filter '{}'; correct its spelling", name.text));
  NamedExpressions given;
  if (sees_symbol("(")) given = arguments();
  check_arguments(name, "filter", given, rule->arguments);
  return {name.text, std::move(given)};
}

NamedExpressions ExpressionParser::arguments() {
  NamedExpressions out;
  take_symbol("(");
  while (!accept_symbol(")")) {
    if (!out.empty()) {
      take_symbol(",");
      if (accept_symbol(")")) break;
    }
    Token name = take(TokenKind::word, "an argument's name");
    bool is_repeated =
        std::any_of(out.begin(), out.end(), [&](const auto& known) { return known.first == name.text; });
    if (is_repeated) error_at(name.place, fmt::format("the argument '{}' is given twice", name.text));
    take_symbol("=");
    out.emplace_back(name.text, expression());
  }
  return out;
}

void ExpressionParser::check_arguments(const Token& name, std::string_view kind,
                                       const NamedExpressions& given, std::string_view known) const {
  std::string padded = fmt::format(" {} ", known);
  for (const auto& [argument, value] : given) {
    if (padded.find(fmt::format(" {} ", argument)) != std::string::npos) continue;
    error_at(value->place, known.empty() ? fmt::format("the {} '{}' takes no arguments; remove '{}'", kind,
                                                       name.text, argument)
                                         : fmt::format("the {} '{}' takes no argument '{}'; use {}", kind,
                                                       name.text, argument, known));
  }
}

}  // namespace tcps::tera
