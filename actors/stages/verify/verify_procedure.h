// Stage 10, Verify: takes what was published - not what was built - the way a customer would, and tries it:
// installs it into a clean folder, runs the smoke checks and the image, and asks the gate who may download.
//
// Failures: F10.1 it cannot be fetched, is not what was published, or does not unpack; F10.2 a smoke check
// fails (names it); F10.3 the image cannot be pulled, does not run, or tells another version; F10.4 an
// entitlement case ends otherwise than it must. Hands on reports only. A line that publishes nowhere is
// installed from the release in the object store.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_verify_procedure();

}  // namespace tcps
