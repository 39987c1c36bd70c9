// Commands that are programs of their own beside tcps-audit: tcps-audit-<command>.
#pragma once

#include <string>
#include <string_view>

namespace tcps::audit {

struct Sibling {
  std::string_view command;
  std::string_view program;
  std::string_view about;
};

// The program of a command; null when the command is not one of these.
const Sibling* find_sibling(std::string_view command);
// Becomes that program, found in the folder of this one. Returns an exit code only when it cannot.
int become(const Sibling& sibling, char** argv);

// For --help.
std::string siblings_help();

}  // namespace tcps::audit
