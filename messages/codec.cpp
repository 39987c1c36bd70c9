#include "messages/codec.h"

#include "messages/digest.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/struct.pb.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

namespace tcps {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Value;
using nlohmann::json;

constexpr int64_t exact_integer_max = int64_t{1} << 53;

// ---- writing
// ------------------------------------------------------------------------------------------------------

json value_json(const Value& value);

json struct_json(const Struct& value) {
  json object = json::object();
  for (const auto& [name, member] : value.fields()) object.emplace(name, value_json(member));
  return object;
}

json list_json(const ListValue& value) {
  json array = json::array();
  for (const Value& element : value.values()) array.push_back(value_json(element));
  return array;
}

json value_json(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue: {
      const double number = value.number_value();
      const bool exact =
          std::trunc(number) == number && std::fabs(number) <= static_cast<double>(exact_integer_max);
      return exact ? json(static_cast<int64_t>(number)) : json(number);
    }
    case Value::kStringValue:
      return value.string_value();
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kStructValue:
      return struct_json(value.struct_value());
    case Value::kListValue:
      return list_json(value.list_value());
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return nullptr;
  }
  return nullptr;
}

// Reads one value of a field, the same way whether the field is repeated (index >= 0) or not.
class FieldReader {
 public:
  FieldReader(const Message& message, const FieldDescriptor* field)
      : message_(message), reflection_(*message.GetReflection()), field_(field) {}

  json at(int index) const {
    using R = Reflection;
    switch (field_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return get(index, &R::GetInt32, &R::GetRepeatedInt32);
      case FieldDescriptor::CPPTYPE_INT64:
        return get(index, &R::GetInt64, &R::GetRepeatedInt64);
      case FieldDescriptor::CPPTYPE_UINT32:
        return get(index, &R::GetUInt32, &R::GetRepeatedUInt32);
      case FieldDescriptor::CPPTYPE_UINT64:
        return get(index, &R::GetUInt64, &R::GetRepeatedUInt64);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return get(index, &R::GetDouble, &R::GetRepeatedDouble);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return get(index, &R::GetFloat, &R::GetRepeatedFloat);
      case FieldDescriptor::CPPTYPE_BOOL:
        return get(index, &R::GetBool, &R::GetRepeatedBool);
      case FieldDescriptor::CPPTYPE_ENUM:
        return enumerator(index)->name();
      case FieldDescriptor::CPPTYPE_STRING:
        return text(index);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return to_json(nested(index));
    }
    return nullptr;
  }

  int size() const { return reflection_.FieldSize(message_, field_); }

  const Message& nested(int index) const {
    return index < 0 ? reflection_.GetMessage(message_, field_)
                     : reflection_.GetRepeatedMessage(message_, field_, index);
  }

 private:
  template <class Get, class GetRepeated>
  json get(int index, Get get, GetRepeated get_repeated) const {
    return index < 0 ? (reflection_.*get)(message_, field_)
                     : (reflection_.*get_repeated)(message_, field_, index);
  }

  const google::protobuf::EnumValueDescriptor* enumerator(int index) const {
    return index < 0 ? reflection_.GetEnum(message_, field_)
                     : reflection_.GetRepeatedEnum(message_, field_, index);
  }

  json text(int index) const {
    std::string scratch;
    const std::string& text = index < 0
                                  ? reflection_.GetStringReference(message_, field_, &scratch)
                                  : reflection_.GetRepeatedStringReference(message_, field_, index, &scratch);
    return field_->type() == FieldDescriptor::TYPE_BYTES ? json(to_base64(text)) : json(text);
  }

  const Message& message_;
  const Reflection& reflection_;
  const FieldDescriptor* field_;
};

json map_json(const FieldReader& reader, const FieldDescriptor* field) {
  const FieldDescriptor* key = field->message_type()->map_key();
  TCPS_CHECK(key->cpp_type() == FieldDescriptor::CPPTYPE_STRING);
  json object = json::object();
  for (int i = 0; i < reader.size(); ++i) {
    const Message& entry = reader.nested(i);
    object.emplace(entry.GetReflection()->GetString(entry, key),
                   FieldReader(entry, field->message_type()->map_value()).at(-1));
  }
  return object;
}

json field_json(const Message& message, const FieldDescriptor* field) {
  const FieldReader reader(message, field);
  if (field->is_map()) return map_json(reader, field);
  if (!field->is_repeated()) return reader.at(-1);
  json array = json::array();
  for (int i = 0; i < reader.size(); ++i) array.push_back(reader.at(i));
  return array;
}

// ---- reading
// ------------------------------------------------------------------------------------------------------

// What is wrong and where; the path grows from the inside out while the calls return.
struct Trouble {
  std::string path;
  std::string reason;

  bool because(std::string text) {
    reason = std::move(text);
    return false;
  }
  bool below(std::string_view place) {
    const std::string_view separator = path.empty() || path.front() == '[' ? "" : ".";
    path = fmt::format("{}{}{}", place.substr(0, 64), separator, path);
    return false;
  }
};

