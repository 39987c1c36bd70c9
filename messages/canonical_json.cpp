#include "messages/canonical_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "messages/canonical_text.h"

namespace tcps {
namespace {

using nlohmann::json;

bool needs_utf16_order(const json::object_t& object) {
  return std::any_of(object.begin(), object.end(), [](const auto& member) {
    return std::any_of(member.first.begin(), member.first.end(),
                       [](char c) { return static_cast<uint8_t>(c) >= 0xf0; });
  });
}

void append_value(std::string& out, const json& value);

void append_member(std::string& out, const json::object_t::value_type& member) {
  if (out.back() != '{') out += ',';
  canonical::append_string(out, member.first);
  out += ':';
  append_value(out, member.second);
}

void append_object(std::string& out, const json::object_t& object) {
  out += '{';
  if (needs_utf16_order(object)) {
    std::vector<const json::object_t::value_type*> members;
    members.reserve(object.size());
    for (const auto& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return canonical::name_less(a->first, b->first); });
    for (const auto* member : members) append_member(out, *member);
  } else {
    for (const auto& member : object) append_member(out, member);
  }
  out += '}';
}

void append_array(std::string& out, const json::array_t& array) {
  out += '[';
  for (size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out += ',';
    append_value(out, array[i]);
  }
  out += ']';
}

void append_value(std::string& out, const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      out += "null";
      return;
    case json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return;
    case json::value_t::number_integer:
      canonical::append_integer(out, value.get<int64_t>());
      return;
    case json::value_t::number_unsigned:
      canonical::append_integer(out, value.get<uint64_t>());
      return;
    case json::value_t::number_float:
      canonical::append_double(out, value.get<double>());
      return;
    case json::value_t::string:
      canonical::append_string(out, value.get_ref<const std::string&>());
      return;
    case json::value_t::array:
      append_array(out, value.get_ref<const json::array_t&>());
      return;
    case json::value_t::object:
      append_object(out, value.get_ref<const json::object_t&>());
      return;
    case json::value_t::binary:
    case json::value_t::discarded:
      TCPS_CHECK(false);  // neither is a JSON value
  }
}

// ---- reading

// Receives nlohmann's parse events and builds the value; returning false stops the parser.
class Builder {
 public:
  explicit Builder(size_t depth_max) : depth_max_(depth_max) {}

  json root;
  std::string problem;

  bool null() { return place(nullptr); }
  bool boolean(bool value) { return place(value); }
  bool number_integer(int64_t value) { return place(value); }
  bool number_unsigned(uint64_t value) { return place(value); }
  bool number_float(double value, const std::string&) { return place(value); }
  bool string(std::string& value) { return place(std::move(value)); }
  bool binary(json::binary_t&) { return false; }
  bool start_object(size_t) { return open(json::value_t::object); }
  bool start_array(size_t) { return open(json::value_t::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto& object = containers_.back()->get_ref<json::object_t&>();
    const size_t before = object.size();
    const auto position = object.try_emplace(object.end(), std::move(name));
    member_ = &position->second;
    if (object.size() > before) return true;
    problem = fmt::format("JSON names the member '{}' twice in one object", position->first.substr(0, 64));
    return false;
  }

  bool parse_error(size_t position, const std::string&, const json::exception&) {
    problem = fmt::format("text is not well-formed JSON at byte {}", position);
    return false;
  }

 private:
  template <class Value>
  bool place(Value&& value) {
    put(json(std::forward<Value>(value)));
    return true;
  }

  json* put(json value) {
    if (containers_.empty()) {
      root = std::move(value);
      return &root;
    }
    if (containers_.back()->is_array()) {
      return &containers_.back()->get_ref<json::array_t&>().emplace_back(std::move(value));
    }
    *member_ = std::move(value);
    return member_;
  }

  bool open(json::value_t type) {
    if (containers_.size() == depth_max_) {
      problem = fmt::format("JSON is nested deeper than {} levels", depth_max_);
      return false;
    }
    containers_.push_back(put(json(type)));
    return true;
  }

  bool close() {
    containers_.pop_back();
    return true;
  }

  const size_t depth_max_;
  std::vector<json*> containers_;  // open arrays and objects, innermost last
  json* member_ = nullptr;         // value of the key read last
};

}  // namespace

std::string canonical_json(const json& value) {
  std::string out;
  out.reserve(1024);
  append_value(out, value);
  return out;
}

Result<json> parse_json(std::string_view text, size_t depth_max) {
  Builder builder(depth_max);
  if (!json::sax_parse(text.data(), text.data() + text.size(), &builder)) {
    return fail(ErrorCode::invalid, std::move(builder.problem));
  }
  return std::move(builder.root);
}

}  // namespace tcps
