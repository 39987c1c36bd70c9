#include <google/protobuf/descriptor.h>
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

#include "messages/canonical_json.h"
#include "messages/canonical_text.h"
#include "messages/codec.h"
#include "messages/digest.h"

namespace tcps {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Value;

void append_field(std::string& out, const Message& message, const FieldDescriptor* field);
void append_value(std::string& out, const Value& value);

void begin_member(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  canonical::append_string(out, name);
  out += ':';
}

// A member of an object, before the members are sorted: a field of `owner`, or a value.
struct Member {
  std::string_view name;
  const FieldDescriptor* field = nullptr;
  const Value* value = nullptr;
};

void append_members(std::string& out, const Message& owner, std::vector<Member>& members) {
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return canonical::name_less(a.name, b.name); });
  out += '{';
  for (const Member& member : members) {
    begin_member(out, member.name);
    member.field != nullptr ? append_field(out, owner, member.field) : append_value(out, *member.value);
  }
  out += '}';
}

void add_members(const Struct& from, std::vector<Member>& members) {
  for (const auto& [name, value] : from.fields()) members.push_back({name, nullptr, &value});
}

void append_struct(std::string& out, const Struct& value) {
  std::vector<Member> members;
  add_members(value, members);
  append_members(out, value, members);
}

void append_list(std::string& out, const ListValue& list) {
  out += '[';
  for (int i = 0; i < list.values_size(); ++i) {
    if (i > 0) out += ',';
    append_value(out, list.values(i));
  }
  out += ']';
}

void append_value(std::string& out, const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return canonical::append_double(out, value.number_value());
    case Value::kStringValue:
      return canonical::append_string(out, value.string_value());
    case Value::kBoolValue:
      out += value.bool_value() ? "true" : "false";
      return;
    case Value::kStructValue:
      return append_struct(out, value.struct_value());
    case Value::kListValue:
      return append_list(out, value.list_value());
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      out += "null";
  }
}

// Writes one value of a field, the same way whether the field is repeated (index >= 0) or not.
class FieldText {
 public:
  FieldText(const Message& message, const FieldDescriptor* field)
      : message_(message), reflection_(*message.GetReflection()), field_(field) {}

  void append(std::string& out, int index) const {
    using R = Reflection;
    switch (field_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return canonical::append_integer(out, int64_t{get(index, &R::GetInt32, &R::GetRepeatedInt32)});
      case FieldDescriptor::CPPTYPE_INT64:
        return canonical::append_integer(out, int64_t{get(index, &R::GetInt64, &R::GetRepeatedInt64)});
      case FieldDescriptor::CPPTYPE_UINT32:
        return canonical::append_integer(out, uint64_t{get(index, &R::GetUInt32, &R::GetRepeatedUInt32)});
      case FieldDescriptor::CPPTYPE_UINT64:
        return canonical::append_integer(out, uint64_t{get(index, &R::GetUInt64, &R::GetRepeatedUInt64)});
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return canonical::append_double(out, get(index, &R::GetDouble, &R::GetRepeatedDouble));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return canonical::append_double(out, double{get(index, &R::GetFloat, &R::GetRepeatedFloat)});
      case FieldDescriptor::CPPTYPE_BOOL:
        out += get(index, &R::GetBool, &R::GetRepeatedBool) ? "true" : "false";
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        return canonical::append_string(out, get(index, &R::GetEnum, &R::GetRepeatedEnum)->name());
      case FieldDescriptor::CPPTYPE_STRING:
        return append_text(out, index);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return append_canonical_json(out, nested(index));
    }
  }

  int size() const { return reflection_.FieldSize(message_, field_); }

  const Message& nested(int index) const {
    return index < 0 ? reflection_.GetMessage(message_, field_)
                     : reflection_.GetRepeatedMessage(message_, field_, index);
  }

 private:
  template <class Get, class GetRepeated>
  std::invoke_result_t<Get, const Reflection&, const Message&, const FieldDescriptor*> get(
      int index, Get get, GetRepeated get_repeated) const {
    return index < 0 ? (reflection_.*get)(message_, field_)
                     : (reflection_.*get_repeated)(message_, field_, index);
  }

  void append_text(std::string& out, int index) const {
    std::string scratch;
    const std::string& text = index < 0
                                  ? reflection_.GetStringReference(message_, field_, &scratch)
                                  : reflection_.GetRepeatedStringReference(message_, field_, index, &scratch);
    const bool is_bytes = field_->type() == FieldDescriptor::TYPE_BYTES;
    canonical::append_string(out, is_bytes ? to_base64(text) : text);
  }

  const Message& message_;
  const Reflection& reflection_;
  const FieldDescriptor* field_;
};

void append_map(std::string& out, const FieldText& entries, const FieldDescriptor* field) {
  const FieldDescriptor* key = field->message_type()->map_key();
  TCPS_CHECK(key->cpp_type() == FieldDescriptor::CPPTYPE_STRING);
  std::vector<std::pair<std::string, const Message*>> sorted;
  for (int i = 0; i < entries.size(); ++i) {
    const Message& entry = entries.nested(i);
    sorted.emplace_back(entry.GetReflection()->GetString(entry, key), &entry);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return canonical::name_less(a.first, b.first); });
  out += '{';
  for (const auto& [name, entry] : sorted) {
    begin_member(out, name);
    FieldText(*entry, field->message_type()->map_value()).append(out, -1);
  }
  out += '}';
}

void append_field(std::string& out, const Message& message, const FieldDescriptor* field) {
  const FieldText text(message, field);
  if (field->is_map()) return append_map(out, text, field);
  if (!field->is_repeated()) return text.append(out, -1);
  out += '[';
  for (int i = 0; i < text.size(); ++i) {
    if (i > 0) out += ',';
    text.append(out, i);
  }
  out += ']';
}

}  // namespace

void append_canonical_json(std::string& out, const Message& message, const FieldDescriptor* spread) {
  const auto* type = message.GetDescriptor();
  if (type == Struct::descriptor()) return append_struct(out, static_cast<const Struct&>(message));
  if (type == Value::descriptor()) return append_value(out, static_cast<const Value&>(message));
  if (type == ListValue::descriptor()) return append_list(out, static_cast<const ListValue&>(message));
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<Member> members;
  members.reserve(fields.size());
  for (const FieldDescriptor* field : fields) {
    if (field != spread) members.push_back({field->name(), field, nullptr});
  }
  if (spread != nullptr) {
    const size_t own = members.size();
    add_members(static_cast<const Struct&>(message.GetReflection()->GetMessage(message, spread)), members);
    for (size_t i = own; i < members.size(); ++i)
      TCPS_CHECK(type->FindFieldByName(std::string(members[i].name)) == nullptr);
  }
  append_members(out, message, members);
}

std::string canonical_json(const Message& message) {
  std::string out;
  out.reserve(1024);
  append_canonical_json(out, message);
  return out;
}

nlohmann::json to_json(const Message& message) {
  return *parse_json(canonical_json(message), std::numeric_limits<size_t>::max());
}

}  // namespace tcps