bool read_message(const json& from, Message& message, Trouble& trouble);
bool read_value(const json& from, Value& value, Trouble& trouble);

bool read_struct(const json& from, Struct& value, Trouble& trouble) {
  if (!from.is_object()) return trouble.because("must be an object");
  auto& fields = *value.mutable_fields();
  for (const auto& [name, member] : from.get_ref<const json::object_t&>()) {
    if (!read_value(member, fields[name], trouble)) return trouble.below(name);
  }
  return true;
}

bool read_list(const json& from, ListValue& value, Trouble& trouble) {
  if (!from.is_array()) return trouble.because("must be an array");
  for (size_t i = 0; i < from.size(); ++i) {
    if (!read_value(from[i], *value.add_values(), trouble)) return trouble.below(fmt::format("[{}]", i));
  }
  return true;
}

// True for an integer that a double, and so canonical JSON, holds exactly.
bool is_exact_integer(const json& from) {
  if (from.is_number_unsigned()) return from.get<uint64_t>() <= static_cast<uint64_t>(exact_integer_max);
  return from.is_number_integer() && from.get<int64_t>() >= -exact_integer_max &&
         from.get<int64_t>() <= exact_integer_max;
}

bool read_value(const json& from, Value& value, Trouble& trouble) {
  switch (from.type()) {
    case json::value_t::null:
      value.set_null_value(google::protobuf::NULL_VALUE);
      return true;
    case json::value_t::boolean:
      value.set_bool_value(from.get<bool>());
      return true;
    case json::value_t::string:
      value.set_string_value(from.get_ref<const std::string&>());
      return true;
    case json::value_t::object:
      return read_struct(from, *value.mutable_struct_value(), trouble);
    case json::value_t::array:
      return read_list(from, *value.mutable_list_value(), trouble);
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      if (!is_exact_integer(from)) return trouble.because("must not be an integer beyond +-2^53");
      [[fallthrough]];
    case json::value_t::number_float:
      value.set_number_value(from.get<double>());
      return true;
    case json::value_t::binary:
    case json::value_t::discarded:
      break;
  }
  return trouble.because("must be a JSON value");
}

bool read_plain(const json& from, bool& out, Trouble& trouble) {
  if (!from.is_boolean()) return trouble.because("must be true or false");
  out = from.get<bool>();
  return true;
}

bool read_plain(const json& from, double& out, Trouble& trouble) {
  if (!from.is_number()) return trouble.because("must be a number");
  out = from.get<double>();
  return true;
}

bool read_plain(const json& from, float& out, Trouble& trouble) {
  double number = 0;
  if (!read_plain(from, number, trouble)) return false;
  if (std::fabs(number) > std::numeric_limits<float>::max())
    return trouble.because("is too large for its field");
  out = static_cast<float>(number);
  return true;
}

template <class Integer>
requires std::is_integral_v<Integer>
bool read_plain(const json& from, Integer& out, Trouble& trouble) {
  using Limits = std::numeric_limits<Integer>;
  constexpr int64_t least = std::is_unsigned_v<Integer> ? 0
                            : sizeof(Integer) == 8      ? -exact_integer_max
                                                        : Limits::min();
  constexpr int64_t most = sizeof(Integer) == 8 ? exact_integer_max : static_cast<int64_t>(Limits::max());
  const bool fits = is_exact_integer(from) && from.get<int64_t>() >= least && from.get<int64_t>() <= most;
  if (!fits) return trouble.because(fmt::format("must be an integer from {} to {}", least, most));
  out = from.get<Integer>();
  return true;
}

// Writes values into one field: sets it, or appends when it is repeated.
class FieldWriter {
 public:
  FieldWriter(Message& message, const FieldDescriptor* field)
      : message_(message), reflection_(*message.GetReflection()), field_(field) {}

  bool write(const json& from, Trouble& trouble) const {
    using R = Reflection;
    switch (field_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return plain<int32_t>(from, &R::SetInt32, &R::AddInt32, trouble);
      case FieldDescriptor::CPPTYPE_INT64:
        return plain<int64_t>(from, &R::SetInt64, &R::AddInt64, trouble);
      case FieldDescriptor::CPPTYPE_UINT32:
        return plain<uint32_t>(from, &R::SetUInt32, &R::AddUInt32, trouble);
      case FieldDescriptor::CPPTYPE_UINT64:
        return plain<uint64_t>(from, &R::SetUInt64, &R::AddUInt64, trouble);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return plain<double>(from, &R::SetDouble, &R::AddDouble, trouble);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return plain<float>(from, &R::SetFloat, &R::AddFloat, trouble);
      case FieldDescriptor::CPPTYPE_BOOL:
        return plain<bool>(from, &R::SetBool, &R::AddBool, trouble);
      case FieldDescriptor::CPPTYPE_ENUM:
        return enumerator(from, trouble);
      case FieldDescriptor::CPPTYPE_STRING:
        return text(from, trouble);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return read_message(from, nested(), trouble);
    }
    return trouble.because("has a type that JSON cannot carry");
  }

