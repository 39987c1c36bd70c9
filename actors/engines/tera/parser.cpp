#include "actors/engines/tera/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "actors/engines/tera/expression_parser.h"

namespace tcps::tera {
namespace {

constexpr size_t statement_nesting_max = 64;

// What encloses the statement being parsed.
struct Scope {
  size_t depth = 0;
  bool in_loop = false, in_macro = false, in_block = false;

  Scope inner() const {
    Scope scope = *this;
    ++scope.depth;
    return scope;
  }
  bool is_top() const { return depth == 0; }
};

class Parser {
 public:
  Parser(std::string_view source, std::string_view name) : tokens_(lex(source, name), name) {
    result_.name = name;
  }

  Template run() {
    result_.body = body({}, Scope{});
    return std::move(result_);
  }

 private:
  using Endings = std::vector<std::string_view>;

  // Statements up to one of `endings`, whose tag is left begun and its keyword taken: see ending_.
  Body body(const Endings& endings, const Scope& scope) {
    if (scope.depth > statement_nesting_max)
      tokens_.error("statements are nested too deeply; use at most 64 levels");
    Body out;
    while (true) {
      const Token& token = tokens_.peek();
      if (token.kind == TokenKind::end) {
        if (!endings.empty())
          tokens_.error(fmt::format("'{}' is missing at the end of the template", endings.back()));
        return out;
      }
      if (token.kind == TokenKind::text) {
        if (token.text.find_first_not_of(" \t\r\n") != std::string::npos) saw_content_ = true;
        out.push_back({token.place, Text{token.text}});
        tokens_.next();
      } else if (token.kind == TokenKind::output_begin) {
        saw_content_ = true;
        out.push_back(output(scope));
      } else if (tag(endings, scope, out)) {
        return out;
      }
    }
  }

  Node output(const Scope& scope) {
    Place place = tokens_.next().place;
    tokens_.allow_super(scope.in_block);
    auto value = tokens_.expression();
    tokens_.allow_super(false);
    tokens_.take(TokenKind::output_end, "'}}'");
    return {place, Output{std::move(value)}};
  }

  // Parses one tag into `out`. True when its keyword was one of `endings`.
  bool tag(const Endings& endings, const Scope& scope, Body& out) {
    Place place = tokens_.next().place;
    Token keyword = tokens_.take(TokenKind::word, "a statement");
    if (std::find(endings.begin(), endings.end(), keyword.text) != endings.end()) {
      ending_ = keyword.text;
      return true;
    }
    statement(keyword, place, scope, out);
    return false;
  }

  void end_tag() { tokens_.take(TokenKind::tag_end, "'%}'"); }

  // The name that may be repeated at an endblock or endmacro.
  void end_named(const std::string& name) {
    if (tokens_.peek().kind == TokenKind::word) {
      Token repeated = tokens_.next();
      if (repeated.text != name) {
        tokens_.error_at(repeated.place,
                         fmt::format("'{}' ends here, but '{}' was begun", repeated.text, name));
      }
    }
    end_tag();
  }

  void statement(const Token& keyword, Place place, const Scope& scope, Body& out) {
    const std::string& word = keyword.text;
    if (word == "extends") return extends(keyword, scope);
    if (word == "import") return import(keyword, scope);
    if (word == "macro") return macro(keyword, scope);
    saw_content_ = true;
    if (word == "if") return out.push_back({place, if_statement(scope)});
    if (word == "for") return out.push_back({place, for_statement(scope)});
    if (word == "set" || word == "set_global") return out.push_back({place, set(word == "set_global")});
    if (word == "filter") return out.push_back({place, filter_section(scope)});
    if (word == "block") return out.push_back({place, block(keyword, scope)});
    if (word == "include") return out.push_back({place, include()});
    if (word == "break" || word == "continue") {
      if (!scope.in_loop)
        tokens_.error_at(keyword.place, fmt::format("'{}' stands outside of a loop; remove it", word));
      end_tag();
      if (word == "break") return out.push_back({place, Break{}});
      return out.push_back({place, Continue{}});
    }
    tokens_.error_at(
        keyword.place,
        fmt::format("'{}' begins no statement here; correct its spelling or what it closes", word));
  }

  void only_at_top(const Token& keyword, const Scope& scope) {
    if (!scope.is_top()) {
      tokens_.error_at(
          keyword.place,
          fmt::format("'{}' stands inside another statement; move it to the top level", keyword.text));
    }
  }

  void extends(const Token& keyword, const Scope& scope) {
    only_at_top(keyword, scope);
    if (saw_content_ || result_.parent) {
      tokens_.error_at(keyword.place,
                       "'extends' is not the first statement; move it to the start and keep one");
    }
    result_.parent = tokens_.take(TokenKind::string, "the parent's name in quotes").text;
    result_.parent_place = keyword.place;
    end_tag();
  }

