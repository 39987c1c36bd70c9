// tcps-audit-http, which tcps-audit starts as `tcps-audit witness` and `tcps-audit monitor`.
#include "nodes/audit/http/commands.h"

int main(int argc, char** argv) {
  using namespace tcps::audit;
  Program program("tcps-audit", "watches logs from outside, over HTTP");
  add_witness_command(program);
  add_monitor_command(program);
  return program.run(argc, argv);
}
