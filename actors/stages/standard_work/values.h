// The small notations of line.toml: durations, paths, hosts. Pure functions over text.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tcps::line_toml {

// "250ms", "90s", "10m", "2h": one whole number and one unit. Nothing when malformed or beyond a hundred
// years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The shortest notation that parse_duration() reads back.
std::string format_duration(std::chrono::milliseconds duration);

// Relative, '/' between segments, no empty segment but a trailing one, no "." or "..", no control character
// or backslash, at most 512 bytes.
bool is_repository_path(std::string_view text);
bool is_absolute_path(std::string_view text);  // "/" or "/a/b", under the same rules
// A repository path with balanced brackets.
bool is_glob(std::string_view text);
bool is_host_and_port(std::string_view text);  // "registry.example:5000", "[::1]:5000"; port 1-65535
bool is_plain_text(std::string_view text);     // UTF-8 without control characters but newline and tab

// The known name within two edits of `name`, or nothing.
std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> known);

}  // namespace tcps::line_toml
