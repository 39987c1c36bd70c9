// What a compiler said, read at once and not as it comes.
#pragma once

#include <sstream>
#include <string>

#include "actors/engines/reports/compiler_log.h"

namespace tcps::reports {

inline CompilerLog log_of(const std::string& text) {
  CompilerLog log;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) log.add_line(line);
  return log;
}

}  // namespace tcps::reports
