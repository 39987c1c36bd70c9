// Writes a product's first line.toml from the names of the files in its repository: the rules behind `tcps
// init`.
#pragma once

#include <string>
#include <vector>

#include "actors/stages/standard_work/standard_work.h"

namespace tcps {

struct RepositoryListing {
  std::string name;                // of the repository; becomes the line's name as far as a token allows
  std::vector<std::string> files;  // repository paths
};

// The build system that the repository's root shows, the most specific first: a Makefile beside a
// rebar.config is a convenience of the latter. custom when nothing is known.
BuildSystem detect_build_system(const RepositoryListing& listing);

// A commented line.toml that StandardWork::parse() accepts. Its guesses are marked "check:" for the reader.
std::string detect_line_toml(const RepositoryListing& listing);

}  // namespace tcps
