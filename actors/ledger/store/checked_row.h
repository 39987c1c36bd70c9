// A stored row that carries a check value over its key and content, so that a change, a swap with another row
// or a copy under another key is noticed even where no signature or tree covers the row.
#pragma once

#include <optional>

#include "messages/digest.h"

namespace tcps::ledger {

// The first 8 bytes of a SHA-256 over both, then the content.
Bytes checked_row(BytesView key, BytesView content);
// The content; nothing when the row is not what checked_row() made for this key.
std::optional<BytesView> content_of_row(BytesView key, BytesView row);

}  // namespace tcps::ledger
