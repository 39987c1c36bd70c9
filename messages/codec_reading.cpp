#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "messages/canonical_text.h"
#include "messages/codec.h"
#include "messages/digest.h"

namespace tcps {
namespace {

using canonical::exact_integer_max;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Value;
using nlohmann::json;

constexpr const char* not_finite = "must be a finite number: JSON has neither NaN nor infinity";

// A tree of JSON values, read the way that CanonicalReader reads text.
class TreeReader {
 public:
  explicit TreeReader(const json& value) : value_(value) {}

  JsonKind kind() const {
    switch (value_.type()) {
      case json::value_t::null:
        return JsonKind::null;
      case json::value_t::boolean:
        return JsonKind::boolean;
      case json::value_t::number_integer:
      case json::value_t::number_unsigned:
      case json::value_t::number_float:
        return JsonKind::number;
      case json::value_t::string:
        return JsonKind::string;
      case json::value_t::array:
        return JsonKind::array;
      case json::value_t::object:
        return JsonKind::object;
      case json::value_t::binary:
      case json::value_t::discarded:
        break;
    }
    return JsonKind::malformed;
  }

  bool null() const { return true; }
  bool boolean(bool& value) const {
    value = value_.get<bool>();
    return true;
  }
  bool number(JsonNumber& value) const {
    value.real = value_.get<double>();
    value.is_exact = value_.is_number_float() || is_exact_integer();
    if (!value_.is_number_float() && value.is_exact) value.integer = value_.get<int64_t>();
    return true;
  }
  bool string(std::string_view& value) const {
    value = value_.get_ref<const std::string&>();
    return true;
  }
  template <class Member>
  bool members(Member&& member) const {
    for (const auto& [name, value] : value_.get_ref<const json::object_t&>()) {
      TreeReader reader(value);
      if (!member(std::string_view(name), reader)) return false;
    }
    return true;
  }
  template <class Element>
  bool elements(Element&& element) const {
    for (size_t i = 0; i < value_.size(); ++i) {
      TreeReader reader(value_[i]);
      if (!element(i, reader)) return false;
    }
    return true;
  }

 private:
  // True for an integer that a double, and so canonical JSON, holds exactly.
  bool is_exact_integer() const {
    if (value_.is_number_unsigned())
      return value_.get<uint64_t>() <= static_cast<uint64_t>(exact_integer_max);
    return value_.get<int64_t>() >= -exact_integer_max && value_.get<int64_t>() <= exact_integer_max;
  }