  void import(const Token& keyword, const Scope& scope) {
    only_at_top(keyword, scope);
    std::string file = tokens_.take(TokenKind::string, "the name of a template in quotes").text;
    tokens_.take_word("as");
    Token space = tokens_.take(TokenKind::word, "a name space");
    if (space.text == "self" || !result_.imports.emplace(space.text, std::pair(file, keyword.place)).second) {
      tokens_.error_at(space.place, fmt::format("the name space '{}' is taken; choose another", space.text));
    }
    end_tag();
  }

  void macro(const Token& keyword, const Scope& scope) {
    only_at_top(keyword, scope);
    Token name = tokens_.take(TokenKind::word, "the macro's name");
    Macro out{name.text, parameters(), {}};
    end_tag();
    Scope inner = scope.inner();
    inner.in_macro = true;
    out.body = body({"endmacro"}, inner);
    end_named(name.text);
    if (!result_.macros.emplace(name.text, std::move(out)).second) {
      tokens_.error_at(name.place, fmt::format("the macro '{}' is defined twice; keep one", name.text));
    }
  }

  NamedExpressions parameters() {
    NamedExpressions out;
    tokens_.take_symbol("(");
    while (!tokens_.accept_symbol(")")) {
      if (!out.empty()) {
        tokens_.take_symbol(",");
        if (tokens_.accept_symbol(")")) break;
      }
      Token name = tokens_.take(TokenKind::word, "a parameter's name");
      bool is_repeated =
          std::any_of(out.begin(), out.end(), [&](const auto& known) { return known.first == name.text; });
      if (is_repeated)
        tokens_.error_at(name.place, fmt::format("the parameter '{}' is named twice", name.text));
      out.emplace_back(name.text, tokens_.accept_symbol("=") ? tokens_.expression() : nullptr);
    }
    return out;
  }

  If if_statement(const Scope& scope) {
    If out;
    bool is_last = false;
    auto condition = tokens_.expression();
    while (true) {
      end_tag();
      auto inner = body(is_last ? Endings{"endif"} : Endings{"elif", "else", "endif"}, scope.inner());
      if (is_last) {
        out.otherwise = std::move(inner);
      } else {
        out.branches.push_back({std::move(condition), std::move(inner)});
      }
      if (ending_ == "endif") break;
      if (ending_ == "elif") condition = tokens_.expression();
      is_last = ending_ == "else";
    }
    end_tag();
    return out;
  }

  For for_statement(const Scope& scope) {
    For out;
    out.value = tokens_.take(TokenKind::word, "a variable").text;
    if (tokens_.accept_symbol(",")) {
      out.key = out.value;
      out.value = tokens_.take(TokenKind::word, "a variable").text;
    }
    tokens_.take_word("in");
    out.container = tokens_.expression();
    end_tag();
    Scope inner = scope.inner();
    inner.in_loop = true;
    out.body = body({"else", "endfor"}, inner);
    if (ending_ == "else") {
      end_tag();
      out.otherwise = body({"endfor"}, scope.inner());
    }
    end_tag();
    return out;
  }

  Set set(bool is_global) {
    std::string name = tokens_.take(TokenKind::word, "a variable").text;
    tokens_.take_symbol("=");
    auto value = tokens_.expression();
    end_tag();
    return {std::move(name), std::move(value), is_global};
  }

  FilterSection filter_section(const Scope& scope) {
    auto [name, arguments] = tokens_.filter();
    end_tag();
    auto inner = body({"endfilter"}, scope.inner());
    end_tag();
    return {std::move(name), std::move(arguments), std::move(inner)};
  }

  std::unique_ptr<Block> block(const Token& keyword, const Scope& scope) {
    if (scope.in_macro) tokens_.error_at(keyword.place, "a block stands in a macro; move it out");
    Token name = tokens_.take(TokenKind::word, "the block's name");
    end_tag();
    auto out = std::make_unique<Block>();
    out->name = name.text;
    if (!result_.blocks.emplace(name.text, out.get()).second) {
      tokens_.error_at(name.place,
                       fmt::format("the block '{}' is defined twice; choose another name", name.text));
    }
    Scope inner = scope.inner();
    inner.in_block = true;
    inner.in_loop = false;
    out->body = body({"endblock"}, inner);
    end_named(name.text);
    return out;
  }

  Include include() {
    Include out{{}, false};
    if (tokens_.accept_symbol("[")) {
      while (!tokens_.accept_symbol("]")) {
        if (!out.names.empty() && (tokens_.take_symbol(","), tokens_.accept_symbol("]"))) break;
        out.names.push_back(tokens_.take(TokenKind::string, "the name of a template in quotes").text);
      }
      if (out.names.empty()) tokens_.error("names no template; put one into the brackets");
    } else {
      out.names.push_back(tokens_.take(TokenKind::string, "the name of a template in quotes").text);
    }
    if (tokens_.accept_word("ignore")) {
      tokens_.take_word("missing");
      out.ignore_missing = true;
    }
    end_tag();
    return out;
  }

  ExpressionParser tokens_;
  Template result_;
  std::string ending_;        // keyword that ended the last body()
  bool saw_content_ = false;  // anything but white space, comments, imports and macros
};

}  // namespace

Template parse(std::string_view source, std::string_view template_name) {
  return Parser(source, template_name).run();
}

}  // namespace tcps::tera
