// Operating errors as values: a sentence that says what went wrong and what to do about it.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace transport {

struct Error {
  std::string message;
};

/// Either a value or the error that stood in its way. `value()` needs `ok()`; `error()` needs `!ok()`.
template <class T>
class Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(state_); }
  T& value() { return std::get<T>(state_); }
  const T& value() const { return std::get<T>(state_); }
  const std::string& error() const { return std::get<Error>(state_).message; }

 private:
  std::variant<T, Error> state_;
};

}  // namespace transport
