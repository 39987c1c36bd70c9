// How commands end. The exit codes are a promise to scripts: docs/formats/queries.md and every --help name
// them.
#pragma once

#include "messages/result.h"

namespace tcps::client {

enum class Exit : int {
  ok = 0,
  failed = 1,  // what was asked for failed: a verification, a work order
  usage = 2,   // the command line or an input is wrong
  not_found = 3,
  unreachable = 4,  // no factory answers
  refused = 5,      // a rule of the line forbids it
  timeout = 6,
  internal = 70,
  interrupted = 130,
};

inline constexpr const char* exit_code_help =
    "Exit codes: 0 done, 1 what was asked for failed (a verification, a work order), 2 wrong usage or "
    "input,\n"
    "3 not found, 4 the factory cannot be reached, 5 refused by a rule of the line, 6 timeout,\n"
    "70 internal error, 130 interrupted.";

// What a command ends with when it cannot go on because of this error.
inline Exit exit_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return Exit::usage;
    case ErrorCode::not_found:
      return Exit::not_found;
    case ErrorCode::unavailable:
      return Exit::unreachable;
    case ErrorCode::conflict:
    case ErrorCode::full:
    case ErrorCode::refused:
      return Exit::refused;
    case ErrorCode::timeout:
      return Exit::timeout;
    case ErrorCode::corrupt:
      return Exit::failed;
    case ErrorCode::io:
      return Exit::internal;
  }
  return Exit::internal;
}

using Outcome = Result<Exit>;

}  // namespace tcps::client
