// What a target includes and what it links are the same. In its CMakeLists.txt a library names under LINK the
// libraries whose headers its own headers include, under USE those that only its sources include, and no
// others; a program or a test names under LINK all that its files include. Libraries of third parties count
// by their imported target (include_rules.h).
//
// Whose a header is:
//   1. that of the target which compiles the .cpp of its name;
//   2. without a .cpp, that of the target which names it under HEADERS;
//   3. otherwise that of the only library of the nearest CMakeLists.txt above: for a header in a folder
//      testing/ the only one named *_testing, for others the only one not so named. When there are several,
//      HEADERS must decide;
//   4. where there is no such library, it is shared by the programs and tests of that CMakeLists.txt, and
//      theirs alone.
#pragma once

#include <filesystem>

#include "tests/structure/house_rules.h"

namespace tcps::structure {

Objections check_links(const std::filesystem::path& root);

// What only tests use stays out of programs: sources in testing/ are compiled into libraries named *_testing
// alone, and outside tests/ only tests and such libraries link them.
Objections check_test_doubles(const std::filesystem::path& root);

}  // namespace tcps::structure
