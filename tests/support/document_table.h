// A table of a page under docs/, for tests that hold it to the code.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/places.h"

namespace tcps::test {

// The cells of each row below `head`, a whole line of the page; none when the page has no such line.
inline std::vector<std::vector<std::string>> document_table(const std::string& page,
                                                            const std::string& head) {
  std::ifstream file(source_folder() + "/docs/" + page);
  std::string line;
  while (std::getline(file, line) && line != head) {
  }
  std::getline(file, line);  // |---|---|
  std::vector<std::vector<std::string>> rows;
  while (std::getline(file, line) && line.starts_with('|')) {
    std::vector<std::string> cells;
    for (size_t begin = 1, end; (end = line.find('|', begin)) != std::string::npos; begin = end + 1) {
      const auto first = line.find_first_not_of(' ', begin), last = line.find_last_not_of(' ', end - 1);
      cells.push_back(first < end ? line.substr(first, last - first + 1) : std::string());
    }
    rows.push_back(cells);
  }
  return rows;
}

// What stands between backticks, in order.
inline std::vector<std::string> code_words(const std::string& cell) {
  std::vector<std::string> words;
  for (size_t open = cell.find('`'); open != std::string::npos;) {
    const size_t close = cell.find('`', open + 1);
    if (close == std::string::npos) break;
    words.push_back(cell.substr(open + 1, close - open - 1));
    open = cell.find('`', close + 1);
  }
  return words;
}

}  // namespace tcps::test
