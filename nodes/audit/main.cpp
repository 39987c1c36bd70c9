// tcps-audit: checks what a factory says of itself, with the verification rules alone. Commands that need
// more than rules and files are programs of their own beside this one, so that this one stays small enough to
// be read.
#include "nodes/audit/commands.h"
#include "nodes/audit/sibling.h"

int main(int argc, char** argv) {
  using namespace tcps::audit;
  if (argc > 1) {
    if (const Sibling* sibling = find_sibling(argv[1])) return become(*sibling, argv);
  }
  Program program("tcps-audit",
                  "tcps-audit: checks what a factory says of itself, trusting only what you pin");
  program.add_help(siblings_help());
  add_proof_commands(program);
  add_verify_commands(program);
  add_policy_command(program);
  return program.run(argc, argv);
}
