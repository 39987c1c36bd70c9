// Ctrl-C and SIGTERM, as a question that long commands ask between steps.
#pragma once

namespace tcps::cli {

// While one lives, SIGINT and SIGTERM are noted instead of ending the process. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  static bool happened();
};

}  // namespace tcps::cli
