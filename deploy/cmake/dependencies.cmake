# Third-party libraries, each as one imported target. docs/adr says why each was chosen.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(RocksDB REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(PkgConfig REQUIRED)
# Debian's cnats CMake package names a static library that it does not ship; its pkg-config file is right.
pkg_check_modules(nats REQUIRED IMPORTED_TARGET libnats)
pkg_check_modules(raptor2 REQUIRED IMPORTED_TARGET raptor2)
pkg_check_modules(rasqal REQUIRED IMPORTED_TARGET rasqal)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(tcmalloc REQUIRED IMPORTED_TARGET libtcmalloc_minimal)
find_package(CLI11 REQUIRED)
find_package(valijson REQUIRED)
find_package(ZLIB REQUIRED)
find_package(pugixml REQUIRED)

# Debian's libcaf-dev ships no CMake package.
find_path(CAF_INCLUDE_DIR caf/all.hpp REQUIRED)
find_library(CAF_CORE_LIBRARY caf_core REQUIRED)
add_library(caf::core UNKNOWN IMPORTED)
set_target_properties(caf::core PROPERTIES
  IMPORTED_LOCATION ${CAF_CORE_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${CAF_INCLUDE_DIR})

if(TCPS_TESTS OR TCPS_FUZZ OR TCPS_BENCHMARKS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()
if(TCPS_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

# The memory allocator of programs that many threads keep busy. Sanitizers bring their own.
add_library(tcps_allocator INTERFACE)
if(NOT TCPS_SANITIZE)
  target_link_libraries(tcps_allocator INTERFACE PkgConfig::tcmalloc)
endif()
