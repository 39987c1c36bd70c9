// tcps-audit: checks what a factory says of itself, with the verification rules alone.
#include "nodes/audit/commands.h"

int main(int argc, char** argv) {
  using namespace tcps::audit;
  Program program("tcps-audit",
                  "tcps-audit: checks what a factory says of itself, trusting only what you pin");
  add_proof_commands(program);
  add_verify_commands(program);
  return program.run(argc, argv);
}
