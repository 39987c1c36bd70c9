// Reads canonical JSON (RFC 8785) and nothing else, value by value and without building a tree: every other
// spelling of the same value is malformed, so that what was read stands for exactly one sequence of bytes.
// kind() tells what comes next; the caller then reads it as that kind. All reads return false once the text
// turned out malformed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcps {

enum class JsonKind : uint8_t { null, boolean, number, string, array, object, malformed };

struct JsonNumber {
  double real = 0;
  std::optional<int64_t> integer;  // written without fraction or exponent, within +-2^53
  bool is_exact = true;            // `real` is the number that was written
};

class CanonicalReader {
 public:
  explicit CanonicalReader(std::string_view text, size_t depth_max = 64)
      : text_(text), depth_left_(depth_max) {}

  JsonKind kind();  // malformed when no value begins here
  bool null();
  bool boolean(bool& value);
  bool number(JsonNumber& value);
  bool string(std::string_view& value);  // good until the next string is read
  // member(name, reader) reads the member's value, true when it could; `name` is good until it returns.
  template <class Member>
  bool members(Member&& member);
  // element(index, reader) likewise.
  template <class Element>
  bool elements(Element&& element);
  bool skip();  // over one value, checked as closely as if it were read

  bool at_end() const { return position_ == text_.size(); }
  size_t position() const { return position_; }
  bool is_malformed() const { return malformed_; }

 private:
  bool malformed() {
    malformed_ = true;
    return false;
  }
  bool accept(char c);
  bool literal(std::string_view expected);
  bool enter(char opening);
  bool escape(std::string& out);
  // The name of a member that comes behind the one named `before`, and its colon.
  bool name(std::string_view before, bool is_first, std::string_view& name, std::string& room);

  std::string_view text_;
  size_t position_ = 0;
  size_t depth_left_;
  bool malformed_ = false;
  std::string unescaped_;  // the string read last, when it had escapes
};

template <class Member>
bool CanonicalReader::members(Member&& member) {
  if (!enter('{')) return false;
  std::string_view before, next;
  std::string rooms[2];  // names with escapes: this one and the one before
  for (size_t count = 0; !accept('}'); ++count) {
    if (count > 0 && !accept(',')) return malformed();
    if (!name(before, count == 0, next, rooms[count % 2])) return false;
    if (!member(next, *this)) return false;
    before = next;
  }
  ++depth_left_;
  return true;
}

template <class Element>
bool CanonicalReader::elements(Element&& element) {
  if (!enter('[')) return false;
  for (size_t count = 0; !accept(']'); ++count) {
    if (count > 0 && !accept(',')) return malformed();
    if (!element(count, *this)) return false;
  }
  ++depth_left_;
  return true;
}

}  // namespace tcps