  const json& value_;
};

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

template <class Reader>
bool read_message(Reader& reader, Message& message, const FieldDescriptor* spread, Trouble& trouble);
template <class Reader>
bool read_value(Reader& reader, Value& value, Trouble& trouble);

template <class Reader>
bool read_struct(Reader& reader, Struct& value, Trouble& trouble) {
  if (reader.kind() != JsonKind::object) return trouble.because("must be an object");
  auto& fields = *value.mutable_fields();
  return reader.members([&](std::string_view name, Reader& member) {
    return read_value(member, fields[std::string(name)], trouble) || trouble.below(name);
  });
}

template <class Reader>
bool read_list(Reader& reader, ListValue& list, Trouble& trouble) {
  if (reader.kind() != JsonKind::array) return trouble.because("must be an array");
  return reader.elements([&](size_t index, Reader& element) {
    return read_value(element, *list.add_values(), trouble) || trouble.below(fmt::format("[{}]", index));
  });
}

template <class Reader>
bool read_value(Reader& reader, Value& value, Trouble& trouble) {
  switch (reader.kind()) {
    case JsonKind::null:
      value.set_null_value(google::protobuf::NULL_VALUE);
      return reader.null();
    case JsonKind::boolean: {
      bool flag = false;
      if (!reader.boolean(flag)) return false;
      value.set_bool_value(flag);
      return true;
    }
    case JsonKind::number: {
      JsonNumber number;
      if (!reader.number(number)) return false;
      if (!number.is_exact) return trouble.because("must not be an integer beyond +-2^53");
      if (!std::isfinite(number.real)) return trouble.because(not_finite);
      value.set_number_value(number.real);
      return true;
    }
    case JsonKind::string: {
      std::string_view text;
      if (!reader.string(text)) return false;
      value.mutable_string_value()->assign(text);
      return true;
    }
    case JsonKind::array:
      return read_list(reader, *value.mutable_list_value(), trouble);
    case JsonKind::object:
      return read_struct(reader, *value.mutable_struct_value(), trouble);
    case JsonKind::malformed:
      break;
  }
  return trouble.because("must be a JSON value");
}

template <class Reader>
bool read_plain(Reader& reader, bool& out, Trouble& trouble) {
  if (reader.kind() != JsonKind::boolean) return trouble.because("must be true or false");
  return reader.boolean(out);
}

template <class Reader>
bool read_plain(Reader& reader, double& out, Trouble& trouble) {
  JsonNumber number;
  if (reader.kind() != JsonKind::number) return trouble.because("must be a number");
  if (!reader.number(number)) return false;
  out = number.real;
  return std::isfinite(out) || trouble.because(not_finite);
}

template <class Reader>
bool read_plain(Reader& reader, float& out, Trouble& trouble) {
  double number = 0;
  if (!read_plain(reader, number, trouble)) return false;
  if (std::fabs(number) > std::numeric_limits<float>::max())
    return trouble.because("is too large for its field");
  out = static_cast<float>(number);
  return true;
}

template <class Reader, class Integer>
requires std::is_integral_v<Integer>
bool read_plain(Reader& reader, Integer& out, Trouble& trouble) {
  using Limits = std::numeric_limits<Integer>;
  constexpr int64_t least = std::is_unsigned_v<Integer> ? 0
                            : sizeof(Integer) == 8      ? -exact_integer_max
                                                        : Limits::min();
  constexpr int64_t most = sizeof(Integer) == 8 ? exact_integer_max : static_cast<int64_t>(Limits::max());
  JsonNumber number;
  if (reader.kind() == JsonKind::number && !reader.number(number)) return false;
  const bool fits = number.integer && *number.integer >= least && *number.integer <= most;
  if (!fits) return trouble.because(fmt::format("must be an integer from {} to {}", least, most));
  out = static_cast<Integer>(*number.integer);
  return true;
}

// Writes values into one field: sets it, or appends when it is repeated.
class FieldWriter {
 public:
  FieldWriter(Message& message, const FieldDescriptor* field)
      : message_(message), reflection_(*message.GetReflection()), field_(field) {}

