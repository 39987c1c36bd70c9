// What commands print: for people aligned tables, with colours on a terminal only; with --json one JSON
// document, or one per line for what comes as a stream. Results go to standard output, everything else to
// standard error.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "messages/text.h"
#include "messages/vocabulary.h"
#include "messages/work_order_status.h"

namespace tcps::view {

enum class Colour { none, red, green, yellow, cyan, bold, dim };

// Rows of texts under a head; columns are as wide as their widest text.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  // As many cells as the head has: asserted.
  void add(std::vector<std::string> cells, Colour colour = Colour::none);
  bool empty() const { return rows_.empty(); }
  // Lines without trailing blanks, each ended by a newline.
  std::string render(bool colours, bool with_head = true) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Colour colour;
  };
  std::vector<std::string> head_;
  std::vector<Row> rows_;
};

// Characters, as far as columns are concerned: code points.
size_t display_width(std::string_view text);
// At most `width` characters, the last one an ellipsis when something was cut.
std::string fit(const std::string& text, size_t width);
std::string paint(std::string_view text, Colour colour, bool colours);
std::string short_digest(std::string_view digest);  // "sha256:0123456789ab"
std::string duration_text(int64_t milliseconds);    // "4.1 s", "2 min 05 s"
Colour colour_of(WorkOrderStatus status);
Colour colour_of(ReceiptStatus status);
// Of the text that a reply has for it; none for a text that there is not.
template <Worded Status>
Colour status_colour(std::string_view text) {
  const auto status = find_word<Status>(text);
  return status ? colour_of(*status) : Colour::none;
}

class Output {
 public:
  // Whether a stream takes colours: a terminal, and the environment does not set NO_COLOR.
  static bool takes_colours(bool terminal, const char* no_color) {
    return terminal && (no_color == nullptr || *no_color == '\0');
  }

  Output(std::ostream& out, bool terminal, bool colours)
      : out_(out), terminal_(terminal), colours_(colours) {}

  bool json = false;  // --json was given
  bool terminal() const { return terminal_ && !json; }
  bool colours() const { return colours_ && !json; }

  void text(std::string_view line);  // one line for people; nothing with --json
  void table(const Table& table, std::string_view when_empty, bool with_head = true);
  // The JSON document of --json, or the last line of a stream; nothing without.
  void document(const nlohmann::json& value);
  void record(const nlohmann::json& value);  // one JSON line of a stream, at once; nothing without --json
  void records(const nlohmann::json& list);  // a JSON line for each element; nothing without --json
  void raw(std::string_view text);           // as it is, always
  std::string paint(std::string_view text, Colour colour) const {
    return view::paint(text, colour, colours());
  }
  std::string verdict(bool good) const {
    return good ? paint("PASS", Colour::green) : paint("FAIL", Colour::red);
  }

 private:
  std::ostream& out_;
  bool terminal_;
  bool colours_;
  bool streams_ = false;  // a record was written
};

}  // namespace tcps::view
