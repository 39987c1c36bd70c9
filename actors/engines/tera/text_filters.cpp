// Filters that take a text.
#include <fmt/format.h>

#include "actors/engines/tera/catalogue.h"
#include "actors/engines/tera/text.h"
#include "messages/text.h"

namespace tcps::tera {
namespace {

using nlohmann::json;

json lower(const json& value, const Arguments&) { return to_lower(text_of(value)); }
json upper(const json& value, const Arguments&) { return to_upper(text_of(value)); }

json wordcount(const json& value, const Arguments&) {
  size_t count = 0;
  bool in_word = false;
  for (char c : text_of(value)) {
    if (!is_blank(c) && !in_word) ++count;
    in_word = !is_blank(c);
  }
  return count;
}

json capitalize(const json& value, const Arguments&) {
  const std::string& text = text_of(value);
  if (text.empty()) return text;
  size_t first = characters(text).front().size();
  return to_upper(text.substr(0, first)) + to_lower(text.substr(first));
}

json replace(const json& value, const Arguments& arguments) {
  const std::string& text = text_of(value);
  const std::string &from = arguments.text("from"), &to = arguments.text("to");
  if (from.empty()) throw Misuse{"takes a 'from' that is not empty"};
  std::string out;
  for (size_t at = 0;;) {
    size_t found = text.find(from, at);
    out += text.substr(at, found - at);
    arguments.check_size(out.size() + to.size());
    if (found == std::string::npos) return out;
    out += to;
    at = found + from.size();
  }
}

json addslashes(const json& value, const Arguments&) {
  std::string out;
  for (char c : text_of(value)) {
    if (c == '\\' || c == '"' || c == '\'') out += '\\';
    out += c;
  }
  return out;
}

// The nearest ASCII letters of a Latin-1 letter, or nothing.
std::string_view ascii_letters(std::string_view character) {
  static constexpr std::string_view table[] = {"a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e",
                                               "e", "i", "i", "i", "i", "d", "n",  "o", "o", "o", "o",
                                               "o", "",  "o", "u", "u", "u", "u",  "y", "th"};
  if (character == "\u00df") return "ss";
  if (character == "\u00ff") return "y";
  if (character.size() != 2 || character[0] != '\xc3') return "";
  size_t index = (static_cast<unsigned char>(character[1]) & 0x3f) % 0x20;
  return index < std::size(table) ? table[index] : std::string_view();
}

json slugify(const json& value, const Arguments&) {
  std::string out;
  for (std::string_view character : characters(text_of(value))) {
    std::string plain = character.size() == 1 ? to_lower(character) : std::string(ascii_letters(character));
    bool is_kept =
        !plain.empty() && ((plain[0] >= 'a' && plain[0] <= 'z') || (plain[0] >= '0' && plain[0] <= '9'));
    if (is_kept)
      out += plain;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

bool is_word_character(std::string_view character) {
  char c = character.front();
  return character.size() > 1 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '\'';
}

json title(const json& value, const Arguments&) {
  std::string out;
  bool in_word = false;
  for (std::string_view character : characters(text_of(value))) {
    out += in_word ? to_lower(character) : to_upper(character);
    in_word = is_word_character(character);
  }
  return out;
}

json trim(const json& value, const Arguments&) { return std::string(trim_start(trim_end(text_of(value)))); }
json trim_start_filter(const json& value, const Arguments&) {
  return std::string(trim_start(text_of(value)));
}
json trim_end_filter(const json& value, const Arguments&) { return std::string(trim_end(text_of(value))); }

json trim_start_matches(const json& value, const Arguments& arguments) {
  std::string_view text = text_of(value);
  const std::string& pattern = arguments.text("pat");
  while (!pattern.empty() && text.starts_with(pattern)) text.remove_prefix(pattern.size());
  return std::string(text);
}

json trim_end_matches(const json& value, const Arguments& arguments) {
  std::string_view text = text_of(value);
  const std::string& pattern = arguments.text("pat");
  while (!pattern.empty() && text.ends_with(pattern)) text.remove_suffix(pattern.size());
  return std::string(text);
}

json truncate(const json& value, const Arguments& arguments) {
  const std::string& text = text_of(value);
  int64_t length = arguments.integer_or("length", 255);
  if (length < 0) throw Misuse{"takes a 'length' of at least 0"};
  auto all = characters(text);
  if (all.size() <= size_t(length)) return text;
  std::string out;
  for (size_t i = 0; i < size_t(length); ++i) out += all[i];
  return out + arguments.text_or("end", "\u2026");
}

json striptags(const json& value, const Arguments&) {
  std::string_view text = text_of(value);
  std::string out;
  while (true) {
    size_t open = text.find('<');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    text.remove_prefix(open);
    size_t close = text.starts_with("<!--") ? text.find("-->") : text.find('>');
    if (close == std::string_view::npos) return out + std::string(text);
    text.remove_prefix(text.starts_with("<!--") ? close + 3 : close + 1);
  }
}

json spaceless(const json& value, const Arguments&) {
  std::string_view text = text_of(value);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '>') continue;
    size_t next = i + 1;
    while (next < text.size() && is_blank(text[next])) ++next;
    if (next < text.size() && text[next] == '<') i = next - 1;
  }
  return out;
}

json linebreaksbr(const json& value, const Arguments& arguments) {
  const std::string& text = text_of(value);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && text.substr(i + 1, 1) == "\n") continue;
    out += text[i] == '\n' ? "<br>" : std::string(1, text[i]);
    arguments.check_size(out.size());
  }
  return out;
}

