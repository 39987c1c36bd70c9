#include "nodes/view/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "messages/result.h"
#include "messages/utf8.h"

namespace tcps::view {
namespace {

constexpr std::string_view column_gap = "  ";

const char* code_of(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::red:
      return "\x1b[31m";
    case Colour::green:
      return "\x1b[32m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::cyan:
      return "\x1b[36m";
    case Colour::bold:
      return "\x1b[1m";
    case Colour::dim:
      return "\x1b[2m";
  }
  return "";
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size())
      line += std::string(widths[i] - display_width(cells[i]), ' ') + std::string(column_gap);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

size_t display_width(std::string_view text) { return utf8::count(text); }

std::string fit(const std::string& text, size_t width) {
  if (display_width(text) <= width) return text;
  if (width == 0) return {};
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++end) {
    if (utf8::begins_character(text[end]) && characters++ == width - 1) break;
  }
  return text.substr(0, end) + "…";
}

std::string paint(std::string_view text, Colour colour, bool colours) {
  if (!colours || colour == Colour::none) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(colour), text);
}

std::string short_digest(std::string_view digest) {
  constexpr std::string_view prefix = "sha256:";
  return std::string(digest.substr(0, digest.starts_with(prefix) ? prefix.size() + 12 : 12));
}

std::string duration_text(int64_t milliseconds) {
  if (milliseconds < 60'000) return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1000);
  const int64_t seconds = milliseconds / 1000;
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}

Colour colour_of(WorkOrderStatus status) {
  switch (status) {
    case WorkOrderStatus::done:
      return Colour::green;
    case WorkOrderStatus::quarantined:
      return Colour::red;
    case WorkOrderStatus::held:
    case WorkOrderStatus::cancelled:
      return Colour::yellow;
    case WorkOrderStatus::working:
    case WorkOrderStatus::backlog:
      break;
  }
  return Colour::none;
}

Colour colour_of(ReceiptStatus status) {
  return status == ReceiptStatus::failed ? Colour::red : Colour::none;
}

void Table::add(std::vector<std::string> cells, Colour colour) {
  TCPS_CHECK(cells.size() == head_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back({std::move(cells), colour});
}

std::string Table::render(bool colours, bool with_head) const {
  std::vector<size_t> widths;
  for (const std::string& cell : head_) widths.push_back(display_width(cell));
  for (const Row& row : rows_) {
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], display_width(row.cells[i]));
  }
  std::string text;
  if (with_head) text = paint(line_of(head_, widths), Colour::bold, colours) + "\n";
  for (const Row& row : rows_) text += paint(line_of(row.cells, widths), row.colour, colours) + "\n";
  return text;
}

void Output::text(std::string_view line) {
  if (!json) out_ << line << '\n';
}

void Output::table(const Table& table, std::string_view when_empty, bool with_head) {
  if (json) return;
  if (table.empty()) {
    if (!when_empty.empty()) text(when_empty);
  } else {
    out_ << table.render(colours(), with_head);
  }
}

void Output::document(const nlohmann::json& value) {
  if (json)
    out_ << value.dump(streams_ ? -1 : 2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void Output::record(const nlohmann::json& value) {
  streams_ = true;
  if (json) out_ << value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

void Output::records(const nlohmann::json& list) {
  if (!json) return;
  streams_ = true;
  for (const auto& value : list)
    out_ << value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  out_ << std::flush;
}

void Output::raw(std::string_view text) { out_ << text << std::flush; }

}  // namespace tcps::view
