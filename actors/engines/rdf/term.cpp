#include "actors/engines/rdf/term.h"

#include <fmt/format.h>

#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {

Term Term::iri(std::string_view text) { return {Kind::iri, std::string(text), {}, {}}; }

Term Term::blank(std::string_view label) { return {Kind::blank, std::string(label), {}, {}}; }

Term Term::literal(std::string_view lexical, std::string_view datatype) {
  return {Kind::literal, std::string(lexical), std::string(datatype.empty() ? xsd::string : datatype), {}};
}

Term Term::tagged(std::string_view lexical, std::string_view language) {
  std::string lower(language);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return {Kind::literal, std::string(lexical), std::string(rdf::lang_string), std::move(lower)};
}

std::string escape_literal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '\b':
        out += "\\b";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\r':
        out += "\\r";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string quote_iri(std::string_view iri) {
  constexpr std::string_view forbidden = "<>\"{}|^`\\";
  std::string out = "<";
  for (const char c : iri) {
    if (static_cast<unsigned char>(c) <= 0x20 || forbidden.find(c) != std::string_view::npos) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + ">";
}

std::string Term::to_string() const {
  if (is_iri()) return quote_iri(value);
  if (is_blank()) return std::string("_:").append(value);
  std::string text = std::string("\"").append(escape_literal(value)).append("\"");
  if (!language.empty()) return text.append("@").append(language);
  if (datatype != xsd::string) text.append("^^").append(quote_iri(datatype));
  return text;
}

std::string Triple::to_string() const {
  return subject.to_string() + " " + predicate.to_string() + " " + object.to_string() + " .";
}

}  // namespace tcps::rdf
