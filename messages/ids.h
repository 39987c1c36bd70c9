// Strong names. Each kind of name is its own type, so that a node id cannot be passed where a line name is
// meant. All are tokens of a NATS subject: 1-64 characters of [a-z0-9-], starting with a letter or digit.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps {

bool is_token(std::string_view text);

template <class Tag>
class Name {
 public:
  Name() = default;  // empty: "not named"

  // Errors: invalid, naming the kind of name and the text.
  static Result<Name> parse(std::string_view text) {
    if (!is_token(text)) {
      return fail(ErrorCode::invalid,
                  std::string(Tag::kind) + " '" + std::string(text) +
                      "' must be 1-64 characters of a-z, 0-9 and '-', not starting with '-'");
    }
    return Name(std::string(text));
  }
  // For names that are constants of the program.
  static Name literal(std::string_view text) {
    auto name = parse(text);
    TCPS_CHECK(name.has_value());
    return *name;
  }

  bool empty() const { return text_.empty(); }
  const std::string& str() const { return text_; }
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using LineName = Name<struct LineNameTag>;
using WorkOrderId = Name<struct WorkOrderIdTag>;
using NodeId = Name<struct NodeIdTag>;
using Pool = Name<struct PoolTag>;

struct LineNameTag {
  static constexpr std::string_view kind = "line name";
};
struct WorkOrderIdTag {
  static constexpr std::string_view kind = "work order id";
};
struct NodeIdTag {
  static constexpr std::string_view kind = "node id";
};
struct PoolTag {
  static constexpr std::string_view kind = "pool";
};

// "wo-" and the first 20 hex digits of digest(line, source, signal id): asking again gives the same id.
WorkOrderId work_order_id(const LineName& line, std::string_view source, std::string_view signal_id);

}  // namespace tcps

template <class Tag>
struct std::hash<tcps::Name<Tag>> {
  size_t operator()(const tcps::Name<Tag>& name) const noexcept {
    return std::hash<std::string>{}(name.str());
  }
};
