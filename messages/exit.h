// How programs end. The numbers are a promise to scripts: docs/formats/exit-codes.md lists them, and every
// --help those of its program.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "messages/result.h"
#include "messages/words.h"

namespace tcps {

// Programs that end alike.
enum class ProgramKind : uint8_t { command_line, verifier, node, signer, engine };

template <>
struct Vocabulary<ProgramKind> {
  static constexpr std::string_view name = "kind of program";
  static constexpr std::array rows = {
      Word{ProgramKind::command_line, "tcps, tcps-gateway"},
      Word{ProgramKind::verifier, "tcps-audit"},  // with the programs beside it
      Word{ProgramKind::node, "tcpsd"},
      Word{ProgramKind::signer, "tcps-signer"},
      Word{ProgramKind::engine, "tcps-engine"},
  };
};

enum class Exit : uint8_t {
  ok,
  failed,
  usage,
  not_found,
  unreachable,
  refused,
  timeout,
  unavailable,
  internal,
  interrupted
};

struct ExitWord {
  Exit value;
  std::string_view text;
  int number;
  // What it means where a program of that kind ends so; empty where none does.
  std::array<std::string_view, Vocabulary<ProgramKind>::rows.size()> meanings;
};

template <>
struct Vocabulary<Exit> {
  static constexpr std::string_view name = "exit code";
  static constexpr std::array rows = {
      ExitWord{Exit::ok,
               "ok",
               0,
               {"done", "good", "stopped by SIGINT or SIGTERM", "stopped by SIGINT or SIGTERM",
                "there is an answer"}},
      ExitWord{Exit::failed,
               "failed",
               1,
               {"what was asked for failed: a verification, a work order",
                "bad: what was checked is wrong, or nothing was pinned"}},
      ExitWord{
          Exit::usage,
          "usage",
          2,
          {"wrong usage or input", "unreadable: the command line or an input, so that nothing was judged",
           "wrong usage or configuration", "wrong usage or key", "there was no job to understand"}},
      ExitWord{Exit::not_found, "not_found", 3, {"not found"}},
      ExitWord{Exit::unreachable, "unreachable", 4, {"the factory cannot be reached"}},
      ExitWord{Exit::refused, "refused", 5, {"refused by a rule of the line"}},
      ExitWord{Exit::timeout, "timeout", 6, {"timeout"}},
      ExitWord{Exit::unavailable,
               "unavailable",
               69,
               {"", "", "a part is unavailable", "the socket cannot be served"}},
      ExitWord{Exit::internal, "internal", 70, {"internal error", "", "failed while running"}},
      ExitWord{Exit::interrupted, "interrupted", 130, {"interrupted by Ctrl-C"}},
  };
};

// For main() to return.
constexpr int exit_number(Exit exit) { return row_of(exit).number; }

// What a command ends with when it cannot go on because of this error.
Exit exit_of(ErrorCode code);

// "Exit codes: 0 done, 1 ...", in lines of at most 100 characters: for --help.
std::string exit_help(ProgramKind kind);

// Of a command: how it ends, or the error that ends it.
using Outcome = Result<Exit>;

}  // namespace tcps