  Message& nested() const {
    return *(field_->is_repeated() ? reflection_.AddMessage(&message_, field_)
                                   : reflection_.MutableMessage(&message_, field_));
  }

 private:
  template <class Set, class Value>
  void store(Set set, Set add, Value value) const {
    (reflection_.*(field_->is_repeated() ? add : set))(&message_, field_, std::move(value));
  }

  template <class Plain, class Set>
  bool plain(const json& from, Set set, Set add, Trouble& trouble) const {
    Plain value{};
    if (!read_plain(from, value, trouble)) return false;
    store(set, add, value);
    return true;
  }

  bool enumerator(const json& from, Trouble& trouble) const {
    const auto* value =
        from.is_string() ? field_->enum_type()->FindValueByName(from.get_ref<const std::string&>()) : nullptr;
    if (value == nullptr) return trouble.because("must be a name of " + field_->enum_type()->name());
    store(&Reflection::SetEnum, &Reflection::AddEnum, value);
    return true;
  }

  bool text(const json& from, Trouble& trouble) const {
    const bool is_bytes = field_->type() == FieldDescriptor::TYPE_BYTES;
    if (!from.is_string()) return trouble.because(is_bytes ? "must be a base64 string" : "must be a string");
    const auto& text = from.get_ref<const std::string&>();
    if (!is_bytes) {
      store(&Reflection::SetString, &Reflection::AddString, text);
      return true;
    }
    auto bytes = from_base64(text);
    if (!bytes) return trouble.because(std::move(bytes.error().message));
    store(&Reflection::SetString, &Reflection::AddString, std::move(*bytes));
    return true;
  }

  Message& message_;
  const Reflection& reflection_;
  const FieldDescriptor* field_;
};

bool read_map(const json& from, const FieldWriter& writer, const FieldDescriptor* field, Trouble& trouble) {
  if (!from.is_object()) return trouble.because("must be an object");
  const FieldDescriptor* key = field->message_type()->map_key();
  TCPS_CHECK(key->cpp_type() == FieldDescriptor::CPPTYPE_STRING);
  for (const auto& [name, member] : from.get_ref<const json::object_t&>()) {
    Message& entry = writer.nested();
    entry.GetReflection()->SetString(&entry, key, name);
    if (!FieldWriter(entry, field->message_type()->map_value()).write(member, trouble))
      return trouble.below(name);
  }
  return true;
}

bool read_field(const json& from, Message& message, const FieldDescriptor* field, Trouble& trouble) {
  const FieldWriter writer(message, field);
  if (field->is_map()) return read_map(from, writer, field, trouble);
  if (!field->is_repeated()) return writer.write(from, trouble);
  if (!from.is_array()) return trouble.because("must be an array");
  for (size_t i = 0; i < from.size(); ++i) {
    if (!writer.write(from[i], trouble)) return trouble.below(fmt::format("[{}]", i));
  }
  return true;
}

bool read_message(const json& from, Message& message, Trouble& trouble) {
  const auto* type = message.GetDescriptor();
  if (type == Struct::descriptor()) return read_struct(from, static_cast<Struct&>(message), trouble);
  if (type == Value::descriptor()) return read_value(from, static_cast<Value&>(message), trouble);
  if (type == ListValue::descriptor()) return read_list(from, static_cast<ListValue&>(message), trouble);
  if (!from.is_object()) return trouble.because("must be an object");
  for (const auto& [name, member] : from.get_ref<const json::object_t&>()) {
    const FieldDescriptor* field = type->FindFieldByName(name);
    if (field == nullptr) {
      trouble.because("is not a field of " + type->name());
      return trouble.below(name);
    }
    if (!read_field(member, message, field, trouble)) return trouble.below(name);
  }
  return true;
}

}  // namespace

json to_json(const Message& message) {
  const auto* type = message.GetDescriptor();
  if (type == Struct::descriptor()) return struct_json(static_cast<const Struct&>(message));
  if (type == Value::descriptor()) return value_json(static_cast<const Value&>(message));
  if (type == ListValue::descriptor()) return list_json(static_cast<const ListValue&>(message));
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  json object = json::object();
  for (const FieldDescriptor* field : fields) object.emplace(field->name(), field_json(message, field));
  return object;
}

Status from_json(const json& json, Message& message) {
  message.Clear();
  Trouble trouble;
  if (read_message(json, message, trouble)) return {};
  const std::string place = trouble.path.empty() ? "the JSON value" : "'" + trouble.path + "'";
  return fail(ErrorCode::invalid, place + " " + trouble.reason);
}

}  // namespace tcps
