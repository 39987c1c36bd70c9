#include "actors/stages/common/stage_log.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tcps::stages {
namespace {

constexpr size_t last_lines = 3;
constexpr size_t last_bytes = 600;

}  // namespace

void StageLog::add_line(std::string_view line) {
  if (listener_) listener_(line);
  if (dropped_ == 0 && end_.empty() && beginning_.size() + line.size() < part_bytes_max) {
    beginning_.append(line).push_back('\n');
    return;
  }
  end_.append(line).push_back('\n');
  if (end_.size() <= 2 * part_bytes_max) return;
  const auto surplus = end_.size() - part_bytes_max;
  end_.erase(0, surplus);
  dropped_ += surplus;
}

Bytes StageLog::text() const {
  const auto surplus = end_.size() - std::min(end_.size(), part_bytes_max);
  const auto dropped = dropped_ + surplus;
  const auto note =
      dropped == 0 ? std::string() : "[... " + std::to_string(dropped) + " bytes left out ...]\n";
  return beginning_ + note + end_.substr(surplus);
}

std::string last_words(std::string_view output) {
  while (!output.empty() && (output.back() == '\n' || output.back() == ' ')) output.remove_suffix(1);
  size_t begin = output.size();
  for (size_t count = 0; count < last_lines && begin > 0; ++count) {
    const auto newline = output.rfind('\n', begin - 1);
    begin = newline == std::string_view::npos ? 0 : newline;
  }
  output.remove_prefix(begin);
  if (output.size() > last_bytes) output.remove_prefix(output.size() - last_bytes);
  std::string words;
  for (const char c : output) {
    if (c != '\n') {
      words.push_back(c);
    } else if (!words.empty()) {
      words.append(" / ");
    }
  }
  return words;
}

std::string receipt_text(std::string_view text, size_t bytes_max) {
  const nlohmann::json value(text.substr(0, bytes_max));
  return nlohmann::json::parse(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace tcps::stages
