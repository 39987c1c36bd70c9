#include "actors/engines/rdf/sparql_words.h"
#include "messages/text.h"

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
        after_operand_ = skip_iri();
      } else if (c == '?' || c == '$' || c == '@' || c == ':') {
        skip(1);
        skip_name(c == '@' || c == ':');
        after_operand_ = true;
      } else if (is_word_character(c)) {
        take_word();
      } else {
        take_mark(c);
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

  // A '<' that opens no IRI is the operator. Says whether it was an IRI.
  bool skip_iri() {
    const size_t end = rest_.find_first_of(" \t\r\n<>\"{}|^`\\", 1);
    const bool is_iri = end != std::string_view::npos && rest_[end] == '>';
    skip(is_iri ? end + 1 : 1);
    return is_iri;
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

  void take_mark(char c) {
    const bool signs_number = rest_.size() > 1 && (rest_[1] == '.' || is_digit(rest_[1]));
    const bool computes = c == '/' || (c == '*' && after_operand_) ||
                          ((c == '+' || c == '-') && (after_operand_ || !signs_number));
    if (computes) words_.push_back({std::string(1, c), line_});
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) after_operand_ = c == ')';
    skip(1);
  }

  // The length of a prefix with its colon, 0 when none stands here. Prefixes may hold dashes and points.
  size_t prefix_length() const {
    size_t length = word_length();
    while (length < rest_.size() &&
           (is_word_character(rest_[length]) || rest_[length] == '-' || rest_[length] == '.')) {
      ++length;
    }
    return length < rest_.size() && rest_[length] == ':' ? length + 1 : 0;
  }

  // The length of a number with its point and exponent.
  size_t number_length() const {
    size_t length = word_length();
    if (length < rest_.size() && rest_[length] == '.') {
      do ++length;
      while (length < rest_.size() && is_word_character(rest_[length]));
    }
    const bool exponent = rest_[length - 1] == 'e' || rest_[length - 1] == 'E';
    if (exponent && length < rest_.size() && (rest_[length] == '+' || rest_[length] == '-')) {
      do ++length;
      while (length < rest_.size() && is_digit(rest_[length]));
    }
    return length;
  }

  void take_word() {
    if (const size_t prefix = prefix_length(); prefix > 0) {
      skip(prefix);
      skip_name(true);
      after_operand_ = true;
      return;
    }
    const bool is_number = is_digit(rest_.front());
    std::string word(rest_.substr(0, is_number ? number_length() : word_length()));
    const int line = line_;
    skip(word.size());
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    after_operand_ = is_number || word == "TRUE" || word == "FALSE";
    words_.push_back({std::move(word), line});
  }

  std::string_view rest_;
  int line_ = 1;
  bool after_operand_ = false;  // what came last can stand left of an operator
  std::vector<SparqlWord> words_;
};

}  // namespace

std::vector<SparqlWord> bare_words(std::string_view query) { return WordScanner(query).run(); }

}  // namespace tcps::rdf
