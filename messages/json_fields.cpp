#include "messages/json_fields.h"

#include <nlohmann/json.hpp>

namespace tcps {

using nlohmann::json;

const json& member_of(const json& object, const char* name) {
  static const json absent;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() ? *found : absent;
}

std::string text_of(const json& object, const char* name) {
  const json& member = member_of(object, name);
  return member.is_string() ? member.get<std::string>() : std::string();
}

uint64_t number_of(const json& object, const char* name) {
  const json& member = member_of(object, name);
  return member.is_number_unsigned() ? member.get<uint64_t>() : 0;
}

std::string digits_of(const json& object, const char* name) {
  const json& member = member_of(object, name);
  return member.is_number() ? member.dump() : std::string();
}

}  // namespace tcps
