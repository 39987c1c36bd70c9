// How a procedure ends early. Two kinds of ends are kept apart everywhere: a fault of the surroundings, on
// which the card goes back and is worked again, and a failure of the work order, which is published and calls
// for help.
#pragma once

#include <string>
#include <variant>

#include "actors/stages/procedure.h"

namespace tcps::stages {

using Halt = std::variant<Error, StageFailure>;

template <class T>
using Step = tl::expected<T, Halt>;

// The surroundings failed.
inline tl::unexpected<Halt> halt(Error error) { return tl::unexpected<Halt>(std::move(error)); }

// The work order failed, in a mode of the stage or in none that the Standard Work names (no_mode). The log is
// the evidence unless another is named.
inline tl::unexpected<Halt> failed(std::optional<FailureMode> mode, std::string reason,
                                   Digest evidence = {}) {
  return tl::unexpected<Halt>(StageFailure{mode, std::move(reason), evidence});
}

// An error that says what is wrong with the product itself (a hostile path, a damaged archive) rather than
// with the surroundings.
inline bool is_fault_of_product(ErrorCode code) {
  return code == ErrorCode::invalid || code == ErrorCode::refused || code == ErrorCode::conflict;
}

}  // namespace tcps::stages
