// UTF-8 text and the text of values, as templates see them.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tcps::tera {

// The characters of `text`, each as its own bytes; a byte that is no UTF-8 is a character of its own.
std::vector<std::string_view> characters(std::string_view text);
size_t count_characters(std::string_view text);

// By Unicode, letter by letter: none becomes two, so that sharp s has no capital.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

bool is_blank(char c);  // space, tab, newline, ...
std::string_view trim_start(std::string_view text);
std::string_view trim_end(std::string_view text);

std::string escape_html(std::string_view text);

constexpr size_t value_depth_max = 128;  // levels of a value that is written or kept

// What `{{ value }}` writes: null nothing, numbers in plain decimals, arrays as [a, b], objects as [object].
std::string value_text(const nlohmann::json& value);
bool is_truthy(const nlohmann::json& value);

// The member of `value` at a dotted path ("author.name", "rows.0"), or null pointer.
const nlohmann::json* member_at(const nlohmann::json& value, std::string_view dotted);
const nlohmann::json* member(const nlohmann::json& value, std::string_view name);

// Bytes that a value occupies, about; stops counting once above `enough`. `depth` becomes its levels.
size_t weight(const nlohmann::json& value, size_t enough, size_t& depth);

}  // namespace tcps::tera
