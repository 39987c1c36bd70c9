#include "actors/engines/rdf/sparql_words.h"

#include <algorithm>

namespace tcps::rdf {
namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class WordScanner {
 public:
  explicit WordScanner(std::string_view query) : rest_(query) {}

  std::vector<SparqlWord> run() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '#') {
        skip(std::min(rest_.find('\n'), rest_.size()));
      } else if (c == '"' || c == '\'') {
        skip_string(c);
        after_operand_ = true;
      } else if (c == '<') {
        skip_iri();
      } else if (c == '?' || c == '$' || c == '@' || c == ':') {
        skip(1);
        skip_name(c == '@' || c == ':');
        after_operand_ = true;
      } else if (is_word_character(c)) {
        take_word();
        after_operand_ = true;
      } else {
        take_sign(c);
      }
    }
    return std::move(words_);
  }

 private:
  void skip(size_t count) {
    line_ += static_cast<int>(std::count(rest_.begin(), rest_.begin() + static_cast<long>(count), '\n'));
    rest_.remove_prefix(count);
  }

  void skip_string(char quote) {
    const std::string fence(3, quote);
    const bool is_long = rest_.starts_with(fence);
    const std::string_view end = is_long ? std::string_view(fence) : std::string_view(fence).substr(0, 1);
    size_t at = end.size();
    while (at < rest_.size() && !rest_.substr(at).starts_with(end)) {
      if (!is_long && rest_[at] == '\n') break;
      at += rest_[at] == '\\' ? 2 : 1;
    }
    skip(std::min(at + end.size(), rest_.size()));
  }

  // A '<' that opens no IRI is the operator.
  void skip_iri() {
    const size_t end = rest_.find_first_of(" \t\r\n<>\"{}|^`\\", 1);
    skip(end != std::string_view::npos && rest_[end] == '>' ? end + 1 : 1);
  }

  size_t word_length() const {
    size_t length = 0;
    while (length < rest_.size() && is_word_character(rest_[length])) ++length;
    return length;
  }

  // The rest of a name that began with '?', '$', '@' or ':'.
  void skip_name(bool with_dashes) {
    size_t length = 0;
    while (length < rest_.size() &&
           (is_word_character(rest_[length]) || (with_dashes && rest_[length] == '-'))) {
      ++length;
    }
    skip(length);
  }

  void take_sign(char c) {
    const bool before_number = rest_.size() > 1 && (rest_[1] == '.' || (rest_[1] >= '0' && rest_[1] <= '9'));
    if (c == '-' && after_operand_ && before_number) words_.push_back({"-", line_});
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) after_operand_ = c == ')';
    skip(1);
  }

  void take_word() {
    const std::string_view word = rest_.substr(0, word_length());
    const int line = line_;
    skip(word.size());
    if (rest_.starts_with(':')) return;  // it was a prefix
    std::string upper(word);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    words_.push_back({std::move(upper), line});
  }

  std::string_view rest_;
  int line_ = 1;
  bool after_operand_ = false;  // what came last can stand left of an operator
  std::vector<SparqlWord> words_;
};

}  // namespace

std::vector<SparqlWord> bare_words(std::string_view query) { return WordScanner(query).run(); }

}  // namespace tcps::rdf
