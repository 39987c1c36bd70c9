// tcps from its arguments to its exit code: what main() is, free of the headers of the command line's parser.
#pragma once

namespace tcps::cli {

int run_program(int argc, char** argv);

}  // namespace tcps::cli
