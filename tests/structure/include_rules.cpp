#include "tests/structure/include_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace tcps::structure {
namespace {

using Names = std::vector<std::string_view>;

struct Library {
  std::string_view name;
  Names headers;  // a trailing '/' stands for everything below
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> known = {
      {"CAF", {"caf/"}},
      {"NATS.c", {"nats/", "nats.h"}},
      {"RocksDB", {"rocksdb/"}},
      {"Protobuf", {"google/protobuf/"}},
      {"OpenSSL", {"openssl/"}},
      {"nlohmann-json", {"nlohmann/"}},
      {"tl::expected", {"tl/"}},
      {"fmt", {"fmt/"}},
      {"spdlog", {"spdlog/"}},
      {"Boost", {"boost/"}},
      {"toml++", {"toml++/"}},
      {"CLI11", {"CLI/"}},
      {"libarchive", {"archive.h", "archive_entry.h"}},
      {"RDF", {"raptor2/", "rasqal/", "serd/", "sord/"}},
      {"valijson", {"valijson/"}},
      {"pugixml", {"pugixml.hpp"}},
      {"PCRE2", {"pcre2.h"}},
      {"zlib", {"zlib.h"}},
      {"GoogleTest", {"gtest/", "gmock/"}},
      {"rapidcheck", {"rapidcheck.h", "rapidcheck/"}},
      {"Benchmark", {"benchmark/"}},
  };
  return known;
}

struct Zone {
  std::string_view folder;
  Names project;    // files, or folders with a trailing '/'
  Names libraries;  // by name
};

const Names frame = {"tl::expected", "fmt", "nlohmann-json", "Protobuf", "OpenSSL", "spdlog", "Boost"};

Names with(Names names, std::initializer_list<std::string_view> more) {
  names.insert(names.end(), more);
  return names;
}

const std::vector<Zone>& zones() {
  static const std::vector<Zone> table = {
      {"messages/", {"messages/"}, {"tl::expected", "fmt", "nlohmann-json", "Protobuf", "OpenSSL"}},
      {"bus/", {"messages/", "bus/bus.h"}, {"tl::expected", "fmt"}},
      {"bus/nats/", {"messages/", "bus/bus.h", "bus/nats/"}, with(frame, {"NATS.c"})},
      {"bus/sim/", {"messages/", "bus/bus.h", "bus/sim/"}, frame},
      {"bus/contract/", {"messages/", "bus/"}, frame},  // one suite of tests for every bus
      {"actors/runtime/", {"messages/", "actors/runtime/"}, frame},
      {"actors/engines/",
       {"messages/", "actors/engines/"},
       with(frame, {"toml++", "libarchive", "RDF", "valijson", "pugixml", "PCRE2"})},
      {"actors/stages/",
       {"messages/", "bus/bus.h", "actors/engines/", "actors/stages/", "actors/runtime/"},
       with(frame, {"toml++"})},
      {"actors/line/", {"messages/", "bus/bus.h", "actors/line/", "actors/runtime/"}, with(frame, {"CAF"})},
      {"actors/station/",
       {"messages/", "bus/bus.h", "actors/station/", "actors/line/", "actors/stages/", "actors/runtime/"},
       with(frame, {"CAF"})},
      {"actors/supervisor/",
       {"messages/", "bus/bus.h", "actors/supervisor/", "actors/line/", "actors/runtime/",
        "actors/station/standard_work_cache.h"},
       with(frame, {"CAF"})},
      {"actors/ledger/",
       {"messages/", "bus/bus.h", "actors/ledger/", "actors/line/", "actors/runtime/",
        "actors/supervisor/peers.h"},
       with(frame, {"CAF", "RocksDB"})},
      {"nodes/",
       {"messages/", "bus/", "actors/", "nodes/"},
       with(frame, {"CAF", "CLI11", "toml++", "libarchive", "pugixml", "zlib"})},
      // The independent verifier: the rules of verification, and nothing else.
      {"nodes/audit/",
       {"messages/", "nodes/audit/", "actors/ledger/merkle.h", "actors/ledger/note.h", "actors/ledger/tile.h",
        "actors/ledger/checkpoint.h", "actors/ledger/chain.h", "actors/ledger/chain_keys.h",
        "actors/ledger/chain_work_orders.h", "actors/ledger/stored_entry.h", "actors/ledger/bundle.h",
        "actors/ledger/release_policy.h", "actors/ledger/verification_summary.h"},
       {"tl::expected", "fmt", "nlohmann-json", "CLI11", "toml++"}},
      // Programs beside it, which need more.
      {"nodes/audit/http/",
       {"messages/", "nodes/audit/", "actors/ledger/note.h", "actors/ledger/checkpoint.h",
        "actors/ledger/witness.h", "actors/ledger/log_monitor.h", "actors/ledger/outside_checkpoint.h"},
       with(frame, {"CLI11"})},
      {"nodes/audit/fsck/",
       {"messages/", "nodes/audit/", "actors/ledger/", "actors/runtime/"},
       with(frame, {"CLI11"})},
      {"tests/",
       {"messages/", "bus/", "actors/", "nodes/", "tests/"},
       with(frame, {"CAF", "RocksDB", "CLI11", "toml++", "libarchive", "RDF"})},
  };
  return table;
}

const Names test_libraries = {"GoogleTest", "rapidcheck", "Benchmark"};

// The only source files that may touch a library at all, tests/ aside.
const Names rocksdb_files = {"actors/ledger/key_value_store.cpp", "actors/ledger/key_value_store_faults.cpp"};

bool covers(std::string_view pattern, std::string_view path) {
  return pattern.ends_with('/') ? path.starts_with(pattern) : path == pattern;
}

bool any_covers(const Names& patterns, std::string_view path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](auto pattern) { return covers(pattern, path); });
}

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Zone* zone_of(std::string_view file) {
  const Zone* best = nullptr;
  for (const Zone& zone : zones()) {
    if (file.starts_with(zone.folder) && (!best || zone.folder.size() > best->folder.size())) best = &zone;
  }
  return best;
}

