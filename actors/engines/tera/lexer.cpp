#include "actors/engines/tera/lexer.h"
#include "messages/text.h"

#include <fmt/format.h>

#include <array>

namespace tcps::tera {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_word_start(c) || is_digit(c); }

constexpr std::array<std::string_view, 5> long_symbols = {"==", "!=", "<=", ">=", "::"};
constexpr std::string_view short_symbols = "<>+-*/%~|()[],=";

class Lexer {
 public:
  Lexer(std::string_view source, std::string_view name) : source_(source), name_(name) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      lex_text();
      if (at_ < source_.size()) lex_mark();
    }
    emit(TokenKind::end, "", place_);
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void error(Place place, std::string message) const {
    throw Failure{{ErrorKind::syntax, std::string(name_), place.line, place.column, "", std::move(message)}};
  }

  void emit(TokenKind kind, std::string text, Place place) {
    tokens_.push_back({kind, std::move(text), place});
  }
  bool sees(std::string_view text) const { return source_.substr(at_, text.size()) == text; }

  void advance(size_t count) {
    for (; count > 0; --count, ++at_) {
      if (source_[at_] == '\n') {
        ++place_.line;
        place_.column = 1;
      } else {
        ++place_.column;
      }
    }
  }

  void skip_spaces() {
    while (at_ < source_.size() && is_space(source_[at_])) advance(1);
  }

  // Text up to the next mark, without the whitespace that a '-' on either side takes away.
  void lex_text() {
    if (trim_next_) skip_spaces();
    trim_next_ = false;
    size_t begin = at_, end = begin;
    Place place = place_;
    while (end < source_.size() && !is_mark(end)) ++end;
    advance(end - begin);
    size_t kept = end;
    if (end + 2 < source_.size() && source_[end + 2] == '-') {
      while (kept > begin && is_space(source_[kept - 1])) --kept;
    }
    if (kept > begin) emit(TokenKind::text, std::string(source_.substr(begin, kept - begin)), place);
  }

  bool is_mark(size_t at) const {
    if (source_[at] != '{' || at + 1 >= source_.size()) return false;
    char next = source_[at + 1];
    return next == '{' || next == '%' || next == '#';
  }

  void lex_mark() {
    Place place = place_;
    char kind = source_[at_ + 1];
    advance(2);
    if (at_ < source_.size() && source_[at_] == '-') advance(1);
    if (kind == '#') return lex_comment(place);
    if (kind == '%' && lex_raw(place)) return;
    emit(kind == '{' ? TokenKind::output_begin : TokenKind::tag_begin, "", place);
    lex_inside(kind == '{' ? "}}" : "%}", kind == '{' ? TokenKind::output_end : TokenKind::tag_end, place);
  }

  void lex_comment(Place place) {
    size_t end = source_.find("#}", at_);
    if (end == std::string_view::npos) error(place, "the comment is never closed; end it with '#}'");
    trim_next_ = end > at_ && source_[end - 1] == '-';
    advance(end + 2 - at_);
  }

  // The rest of a tag that holds `keyword` alone: its length from `at`, or nothing.
  std::optional<size_t> lone_tag(size_t at, std::string_view keyword, bool& trims) const {
    size_t begin = at;
    auto skip = [&] {
      while (at < source_.size() && is_space(source_[at])) ++at;
    };
    skip();
    if (source_.substr(at, keyword.size()) != keyword) return {};
    at += keyword.size();
    skip();
    trims = source_.substr(at, 1) == "-";
    if (trims) ++at;
    if (source_.substr(at, 2) != "%}") return {};
    return at + 2 - begin;
  }

  bool lex_raw(Place place) {
    bool trims_begin = false, trims_end = false;
    auto length = lone_tag(at_, "raw", trims_begin);
    if (!length) return false;
    advance(*length);
    if (trims_begin) skip_spaces();
    for (size_t mark = source_.find("{%", at_); mark != std::string_view::npos;
         mark = source_.find("{%", mark + 2)) {
      bool trims_text = source_.substr(mark + 2, 1) == "-";
      size_t inside = mark + 2 + (trims_text ? 1 : 0);
      auto closing = lone_tag(inside, "endraw", trims_end);
      if (!closing) continue;
      size_t kept = mark;
      while (trims_text && kept > at_ && is_space(source_[kept - 1])) --kept;
      if (kept > at_) emit(TokenKind::text, std::string(source_.substr(at_, kept - at_)), place_);
      advance(inside + *closing - at_);
      trim_next_ = trims_end;
      return true;
    }
    error(place, "the raw section is never closed; end it with '{% endraw %}'");
  }

  void lex_inside(std::string_view close, TokenKind close_kind, Place begin) {
    while (true) {
      skip_spaces();
      if (at_ >= source_.size())
        error(begin, fmt::format("the mark is never closed; end it with '{}'", close));
      bool trims = source_[at_] == '-' && source_.substr(at_ + 1, 2) == close;
      if (trims || sees(close)) {
        emit(close_kind, "", place_);
        advance(trims ? 3 : 2);
        trim_next_ = trims;
        return;
      }
      lex_token();
    }
  }

  void lex_token() {
    Place place = place_;
    char c = source_[at_];
    if (c == '"' || c == '\'' || c == '`') return lex_string(c, place);
    if (is_word_start(c)) return take_while(TokenKind::word, place);
    if (is_digit(c)) return lex_number(place);
    if (c == '.' && follows_value()) {
      advance(1);
      if (at_ >= source_.size() || !is_word(source_[at_]))
        error(place, "a name or an index must follow the dot");
      return take_while(TokenKind::member, place);
    }
    for (std::string_view symbol : long_symbols) {
      if (sees(symbol)) return take_symbol(symbol.size(), place);
    }
    if (short_symbols.find(c) != std::string_view::npos) return take_symbol(1, place);
    error(place, fmt::format("the character {} has no meaning here; remove it", printable(c)));
  }

  static std::string printable(char c) {
    bool is_ascii = c > ' ' && c < 0x7f;
    return is_ascii ? fmt::format("'{}'", c) : fmt::format("0x{:02x}", static_cast<unsigned char>(c));
  }

  bool follows_value() const {
    const Token& last = tokens_.back();
    return last.kind == TokenKind::word || last.kind == TokenKind::member ||
           (last.kind == TokenKind::symbol && last.text == "]");
  }

  void take_symbol(size_t size, Place place) {
    emit(TokenKind::symbol, std::string(source_.substr(at_, size)), place);
    advance(size);
  }

  void take_while(TokenKind kind, Place place) {
    size_t begin = at_;
    while (at_ < source_.size() && is_word(source_[at_])) advance(1);
    emit(kind, std::string(source_.substr(begin, at_ - begin)), place);
  }

  // Text between quotes as it stands: Tera has no escapes.
  void lex_string(char quote, Place place) {
    size_t end = source_.find(quote, at_ + 1);
    if (end == std::string_view::npos)
      error(place, fmt::format("the text is never closed; end it with {}", quote));
    emit(TokenKind::string, std::string(source_.substr(at_ + 1, end - at_ - 1)), place);
    advance(end + 1 - at_);
  }

  void lex_number(Place place) {
    size_t begin = at_;
    auto digits = [&] {
      while (at_ < source_.size() && is_digit(source_[at_])) advance(1);
    };
    digits();
    bool is_floating = at_ + 1 < source_.size() && source_[at_] == '.' && is_digit(source_[at_ + 1]);
    if (is_floating) {
      advance(1);
      digits();
    }
    if (at_ < source_.size() && is_word_start(source_[at_]))
      error(place, "a name must not start with a digit");
    emit(is_floating ? TokenKind::floating : TokenKind::integer,
         std::string(source_.substr(begin, at_ - begin)), place);
  }

  std::string_view source_, name_;
  size_t at_ = 0;
  Place place_;
  bool trim_next_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex(std::string_view source, std::string_view template_name) {
  return Lexer(source, template_name).run();
}

}  // namespace tcps::tera
