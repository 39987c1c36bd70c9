# Compiler settings shared by every target: warnings are errors, ccache hits
# from any clone, mold links where it is installed.
add_library(tcps_options INTERFACE)
target_compile_options(tcps_options INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # g++ 12 suspects every "text" + std::string
target_include_directories(tcps_options INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(tcps_options INTERFACE Threads::Threads)
target_include_directories(tcps_options SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/generated)

if(TCPS_SANITIZE)
  add_compile_options(-fsanitize=${TCPS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TCPS_SANITIZE})
  # g++ 12 finds std::regex uninitialized once it is instrumented.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
if(TCPS_SANITIZE MATCHES thread)
  # Protobuf's headers give their map fields two members more when they see the thread sanitizer, which Debian's libprotobuf does
  # not have: every Struct would be read at the wrong place. libstdc++ is still told. TSan knows no fences, and Asio's are spare.
  add_compile_options(-U__SANITIZE_THREAD__)
  add_compile_definitions(_GLIBCXX_TSAN=1 BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

if(TCPS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# What a quickstart waits for (docs/adr/0034-programs-and-tests-are-built-apart.md). fmt reads its formats when the program runs: that they
# are right is seen by the preset dev, in which deploy/check compiles what changed.
set(CMAKE_CXX_FLAGS_RELEASE "-O1 -DNDEBUG -DFMT_CONSTEVAL=")

# A path that is relative to the clone makes the same object in every folder.
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -fdiagnostics-color=auto)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_IGNOREOPTIONS=-ffile-prefix-map=* ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()
