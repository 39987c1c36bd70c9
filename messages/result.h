// Operating errors are values. A function that can fail for a reason outside the program (bus, disk, user,
// peer) returns Result<T>; programmer errors are asserted with TCPS_CHECK, in release builds too.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace tcps {

// One code for each reaction a caller can have.
enum class ErrorCode {
  invalid,      // the input is malformed: correct it, do not retry
  not_found,    // the thing asked for does not exist
  conflict,     // somebody else was first: look again before deciding
  refused,      // a rule of the line forbids it
  unavailable,  // a peer or server cannot be reached now: retry later
  timeout,      // no answer in time: the outcome is unknown
  full,         // a bound was reached: wait for room
  corrupt,      // stored bytes contradict their digest or signature: stop and call a person
  io,           // the operating system refused: see the message
};

std::string_view to_string(ErrorCode code);

// `message` is one sentence that names the place and says what to do.
struct Error {
  ErrorCode code;
  std::string message;

  // The same error, its message prefixed by where it happened ("line.toml: ").
  [[nodiscard]] Error at(std::string_view place) const { return {code, std::string(place) + ": " + message}; }
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// What a good result holds, taken out of it. For TCPS_TRY.
template <class T, class E>
T taken(tl::expected<T, E>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace tcps

// The value of a result, or the end of this function with the result's error:
//
//   auto digest = TCPS_TRY(digest_of_file(path));
//   TCPS_TRY(sync_folder(folder));
//
// Stands alone, or is all that initialises a variable or is assigned to one; within a larger expression g++
// forgets temporaries.
#define TCPS_TRY(...)                                                          \
  __extension__({                                                              \
    auto tcps_result = (__VA_ARGS__);                                          \
    if (!tcps_result) return ::tl::unexpected(std::move(tcps_result).error()); \
    ::tcps::taken(std::move(tcps_result));                                     \
  })

// Ends the process when a programmer's assumption does not hold. Never used on outside input.
#define TCPS_CHECK(condition)                                                            \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
