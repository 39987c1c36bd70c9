// tcps: the command line of the factory.
#include "nodes/tcps/program.h"

int main(int argc, char** argv) { return tcps::cli::run_program(argc, argv); }