  template <class Reader>
  bool write(Reader& reader, Trouble& trouble) const {
    using R = Reflection;
    switch (field_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return plain<int32_t>(reader, &R::SetInt32, &R::AddInt32, trouble);
      case FieldDescriptor::CPPTYPE_INT64:
        return plain<int64_t>(reader, &R::SetInt64, &R::AddInt64, trouble);
      case FieldDescriptor::CPPTYPE_UINT32:
        return plain<uint32_t>(reader, &R::SetUInt32, &R::AddUInt32, trouble);
      case FieldDescriptor::CPPTYPE_UINT64:
        return plain<uint64_t>(reader, &R::SetUInt64, &R::AddUInt64, trouble);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return plain<double>(reader, &R::SetDouble, &R::AddDouble, trouble);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return plain<float>(reader, &R::SetFloat, &R::AddFloat, trouble);
      case FieldDescriptor::CPPTYPE_BOOL:
        return plain<bool>(reader, &R::SetBool, &R::AddBool, trouble);
      case FieldDescriptor::CPPTYPE_ENUM:
        return enumerator(reader, trouble);
      case FieldDescriptor::CPPTYPE_STRING:
        return text(reader, trouble);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return read_message(reader, nested(), nullptr, trouble);
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

  template <class Plain, class Reader, class Set>
  bool plain(Reader& reader, Set set, Set add, Trouble& trouble) const {
    Plain value{};
    if (!read_plain(reader, value, trouble)) return false;
    store(set, add, value);
    return true;
  }

  template <class Reader>
  bool enumerator(Reader& reader, Trouble& trouble) const {
    std::string_view name;
    if (reader.kind() == JsonKind::string && !reader.string(name)) return false;
    const auto* value = field_->enum_type()->FindValueByName(std::string(name));
    if (value == nullptr) return trouble.because("must be a name of " + field_->enum_type()->name());
    store(&Reflection::SetEnum, &Reflection::AddEnum, value);
    return true;
  }

  template <class Reader>
  bool text(Reader& reader, Trouble& trouble) const {
    const bool is_bytes = field_->type() == FieldDescriptor::TYPE_BYTES;
    std::string_view text;
    if (reader.kind() != JsonKind::string)
      return trouble.because(is_bytes ? "must be a base64 string" : "must be a string");
    if (!reader.string(text)) return false;
    if (!is_bytes) {
      store(&Reflection::SetString, &Reflection::AddString, std::string(text));
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

template <class Reader>
bool read_map(Reader& reader, const FieldWriter& writer, const FieldDescriptor* field, Trouble& trouble) {
  if (reader.kind() != JsonKind::object) return trouble.because("must be an object");
  const FieldDescriptor* key = field->message_type()->map_key();
  TCPS_CHECK(key->cpp_type() == FieldDescriptor::CPPTYPE_STRING);
  return reader.members([&](std::string_view name, Reader& member) {
    Message& entry = writer.nested();
    entry.GetReflection()->SetString(&entry, key, std::string(name));
    return FieldWriter(entry, field->message_type()->map_value()).write(member, trouble) ||
           trouble.below(name);
  });
}

template <class Reader>
bool read_field(Reader& reader, Message& message, const FieldDescriptor* field, Trouble& trouble) {
  const FieldWriter writer(message, field);
  if (field->is_map()) return read_map(reader, writer, field, trouble);
  if (!field->is_repeated()) return writer.write(reader, trouble);
  if (reader.kind() != JsonKind::array) return trouble.because("must be an array");
  return reader.elements([&](size_t index, Reader& element) {
    return writer.write(element, trouble) || trouble.below(fmt::format("[{}]", index));
  });
}

// A member that no field is named after, into `spread`.
template <class Reader>
bool read_spread(Reader& reader, std::string_view name, Message& message, const FieldDescriptor* spread,
                 Trouble& trouble) {
  if (spread == nullptr) return trouble.because("is not a field of " + message.GetDescriptor()->name());
  auto& members = static_cast<Struct&>(*message.GetReflection()->MutableMessage(&message, spread));
  return read_value(reader, (*members.mutable_fields())[std::string(name)], trouble);
}

using NamedField = std::pair<std::string_view, const FieldDescriptor*>;

std::vector<NamedField> fields_by_name(const Descriptor& type) {
  std::vector<NamedField> fields;
  for (int i = 0; i < type.field_count(); ++i) fields.emplace_back(type.field(i)->name(), type.field(i));
  std::sort(fields.begin(), fields.end());
  return fields;
}

// Found without making a string of the name; types live as long as the process. Nothing when there is none.
const FieldDescriptor* field_named(const Descriptor* type, std::string_view name) {
  thread_local std::unordered_map<const Descriptor*, std::vector<NamedField>> known;
  const auto [fields, is_new] = known.try_emplace(type);
  if (is_new) fields->second = fields_by_name(*type);
  const auto found =
      std::lower_bound(fields->second.begin(), fields->second.end(), NamedField{name, nullptr});
  return found != fields->second.end() && found->first == name ? found->second : nullptr;
}

template <class Reader>
bool read_message(Reader& reader, Message& message, const FieldDescriptor* spread, Trouble& trouble) {
  const auto* type = message.GetDescriptor();
  if (type == Struct::descriptor()) return read_struct(reader, static_cast<Struct&>(message), trouble);
  if (type == Value::descriptor()) return read_value(reader, static_cast<Value&>(message), trouble);
  if (type == ListValue::descriptor()) return read_list(reader, static_cast<ListValue&>(message), trouble);
  if (reader.kind() != JsonKind::object) return trouble.because("must be an object");
  return reader.members([&](std::string_view name, Reader& member) {
    const FieldDescriptor* field = field_named(type, name);
    const bool read = field == nullptr  ? read_spread(member, name, message, spread, trouble)
                      : field == spread ? trouble.because("must stand beside the other fields, not below one")
                                        : read_field(member, message, field, trouble);
    return read || trouble.below(name);
  });
}

tl::unexpected<Error> refusal(const Trouble& trouble) {
  const std::string place = trouble.path.empty() ? "the JSON value" : "'" + trouble.path + "'";
  return fail(ErrorCode::invalid, place + " " + trouble.reason);
}

}  // namespace

Status from_json(const json& json, Message& message) {
  message.Clear();
  Trouble trouble;
  TreeReader reader(json);
  if (read_message(reader, message, nullptr, trouble)) return {};
  return refusal(trouble);
}

Status from_json(CanonicalReader& reader, Message& message, const FieldDescriptor* spread) {
  message.Clear();
  Trouble trouble;
  if (read_message(reader, message, spread, trouble)) return {};
  if (!reader.is_malformed()) return refusal(trouble);
  return fail(ErrorCode::invalid,
              fmt::format("text is not canonical JSON (RFC 8785) near byte {}", reader.position()));
}

}  // namespace tcps
