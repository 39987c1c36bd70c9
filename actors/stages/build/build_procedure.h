// Stage 6, Build: makes the product's programs from the repository and the rendered files, several times
// over, and lets them pass only when every time gave the same bytes.
//
// Failures: F6.1 a command fails or an output is not there (with the compiler's first words), F6.2 a command
// of `build.prepare` fails, a lock file cannot be read or the compiler does not tell its version, F6.3 two
// builds differ (names the first file), F6.4 a build overstays `build.timeout` or the SLO. Hands on: the
// outputs at their paths, and as reports the log and the checksums.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_build_procedure();

}  // namespace tcps
