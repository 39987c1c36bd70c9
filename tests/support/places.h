// Where a test finds what it did not make. In a library of its own, so that a test compiles to the same object in
// every clone.
#pragma once

#include <string>

namespace tcps::test {

std::string source_folder();    // the clone
std::string programs_folder();  // the build folder whose bin/ has the programs, and nats-server/ the server

}  // namespace tcps::test
