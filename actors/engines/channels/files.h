// Files that are there completely or not at all, synced before anyone is told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::channels {

// Replaces `path` atomically: temporary file beside it, fsync, rename, fsync of the folder. Errors: io.
Status write_file(const std::string& path, BytesView bytes);

// The same with another file's content. Errors: io.
Status copy_file(const std::string& from, const std::string& to);

// Errors: not_found, full (longer than bytes_max), io.
Result<Bytes> read_file(const std::string& path, size_t bytes_max);

// Errors: io.
Status sync_folder(const std::string& path);

// "2026-01-26T11:20:00Z"
std::string utc_time(int64_t unix_s);

}  // namespace tcps::channels
