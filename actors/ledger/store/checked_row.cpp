#include "actors/ledger/store/checked_row.h"

namespace tcps::ledger {
namespace {

constexpr size_t check_size = 8;

}  // namespace

Bytes checked_row(BytesView key, BytesView content) {
  Bytes row(Digest::of_parts({key, content}).raw().substr(0, check_size));
  row.append(content);
  return row;
}

std::optional<BytesView> content_of_row(BytesView key, BytesView row) {
  if (row.size() < check_size) return std::nullopt;
  const BytesView content = row.substr(check_size);
  if (Digest::of_parts({key, content}).raw().substr(0, check_size) != row.substr(0, check_size)) {
    return std::nullopt;
  }
  return content;
}

}  // namespace tcps::ledger
