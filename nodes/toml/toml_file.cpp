#include "nodes/toml/toml_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tcps::toml_keys {

Result<toml::table> parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid,
                fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
  }
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::vector<std::string> list;
  for (const auto& text : texts) list.push_back(toml_text(text));
  return fmt::format("[{}]", fmt::join(list, ", "));
}

void Problems::add(const toml::node& where, std::string_view key, std::string_view what) {
  if (!lines_.empty()) lines_ += '\n';
  lines_ += fmt::format("{}:{}: {}: {}", file_, where.source().begin.line, key, what);
}

Status Problems::status() const { return lines_.empty() ? Status{} : fail(ErrorCode::invalid, lines_); }

}  // namespace tcps::toml_keys
