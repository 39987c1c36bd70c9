#include "actors/engines/tera/regex.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "actors/engines/tera/catalogue.h"

namespace tcps::tera {
namespace {

constexpr int64_t memory_bytes_max = 1 << 20;  // of one compiled pattern and its cache of states

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

bool regex_occurs(std::string_view pattern, std::string_view text) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(memory_bytes_max);
  const RE2 regex(piece(pattern), options);
  if (!regex.ok()) throw Misuse{fmt::format("the regular expression is refused: {}", regex.error())};
  return RE2::PartialMatch(piece(text), regex);
}

}  // namespace tcps::tera