const Library* library_of(std::string_view header) {
  for (const Library& library : libraries()) {
    if (any_covers(library.headers, header)) return &library;
  }
  return nullptr;
}

// Headers of C++ itself have neither a dot nor a folder; those of the C library and the kernel are named
// here.
bool is_system_header(std::string_view header) {
  static const Names folders = {"sys/", "netinet/", "arpa/", "linux/"};
  static const Names files = {"dirent.h",  "errno.h", "fcntl.h",  "ifaddrs.h", "netdb.h", "poll.h",
                              "pthread.h", "pwd.h",   "sched.h",  "signal.h",  "spawn.h", "stdlib.h",
                              "termios.h", "time.h",  "unistd.h", "ftw.h",     "grp.h"};
  return header.find_first_of("./") == std::string_view::npos || any_covers(folders, header) ||
         contains(files, header);
}

bool is_test(std::string_view file) {
  constexpr std::array folders = {"tests/", "bus/contract/"};
  constexpr std::array endings = {"_test.cpp", "_test.h",
                                  "_generator.h",  // random values for rapidcheck
                                  "_fixture.h"};
  return std::any_of(folders.begin(), folders.end(), [&](auto folder) { return file.starts_with(folder); }) ||
         std::any_of(endings.begin(), endings.end(), [&](auto ending) { return file.ends_with(ending); });
}

bool may_use_caf(std::string_view file) {
  constexpr std::array endings = {"_actor.h", "_actor.cpp", "_actor_test.cpp"};
  return file.starts_with("nodes/") || file.starts_with("tests/") ||
         std::any_of(endings.begin(), endings.end(), [&](auto ending) { return file.ends_with(ending); });
}

std::optional<std::string> objection_to_project_header(std::string_view file, std::string_view name,
                                                       const Zone& zone) {
  if (any_covers(zone.project, name)) return {};
  // A test beside the code may use other rooms as its stage, and what tests share, but no executable.
  const Names stages = {"messages/", "bus/", "actors/", "tests/support/"};
  if (is_test(file) && any_covers(stages, name)) return {};
  return fmt::format("{} may not include \"{}\"", zone.folder, name);
}

std::optional<std::string> objection_to_library(std::string_view file, const Library& library,
                                                const Zone& zone) {
  if (is_test(file) && contains(test_libraries, library.name)) return {};
  if (!contains(zone.libraries, library.name)) {
    return fmt::format("{} may not use {}", zone.folder, library.name);
  }
  if (library.name == "CAF" && !may_use_caf(file)) return "only *_actor.{h,cpp} may use CAF under actors/";
  if (library.name == "RocksDB" && !contains(rocksdb_files, file) && !file.starts_with("tests/")) {
    return fmt::format("only {} and its faults may use RocksDB", rocksdb_files.front());
  }
  return {};
}

}  // namespace

std::optional<std::string> objection_to_include(std::string_view file, std::string_view name, bool quoted) {
  const Zone* zone = zone_of(file);
  if (!zone) return "the file is in no folder of the house";
  if (quoted) return objection_to_project_header(file, name, *zone);
  if (is_system_header(name)) return {};
  const Library* library = library_of(name);
  if (!library) {
    return fmt::format(
        "<{}> belongs to no known library: name it in tests/structure/include_rules.cpp and docs/adr", name);
  }
  return objection_to_library(file, *library, *zone);
}

}  // namespace tcps::structure
