#include "messages/ids.h"

#include <algorithm>

namespace tcps {

bool is_token(std::string_view text) {
  const auto is_letter_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 64 && is_letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter_or_digit(c) || c == '-'; });
}

WorkOrderId work_order_id(const LineName& line, std::string_view source, std::string_view signal_id) {
  constexpr size_t digits = 20;
  return WorkOrderId::literal("wo-" +
                              Digest::of_parts({line.str(), source, signal_id}).hex().substr(0, digits));
}

}  // namespace tcps
