#define PCRE2_CODE_UNIT_WIDTH 8
#include "actors/engines/rdf/pattern.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>

namespace tcps::rdf {
namespace {

constexpr size_t pattern_bytes_max = 64 << 10;
constexpr uint32_t match_steps_max = 1'000'000;
constexpr uint32_t heap_kibibytes_max = 64 << 10;

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

Result<uint32_t> options_of(std::string_view flags) {
  uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY;
  for (const char flag : flags) {
    switch (flag) {
      case 'i':
        options |= PCRE2_CASELESS;
        break;
      case 'm':
        options |= PCRE2_MULTILINE;
        break;
      case 's':
        options |= PCRE2_DOTALL;
        break;
      case 'x':
        options |= PCRE2_EXTENDED;
        break;
      case 'q':
        options |= PCRE2_LITERAL;
        break;
      default:
        return fail(ErrorCode::invalid,
                    fmt::format("pattern flag '{}' is unknown; use i, m, s, x or q", flag));
    }
  }
  // PCRE2 takes PCRE2_LITERAL with few other options.
  if (options & PCRE2_LITERAL) options &= PCRE2_LITERAL | PCRE2_UTF | PCRE2_CASELESS;
  return options;
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view pattern, std::string_view flags) {
  const auto options = TCPS_TRY(options_of(flags));
  if (pattern.size() > pattern_bytes_max) return fail(ErrorCode::invalid, "pattern is too long; shorten it");
  int code_number = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code = pcre2_compile(units(pattern), pattern.size(), options, &code_number, &offset, nullptr);
  if (!code) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(code_number, text.data(), text.size());
    return fail(ErrorCode::invalid, fmt::format("pattern \"{}\" is malformed at offset {}: {}; correct it",
                                                pattern, offset, reinterpret_cast<const char*>(text.data())));
  }
  return Pattern(std::shared_ptr<const void>(
      code, [](const void* owned) { pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(owned))); }));
}

bool Pattern::found_in(std::string_view text) const {
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create_from_pattern(code, nullptr), pcre2_match_data_free);
  const std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context(
      pcre2_match_context_create(nullptr), pcre2_match_context_free);
  TCPS_CHECK(data && context);
  pcre2_set_match_limit(context.get(), match_steps_max);
  pcre2_set_heap_limit(context.get(), heap_kibibytes_max);
  return pcre2_match(code, units(text), text.size(), 0, 0, data.get(), context.get()) >= 0;
}

}  // namespace tcps::rdf