json indent(const json& value, const Arguments& arguments) {
  const std::string& text = text_of(value);
  std::string prefix = arguments.text_or("prefix", "    ");
  bool first = arguments.boolean_or("first", false), blank = arguments.boolean_or("blank", false);
  std::string out;
  for (size_t at = 0, line = 0;; ++line) {
    size_t end = text.find('\n', at);
    std::string_view content = std::string_view(text).substr(at, end - at);
    bool is_indented = (line > 0 || first) && (blank || !trim_start(content).empty());
    if (is_indented) out += prefix;
    out += content;
    arguments.check_size(out.size());
    if (end == std::string::npos) return out;
    out += '\n';
    at = end + 1;
  }
}

json percent_encode(std::string_view text, std::string_view kept, const Arguments& arguments) {
  std::string out;
  for (char c : text) {
    bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    kept.find(c) != std::string_view::npos;
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  arguments.check_size(out.size());
  return out;
}

json urlencode(const json& value, const Arguments& arguments) {
  return percent_encode(text_of(value), "-._~/", arguments);
}
json urlencode_strict(const json& value, const Arguments& arguments) {
  return percent_encode(text_of(value), "", arguments);
}
json escape(const json& value, const Arguments&) { return escape_html(text_of(value)); }
json escape_xml_filter(const json& value, const Arguments&) { return escape_xml(text_of(value)); }

json split(const json& value, const Arguments& arguments) {
  std::string_view text = text_of(value);
  const std::string& pattern = arguments.text("pat");
  if (pattern.empty()) throw Misuse{"takes a 'pat' that is not empty"};
  json out = json::array();
  while (true) {
    size_t found = text.find(pattern);
    out.push_back(std::string(text.substr(0, found)));
    if (found == std::string_view::npos) return out;
    text.remove_prefix(found + pattern.size());
  }
}

constexpr Filter text_filter_table[] = {{"lower", "", lower},
                                        {"upper", "", upper},
                                        {"wordcount", "", wordcount},
                                        {"capitalize", "", capitalize},
                                        {"replace", "from to", replace},
                                        {"addslashes", "", addslashes},
                                        {"slugify", "", slugify},
                                        {"title", "", title},
                                        {"trim", "", trim},
                                        {"trim_start", "", trim_start_filter},
                                        {"trim_end", "", trim_end_filter},
                                        {"trim_start_matches", "pat", trim_start_matches},
                                        {"trim_end_matches", "pat", trim_end_matches},
                                        {"truncate", "length end", truncate},
                                        {"striptags", "", striptags},
                                        {"spaceless", "", spaceless},
                                        {"linebreaksbr", "", linebreaksbr},
                                        {"indent", "prefix first blank", indent},
                                        {"urlencode", "", urlencode},
                                        {"urlencode_strict", "", urlencode_strict},
                                        {"escape", "", escape},
                                        {"escape_xml", "", escape_xml_filter},
                                        {"split", "pat", split}};

}  // namespace

std::span<const Filter> text_filters() { return text_filter_table; }

}  // namespace tcps::tera
