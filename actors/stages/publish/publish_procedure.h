// Stage 9, Publish: brings a release to its channels, in the order of line.toml, after its checksums were
// checked once more.
//
// Publishing again is safe: a channel that holds the same bytes under this version counts as published, so
// that a crash between publication and receipt mends itself. Nothing that is published ever changes.
//
// Failures: F9.2 the registry refuses or cannot be reached, F9.3 likewise the marketplace, each after
// `publish.attempts` tries with growing pauses; F9.4 the version is published with other content; without
// mode: a file of the release does not have its checksum. F9.1 (hex.pm) does not apply. Hands on:
// publications.json.
#pragma once

#include <memory>

#include "actors/stages/procedure.h"

namespace tcps {

std::unique_ptr<Procedure> make_publish_procedure();

}  // namespace tcps
