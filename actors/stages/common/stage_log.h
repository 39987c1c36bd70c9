// What the commands of one run printed. Each line goes to the live listener at once; the text is kept,
// bounded, as evidence.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "messages/digest.h"

namespace tcps::stages {

// Not thread-safe: the process runner calls back on the thread of the run.
class StageLog {
 public:
  static constexpr size_t part_bytes_max = 4u << 20;  // of the beginning, and of the end

  explicit StageLog(std::function<void(std::string_view line)> listener) : listener_(std::move(listener)) {}

  void add_line(std::string_view line);
  // All lines, or the first and the last 4 MiB with a note of how many bytes lie between.
  Bytes text() const;

 private:
  std::function<void(std::string_view)> listener_;
  Bytes beginning_;
  Bytes end_;
  uint64_t dropped_ = 0;
};

// The last lines of a command's output, in one line of at most 600 bytes: what a failure's reason quotes.
std::string last_words(std::string_view output);

// The text as UTF-8 of at most bytes_max bytes (a little more where bytes are replaced), so that it can stand
// in a receipt.
std::string receipt_text(std::string_view text, size_t bytes_max = 2'000);

}  // namespace tcps::stages
