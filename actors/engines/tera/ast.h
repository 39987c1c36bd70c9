// The syntax tree of a template. Internal to the engine; built by parser.h, walked by renderer.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/engines/tera/tera.h"

namespace tcps::tera {

struct Place {
  uint32_t line = 1, column = 1;
};

// Carries a TemplateError out of recursion; caught by Engine, never seen outside it.
struct Failure {
  TemplateError error;
};

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
using NamedExpressions = std::vector<std::pair<std::string, ExpressionPtr>>;

enum class Operator : uint8_t {
  logic_or,
  logic_and,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  not_in,
  concatenate,
  add,
  subtract,
  multiply,
  divide,
  modulo,
};

struct Literal {
  nlohmann::json value;
};
struct ArrayLiteral {
  std::vector<ExpressionPtr> items;
};
struct Segment {
  std::string name;
  ExpressionPtr index;
};  // .name, or [index]
struct Path {
  std::string root;
  std::vector<Segment> segments;
  std::string text;
};
struct Not {
  ExpressionPtr operand;
};
struct Binary {
  Operator op;
  ExpressionPtr left, right;
};
struct Filtered {
  ExpressionPtr value;
  std::string name;
  NamedExpressions arguments;
};
struct Test {
  ExpressionPtr value;
  std::string name;
  std::vector<ExpressionPtr> arguments;
  bool negated;
};
struct Call {
  std::string name;
  NamedExpressions arguments;
};
struct MacroCall {
  std::string space, name;
  NamedExpressions arguments;
};
struct Super {};

struct Expression {
  Place place;
  std::variant<Literal, ArrayLiteral, Path, Not, Binary, Filtered, Test, Call, MacroCall, Super> what;
};

struct Node;
using Body = std::vector<Node>;

struct Text {
  std::string text;
};
struct Output {
  ExpressionPtr value;
};
struct Branch {
  ExpressionPtr condition;
  Body body;
};
struct If {
  std::vector<Branch> branches;
  Body otherwise;
};
struct For {
  std::string key, value;
  ExpressionPtr container;
  Body body, otherwise;
};  // key empty: values alone
struct Set {
  std::string name;
  ExpressionPtr value;
  bool global;
};
struct FilterSection {
  std::string name;
  NamedExpressions arguments;
  Body body;
};
struct Block {
  std::string name;
  Body body;
};
struct Include {
  std::vector<std::string> names;
  bool ignore_missing;
};
struct Break {};
struct Continue {};

struct Node {
  Place place;
  std::variant<Text, Output, If, For, Set, FilterSection, std::unique_ptr<Block>, Include, Break, Continue>
      what;
};

struct Macro {
  std::string name;
  NamedExpressions parameters;  // null: no default
  Body body;
};

// A parsed template. `blocks` points into `body`, whose blocks are on the heap and so keep their places.
struct Template {
  std::string name;
  Body body;
  std::optional<std::string> parent;
  Place parent_place;
  std::map<std::string, std::pair<std::string, Place>> imports;  // name space to template
  std::map<std::string, Macro> macros;
  std::map<std::string, const Block*> blocks;
};

}  // namespace tcps::tera
