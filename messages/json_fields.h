// Members of JSON that somebody else wrote: absent ones and those of another type are never an error.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tcps {

const nlohmann::json& member_of(const nlohmann::json& object, const char* name);  // null when absent
std::string text_of(const nlohmann::json& object, const char* name);              // empty when it is no text
uint64_t number_of(const nlohmann::json& object, const char* name);  // 0 when it is no natural number
// Of any number, as it is written; empty when it is none.
std::string digits_of(const nlohmann::json& object, const char* name);

}  // namespace tcps
