#include "tests/structure/include_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace tcps::structure {
namespace {

using Names = std::vector<std::string_view>;

struct Header {
  std::string_view pattern;  // a trailing '/' stands for everything below
  Names targets;             // of CMake
};

struct Library {
  std::string_view name;
  std::vector<Header> headers;  // the first that covers counts
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> known = {
      {"CAF", {{"caf/", {"caf::core"}}}},
      {"NATS.c", {{"nats/", {"PkgConfig::nats"}}, {"nats.h", {"PkgConfig::nats"}}}},
      {"RocksDB", {{"rocksdb/", {"RocksDB::rocksdb-shared"}}}},
      {"Protobuf", {{"google/protobuf/", {"protobuf::libprotobuf"}}}},
      {"OpenSSL", {{"openssl/ssl.h", {"OpenSSL::SSL"}}, {"openssl/", {"OpenSSL::Crypto"}}}},
      {"nlohmann-json", {{"nlohmann/", {"nlohmann_json::nlohmann_json"}}}},
      {"tl::expected", {{"tl/", {"tl::expected"}}}},
      {"fmt", {{"fmt/", {"fmt::fmt"}}}},
      {"spdlog", {{"spdlog/", {"spdlog::spdlog"}}}},
      {"Boost",
       {{"boost/asio/ssl.hpp", {"Boost::headers", "OpenSSL::SSL"}},
        {"boost/asio/ssl/", {"Boost::headers", "OpenSSL::SSL"}},
        {"boost/beast/ssl.hpp", {"Boost::headers", "OpenSSL::SSL"}},
        {"boost/", {"Boost::headers"}}}},
      {"toml++", {{"toml++/", {"tomlplusplus::tomlplusplus"}}}},
      {"CLI11", {{"CLI/", {"CLI11::CLI11"}}}},
      {"libarchive",
       {{"archive.h", {"PkgConfig::libarchive"}}, {"archive_entry.h", {"PkgConfig::libarchive"}}}},
      {"RDF", {{"raptor2/", {"PkgConfig::raptor2"}}, {"rasqal/", {"PkgConfig::rasqal"}}}},
      {"valijson", {{"valijson/", {"valijson"}}}},
      {"pugixml", {{"pugixml.hpp", {"pugixml::pugixml"}}}},
      {"PCRE2", {{"pcre2.h", {"PkgConfig::pcre2"}}}},
      {"RE2", {{"re2/", {"PkgConfig::re2"}}}},
      {"utf8proc", {{"utf8proc.h", {"PkgConfig::utf8proc"}}}},
      {"zlib", {{"zlib.h", {"ZLIB::ZLIB"}}}},
      {"GoogleTest", {{"gtest/", {"GTest::gtest"}}, {"gmock/", {"GTest::gmock"}}}},
      {"rapidcheck", {{"rapidcheck.h", {"rapidcheck"}}, {"rapidcheck/", {"rapidcheck"}}}},
      {"Benchmark", {{"benchmark/", {"benchmark::benchmark"}}}},
  };
  return known;
}

const Names frame = {"tl::expected", "fmt", "nlohmann-json", "Protobuf", "OpenSSL", "spdlog", "Boost"};

Names with(Names names, std::initializer_list<std::string_view> more) {
  names.insert(names.end(), more);
  return names;
}

}  // namespace

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
       with(frame, {"toml++", "libarchive", "RDF", "valijson", "pugixml", "PCRE2", "RE2", "utf8proc"})},
      {"actors/stages/",
       {"messages/", "bus/bus.h", "actors/engines/", "actors/stages/", "actors/runtime/"},
       with(frame, {"toml++"})},

      // A line: fold <- following <- intake.
      {"actors/line/fold/", {"messages/", "actors/line/fold/"}, frame},
      {"actors/line/following/",
       {"messages/", "bus/bus.h", "actors/line/fold/", "actors/line/following/", "actors/runtime/"},
       with(frame, {"CAF"})},
      {"actors/line/intake/",
       {"messages/", "bus/bus.h", "actors/line/", "actors/runtime/"},
       with(frame, {"CAF"})},
      {"actors/line/testing/", {"messages/", "actors/line/fold/", "actors/line/testing/"}, frame},

      // The ledger: tlog <- chain <- certification, store <- queries, replication, which alone know the fold.
      {"actors/ledger/tlog/", {"messages/", "actors/ledger/tlog/"}, frame},
      {"actors/ledger/chain/", {"messages/", "actors/ledger/tlog/", "actors/ledger/chain/"}, frame},
      {"actors/ledger/certification/",
       {"messages/", "actors/ledger/tlog/", "actors/ledger/chain/", "actors/ledger/certification/"},
       frame},
      {"actors/ledger/store/",
       {"messages/", "actors/ledger/tlog/", "actors/ledger/chain/", "actors/ledger/store/"},
       frame},
      {"actors/ledger/store/key_value/",
       {"messages/", "actors/ledger/store/key_value/"},
       with(frame, {"RocksDB"})},
      {"actors/ledger/queries/",
       {"messages/", "actors/ledger/tlog/", "actors/ledger/chain/", "actors/ledger/certification/",
        "actors/ledger/store/", "actors/ledger/queries/", "actors/line/fold/", "actors/line/following/"},
       frame},
      {"actors/ledger/replication/",
       {"messages/", "bus/bus.h", "actors/ledger/tlog/", "actors/ledger/chain/",
        "actors/ledger/certification/", "actors/ledger/store/", "actors/ledger/replication/",
        "actors/line/fold/", "actors/line/following/", "actors/runtime/"},
       with(frame, {"CAF"})},

      {"actors/station/",
       {"messages/", "bus/bus.h", "actors/station/", "actors/line/fold/", "actors/line/following/",
        "actors/stages/", "actors/runtime/"},
       with(frame, {"CAF"})},
      {"actors/supervisor/",
       {"messages/", "bus/bus.h", "actors/supervisor/", "actors/line/fold/", "actors/line/following/",
        "actors/stages/standard_work/", "actors/runtime/"},
       with(frame, {"CAF"})},

      // Rooms that programs share.
      {"nodes/wiring/", {"messages/", "bus/bus.h", "bus/nats/", "nodes/wiring/"}, frame},
      {"nodes/toml/", {"messages/", "nodes/toml/"}, {"tl::expected", "fmt", "toml++"}},
      {"nodes/signing/", {"messages/", "nodes/signing/"}, frame},
      {"nodes/settings/",
       {"messages/", "actors/ledger/certification/", "actors/line/fold/", "nodes/settings/", "nodes/signing/",
        "nodes/toml/"},
       with(frame, {"toml++"})},
      {"nodes/client/",
       {"messages/", "bus/bus.h", "actors/ledger/", "actors/line/", "nodes/client/", "nodes/settings/",
        "nodes/toml/", "nodes/wiring/"},
       with(frame, {"toml++"})},
      {"nodes/view/", {"messages/", "actors/ledger/", "nodes/view/"}, with(frame, {"pugixml"})},
      {"nodes/http/", {"messages/", "nodes/http/"}, frame},

      // Programs: none includes another.
      {"nodes/tcpsd/",
       {"messages/", "bus/bus.h", "bus/nats/", "actors/", "nodes/tcpsd/", "nodes/settings/", "nodes/signing/",
        "nodes/wiring/"},
       with(frame, {"CAF", "CLI11"})},
      {"nodes/tcps/",
       {"messages/", "bus/bus.h", "actors/", "nodes/tcps/", "nodes/client/", "nodes/view/", "nodes/settings/",
        "nodes/toml/", "nodes/wiring/"},
       with(frame, {"CLI11", "toml++"})},
      {"nodes/gateway/",
       {"messages/", "actors/ledger/", "nodes/gateway/", "nodes/client/", "nodes/view/", "nodes/http/"},
       with(frame, {"CLI11", "zlib"})},
      {"nodes/engine/",
       {"messages/", "actors/engines/", "actors/stages/", "nodes/engine/"},
       with(frame, {"CLI11"})},
      {"nodes/signer/",
       {"messages/", "actors/ledger/tlog/", "nodes/signer/", "nodes/signing/"},
       with(frame, {"CLI11"})},
      // The independent verifier: the rules of verification, and nothing else of the factory. nodes/toml is no
      // rule of the factory: it reads a file by a table of keys, and a release policy is such a file; it knows
      // messages/ alone, so that nothing comes in with it. Beside the verifier, programs that need more.
      {"nodes/audit/",
       {"messages/", "actors/ledger/tlog/", "actors/ledger/chain/", "nodes/audit/", "nodes/toml/"},
       {"tl::expected", "fmt", "nlohmann-json", "CLI11", "toml++"}},
      {"nodes/audit/http/",
       {"messages/", "actors/ledger/tlog/", "actors/ledger/chain/", "nodes/audit/", "nodes/http/"},
       with(frame, {"CLI11"})},
      {"nodes/audit/fsck/",
       {"messages/", "actors/ledger/tlog/", "actors/ledger/chain/", "actors/ledger/store/", "actors/runtime/",
        "nodes/audit/"},
       with(frame, {"CLI11"})},

      {"tests/",
       {"messages/", "bus/", "actors/", "nodes/", "tests/"},
       with(frame, {"CAF", "RocksDB", "CLI11", "toml++", "libarchive", "RDF"})},
  };
  return table;
}

