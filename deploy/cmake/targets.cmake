include(GoogleTest)

# tcps_library(NAME [SOURCES ...] [HEADERS ...] [LINK ...] [USE ...]): a static library of this project; without sources, its headers
# alone. LINK names what its own headers include and USE what only its sources include: these targets and no others
# (tests/structure/link_rules.h, which also says when a header is named under HEADERS). A library NAME_testing or tcps_test_NAME holds what tests share.
function(tcps_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;LINK;USE" ${ARGN})
  if(name MATCHES "_testing$|^tcps_test_" AND NOT (TCPS_TESTS OR TCPS_FUZZ OR TCPS_BENCHMARKS))
    return()
  endif()
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC tcps_options ${ARG_LINK} PRIVATE ${ARG_USE})
    if(TCPS_COVERAGE)
      target_compile_options(${name} PRIVATE --coverage)
      target_link_options(${name} PUBLIC --coverage)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE tcps_options ${ARG_LINK})
  endif()
  set_property(GLOBAL APPEND PROPERTY TCPS_LIBRARIES ${name})
endfunction()

# tcps_proto(NAME FILES ... [LINK ...]): what protoc makes of Protobuf schemas; their includes are from the root. LINK names the
# tcps_proto libraries whose schemas these import.
function(tcps_proto name)
  cmake_parse_arguments(ARG "" "" "FILES;LINK" ${ARGN})
  set(generated ${PROJECT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${generated})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(file ${ARG_FILES})
    string(REGEX REPLACE "\\.proto$" ".pb" stem ${generated}/${folder}/${file})
    add_custom_command(OUTPUT ${stem}.cc ${stem}.h
      COMMAND protobuf::protoc --cpp_out=${generated} -I${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${file}
      DEPENDS ${file} VERBATIM)
    list(APPEND sources ${stem}.cc)
  endforeach()
  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)  # protoc gives every file the same names
  target_include_directories(${name} SYSTEM PUBLIC ${generated})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf ${ARG_LINK})
  set_property(GLOBAL APPEND PROPERTY TCPS_PROTOS ${name})
endfunction()

# What people run. Not built where the tests start the programs of another build folder.
add_custom_target(programs)

# tcps_starts(NAME PROGRAM ...): whoever links NAME has the programs that it starts. Its objects need not wait for them.
function(tcps_starts name)
  foreach(program ${ARGN})
    set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${program})
  endforeach()
endfunction()

# tcps_executable(NAME SOURCES ... [HEADERS ...] LINK ...): a program, left in <build>/bin. LINK names what its files include.
function(tcps_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE tcps_options ${ARG_LINK})
  add_dependencies(programs ${name})
  if(NOT TCPS_PROGRAMS STREQUAL CMAKE_BINARY_DIR)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

# tcps_test(NAME SOURCES ... LINK ... [STARTS program ...] [LABELS ...] [TIMEOUT seconds] [SERIAL]): one GoogleTest
# program per folder; every case is a CTest test. STARTS names the programs that it starts. SERIAL runs its cases
# one at a time. GoogleTest, rapidcheck and tests/support/places.h need no LINK.
function(tcps_test name)
  cmake_parse_arguments(ARG "SERIAL" "TIMEOUT" "SOURCES;LINK;STARTS;LABELS" ${ARGN})
  foreach(source ${ARG_SOURCES})
    set_property(GLOBAL APPEND PROPERTY TCPS_TEST_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/${source})
  endforeach()
  if(NOT TCPS_TESTS)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(TCPS_SANITIZE)  # several times slower
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5")
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE tcps_options ${ARG_LINK} tcps_test_places GTest::gtest GTest::gmock_main rapidcheck)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(TCPS_PROGRAMS STREQUAL CMAKE_BINARY_DIR)
    tcps_starts(${name} ${ARG_STARTS})
  endif()
  set(serial)
  if(ARG_SERIAL)
    set(serial RESOURCE_LOCK ${name})
  endif()
  set(environment)
  if(TCPS_SANITIZE STREQUAL "thread")
    set(environment ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp")
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}" ${serial} ${environment})
endfunction()

# tcps_fuzz(NAME LINK ... [CORPUS ...]): NAME.cpp of this folder, which defines LLVMFuzzerTestOneInput; inputs to start from are in
# corpus/NAME, or those that CORPUS names.
# With TCPS_FUZZ a libFuzzer program in <build>/fuzz. Otherwise a test that replays the corpus and some mutations of it.
function(tcps_fuzz name)
  cmake_parse_arguments(ARG "" "" "LINK;CORPUS" ${ARGN})
  if(NOT ARG_CORPUS)
    set(ARG_CORPUS corpus/${name})
  endif()
  if(TCPS_FUZZ)
    add_executable(${name} ${name}.cpp)
    target_link_libraries(${name} PRIVATE tcps_options ${ARG_LINK})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  elseif(TCPS_TESTS)
    add_executable(${name} ${name}.cpp ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    target_link_libraries(${name} PRIVATE tcps_options ${ARG_LINK})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME fuzz.${name} COMMAND ${name} ${ARG_CORPUS} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
  endif()
endfunction()

# A *_test.cpp that no tcps_test names would never run: that is a configuration error.
function(tcps_require_all_tests_registered)
  get_property(registered GLOBAL PROPERTY TCPS_TEST_SOURCES)
  file(GLOB_RECURSE present CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/messages/*_test.cpp ${PROJECT_SOURCE_DIR}/bus/*_test.cpp
    ${PROJECT_SOURCE_DIR}/actors/*_test.cpp ${PROJECT_SOURCE_DIR}/nodes/*_test.cpp
    ${PROJECT_SOURCE_DIR}/tests/*_test.cpp)
  foreach(source ${present})
    if(NOT source IN_LIST registered)
      message(FATAL_ERROR "${source} is not registered: name it in a tcps_test() of its folder's CMakeLists.txt")
    endif()
  endforeach()
endfunction()
