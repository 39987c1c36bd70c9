// make_ledger DATA ENTRIES: a replica's data folder with so many entries of work orders, for benchmarks and
// for looking at what the programs do with a large ledger.
#include <charconv>
#include <cstring>
#include <iostream>

#include "tests/bench/sample_receipts.h"

int main(int argc, char** argv) {
  size_t count = 0;
  const bool is_read =
      argc == 3 && std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), count).ec == std::errc{};
  if (!is_read || count == 0) {
    std::cerr << "usage: make_ledger DATA ENTRIES\n";
    return 2;
  }
  tcps::bench::make_ledger(argv[1], count);
  return 0;
}