namespace {

const Names test_libraries = {"GoogleTest", "rapidcheck", "Benchmark"};

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

struct Known {
  const Library* library;
  const Header* header;
};

std::optional<Known> known(std::string_view name) {
  for (const Library& library : libraries()) {
    for (const Header& header : library.headers) {
      if (covers(header.pattern, name)) return Known{&library, &header};
    }
  }
  return std::nullopt;
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

bool is_test_double(std::string_view file) { return file.find("/testing/") != std::string_view::npos; }

// What is never linked into a program: `*_test.cpp`, what tests share in a folder `testing/` beside the code,
// and what crosses folders.
bool is_test(std::string_view file) {
  return file.starts_with("tests/") || file.starts_with("bus/contract/") || file.ends_with("_test.cpp") ||
         is_test_double(file);
}

bool may_use_caf(std::string_view file) {
  constexpr std::array endings = {"_actor.h", "_actor.cpp", "_actor_test.cpp", "_messages.h"};
  return file.starts_with("nodes/") || file.starts_with("tests/") ||
         std::any_of(endings.begin(), endings.end(), [&](auto ending) { return file.ends_with(ending); });
}

std::optional<std::string> objection_to_project_header(std::string_view file, std::string_view name,
                                                       const Zone& zone) {
  if (is_test_double(name) && !is_test(file)) return "only tests may include what is in testing/";
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
  if (library.name == "CAF" && !may_use_caf(file))
    return "only *_actor.{h,cpp} and the messages of actors may use CAF under actors/";
  return {};
}

}  // namespace

std::optional<std::string> objection_to_include(std::string_view file, std::string_view name, bool quoted) {
  const Zone* zone = zone_of(file);
  if (!zone) return "the file is in no folder of the house";
  if (quoted) return objection_to_project_header(file, name, *zone);
  if (is_system_header(name)) return {};
  const auto header = known(name);
  if (!header) {
    return fmt::format(
        "<{}> belongs to no known library: name it in tests/structure/include_rules.cpp and docs/adr", name);
  }
  return objection_to_library(file, *header->library, *zone);
}

std::vector<std::string_view> targets_of_header(std::string_view name) {
  const auto header = known(name);
  return header ? header->header->targets : Names{};
}

}  // namespace tcps::structure
