#include "nodes/audit/sibling.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "nodes/audit/program.h"

namespace tcps::audit {
namespace {

constexpr std::array<Sibling, 3> siblings = {
    {{"fsck", "tcps-audit-fsck", "recheck a whole replica from its stored bytes, with all cores"},
     {"monitor", "tcps-audit-http", "follow a log over HTTP, and shout when it is not what it was"},
     {"witness", "tcps-audit-http", "cosign the checkpoints of logs that only grow, over HTTP"}}};

}  // namespace

const Sibling* find_sibling(std::string_view command) {
  const auto found = std::find_if(siblings.begin(), siblings.end(),
                                  [&](const Sibling& sibling) { return sibling.command == command; });
  return found == siblings.end() ? nullptr : &*found;
}

int become(const Sibling& sibling, char** argv) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / sibling.program).string();
  ::execv(program.c_str(), argv);
  std::cerr << fmt::format("tcps-audit {}: {}: {}; put that program beside this one\n", sibling.command,
                           program, std::strerror(errno));
  return exit_number(Exit::usage);
}

std::string siblings_help() {
  std::string text = "Programs beside this one:\n";
  for (const Sibling& sibling : siblings) text += fmt::format("  {:<27}{}\n", sibling.command, sibling.about);
  return text;
}

}  // namespace tcps::audit
