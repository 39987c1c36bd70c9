// Parses what stands between the marks of a template: the tokens in order, and the expressions among them.
//
// Filters bind as Tera has it: to the whole sum before them, so `1 + a | f` is `(1 + a) | f`, while `a | f +
// 1` adds to the filtered value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/engines/tera/ast.h"
#include "actors/engines/tera/lexer.h"

namespace tcps::tera {

class ExpressionParser {
 public:
  ExpressionParser(std::vector<Token> tokens, std::string_view template_name)
      : tokens_(std::move(tokens)), template_name_(template_name) {}

  const Token& peek() const { return tokens_[at_]; }
  Token next();
  Token take(TokenKind kind, std::string_view expected);
  void take_word(std::string_view word);
  void take_symbol(std::string_view symbol);
  bool accept_word(std::string_view word);
  bool accept_symbol(std::string_view symbol);
  void allow_super(bool allowed) { allows_super_ = allowed; }

  ExpressionPtr expression();
  std::pair<std::string, NamedExpressions> filter();  // after '|' or `filter`: its name and arguments

  [[noreturn]] void error(std::string message) const { error_at(peek().place, std::move(message)); }
  [[noreturn]] void error_at(Place place, std::string message) const;

 private:
  class Nesting;
  struct Chain;

  bool sees_symbol(std::string_view symbol) const;
  bool sees_word(std::string_view word) const;
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr operand();
  ExpressionPtr primary();
  ExpressionPtr number(bool is_negative);
  ExpressionPtr array();
  ExpressionPtr named();
  ExpressionPtr path(const Token& root);
  ExpressionPtr with_test(ExpressionPtr value);
  NamedExpressions arguments();
  void check_arguments(const Token& name, std::string_view kind, const NamedExpressions& given,
                       std::string_view known) const;

  std::vector<Token> tokens_;
  std::string template_name_;
  size_t at_ = 0;
  size_t depth_ = 0;
  bool allows_super_ = false;
};

}  // namespace tcps::tera
