#include "actors/engines/tera/regex.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "actors/engines/tera/catalogue.h"
#include "actors/engines/tera/text.h"

namespace tcps::tera {
namespace {

constexpr size_t states_max = 2000;
constexpr size_t repeat_max = 1000;
constexpr size_t depth_max = 50;
constexpr size_t work_max = 50'000'000;

uint32_t code_of(std::string_view character) {
  auto byte = [&](size_t i) { return uint32_t(static_cast<unsigned char>(character[i])); };
  switch (character.size()) {
    case 2:
      return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3:
      return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    case 4:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    default:
      return byte(0);
  }
}

std::vector<uint32_t> codes_of(std::string_view text) {
  std::vector<uint32_t> out;
  for (auto character : characters(text)) out.push_back(code_of(character));
  return out;
}

bool is_word_code(uint32_t code) {
  return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9') ||
         code == '_';
}

uint32_t folded(uint32_t code) { return code >= 'A' && code <= 'Z' ? code + 32 : code; }

// Characters by ranges; an escape like \W contributes the complement of its ranges.
struct CharacterSet {
  std::vector<std::pair<uint32_t, uint32_t>> ranges;
  bool is_negated = false;

  void add(uint32_t first, uint32_t last) { ranges.emplace_back(first, last); }
  void add_complement(std::vector<std::pair<uint32_t, uint32_t>> of) {
    std::sort(of.begin(), of.end());
    uint32_t next = 0;
    for (auto [first, last] : of) {
      if (first > next) add(next, first - 1);
      next = last + 1;
    }
    add(next, 0x10ffff);
  }
  bool holds(uint32_t code) const {
    bool found = std::any_of(ranges.begin(), ranges.end(),
                             [&](auto range) { return code >= range.first && code <= range.second; });
    return found != is_negated;
  }
};

enum class StateKind : uint8_t { set, split, begin, end, boundary, no_boundary, match };

struct State {
  StateKind kind;
  size_t next = 0, other = 0;  // `other` of split only
  CharacterSet set;
};

// A part of the automaton: where it begins and which exits are open (state and whether `other`).
struct Fragment {
  size_t start;
  std::vector<std::pair<size_t, bool>> exits;
};

class Compiler {
 public:
  explicit Compiler(std::string_view pattern) : pattern_(codes_of(pattern)) {
    std::u32string_view flag = U"(?i)";
    folds = pattern_.size() >= flag.size() && std::equal(flag.begin(), flag.end(), pattern_.begin());
    if (folds) at_ = flag.size();
  }

  // Returns the start state.
  size_t compile() {
    auto whole = alternatives();
    if (at_ < pattern_.size()) error("has a ')' without '('");
    connect(whole, add({StateKind::match, 0, 0, {}}));
    return whole.start;
  }

  std::vector<State> states;
  bool folds;

 private:
  [[noreturn]] static void error(std::string_view what) {
    throw Misuse{fmt::format("the regular expression {}", what)};
  }

  bool sees(char c) const { return at_ < pattern_.size() && pattern_[at_] == uint32_t(c); }
  bool accept(char c) { return sees(c) && ++at_; }

  size_t add(State state) {
    if (states.size() >= states_max) error("is too large; simplify it");
    states.push_back(std::move(state));
    return states.size() - 1;
  }

  void connect(const Fragment& from, size_t to) {
    for (auto [state, is_other] : from.exits) (is_other ? states[state].other : states[state].next) = to;
  }

  Fragment single(StateKind kind, CharacterSet set = {}) {
    size_t state = add({kind, 0, 0, std::move(set)});
    return {state, {{state, false}}};
  }

  // A state that leads on without taking anything, as the empty expression does.
  Fragment nothing() {
    size_t state = add({StateKind::split, 0, 0, {}});
    return {state, {{state, false}, {state, true}}};
  }

  Fragment alternatives() {
    if (++depth_ > depth_max) error("is nested too deeply");
    auto out = sequence();
    while (accept('|')) {
      auto right = sequence();
      size_t split = add({StateKind::split, out.start, right.start, {}});
      out.start = split;
      out.exits.insert(out.exits.end(), right.exits.begin(), right.exits.end());
    }
    --depth_;
    return out;
  }

  Fragment sequence() {
    std::optional<Fragment> out;
    while (at_ < pattern_.size() && !sees('|') && !sees(')')) {
      auto part = repeated();
      if (out) {
        connect(*out, part.start);
        out->exits = part.exits;
      } else {
        out = part;
      }
    }
    return out ? *out : nothing();
  }

  // An atom and its repetition: the atom is parsed again for each copy that {m,n} needs.
  Fragment repeated() {
    size_t begin = at_;
    auto out = atom();
    size_t least = 1, most = 1;
    if (!repetition(least, most)) return out;
    size_t end = at_;
    auto copy = [&] {
      at_ = begin;
      return atom();
    };
    out = least == 0 ? optional(std::move(out), most) : std::move(out);
    size_t copies = std::max<size_t>(least, 1);
    for (size_t i = 1; i < copies; ++i) append(out, copy());
    if (most == 0) {
      if (least > 0) append(out, optional(copy(), 0));
    } else {
      for (size_t i = copies; i < most; ++i) append(out, optional(copy(), 1));
    }
    at_ = end;
    return out;
  }

  void append(Fragment& out, Fragment part) {
    connect(out, part.start);
    out.exits = std::move(part.exits);
  }

  // `part` or nothing; `most` 0: any number of it.
  Fragment optional(Fragment part, size_t most) {
    size_t split = add({StateKind::split, part.start, 0, {}});
    if (most == 0) {
      connect(part, split);
      return {split, {{split, true}}};
    }
    part.start = split;
    part.exits.emplace_back(split, true);
    return part;
  }

  // Reads a repetition into bounds, `most` 0 for no bound. False when there is none.
  bool repetition(size_t& least, size_t& most) {
    if (accept('*'))
      least = 0, most = 0;
    else if (accept('+'))
      least = 1, most = 0;
    else if (accept('?'))
      least = 0, most = 1;
    else if (sees('{') && at_ + 1 < pattern_.size() && pattern_[at_ + 1] >= '0' && pattern_[at_ + 1] <= '9')
      counted(least, most);
    else
      return false;
    accept('?');
    if (sees('*') || sees('+') || sees('?')) error("repeats a repetition; put the inner one into a group");
    return true;
  }

  void counted(size_t& least, size_t& most) {
    ++at_;
    least = most = count();
    if (accept(',')) most = sees('}') ? 0 : count();
    if (!accept('}')) error("has a '{' without '}'");
    bool is_unbounded = most == 0 && pattern_[at_ - 2] == ',';
    if (!is_unbounded && (most < least || most == 0)) error("has an empty repetition");
  }

  size_t count() {
    size_t value = 0;
    if (at_ >= pattern_.size() || pattern_[at_] < '0' || pattern_[at_] > '9')
      error("has a repetition without a number");
    for (; at_ < pattern_.size() && pattern_[at_] >= '0' && pattern_[at_] <= '9'; ++at_) {
      value = value * 10 + (pattern_[at_] - '0');
      if (value > repeat_max) error("repeats too often; use at most 1000");
    }
    return value;
  }

  Fragment atom() {
    uint32_t c = pattern_[at_++];
    switch (c) {
      case '^':
        return single(StateKind::begin);
      case '$':
        return single(StateKind::end);
      case '(':
        return group();
      case '[':
        return single(StateKind::set, character_class());
      case '\\':
        return escaped();
      case '.': {
        CharacterSet set;
        set.add('\n', '\n');
        set.is_negated = true;
        return single(StateKind::set, set);
      }
      case '*':
      case '+':
      case '?':
        error("has a repetition of nothing");
      default: {
        CharacterSet set;
        set.add(c, c);
        return single(StateKind::set, set);
      }
    }
  }

  Fragment group() {
    if (accept('?') && !accept(':')) error("has a group of a kind that is not known; use ( ) or (?: )");
    auto out = alternatives();
    if (!accept(')')) error("has a '(' without ')'");
    return out;
  }

  Fragment escaped() {
    if (accept('b')) return single(StateKind::boundary);
    if (accept('B')) return single(StateKind::no_boundary);
    CharacterSet set;
    add_escape(set);
    return single(StateKind::set, set);
  }

  // The escape after a backslash into `set`; its character when it is a single one.
  std::optional<uint32_t> add_escape(CharacterSet& set) {
    if (at_ >= pattern_.size()) error("ends in a backslash");
    uint32_t c = pattern_[at_++];
    using Ranges = std::vector<std::pair<uint32_t, uint32_t>>;
    auto take = [&](char name, const Ranges& ranges) {
      if (folded(c) != uint32_t(name)) return false;
      if (c == uint32_t(name))
        set.ranges.insert(set.ranges.end(), ranges.begin(), ranges.end());
      else
        set.add_complement(ranges);
      return true;
    };
    if (take('d', {{'0', '9'}}) || take('s', {{'\t', '\r'}, {' ', ' '}}) ||
        take('w', {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}})) {
      return {};
    }
    if (c == 'n')
      c = '\n';
    else if (c == 't')
      c = '\t';
    else if (c == 'r')
      c = '\r';
    else if (is_word_code(c))
      error("has an escape that is not known");
    set.add(c, c);
    return c;
  }

  CharacterSet character_class() {
    CharacterSet set;
    set.is_negated = accept('^');
    for (bool is_first = true;; is_first = false) {
      if (at_ >= pattern_.size()) error("has a '[' without ']'");
      if (!is_first && accept(']')) return set;
      auto low = class_item(set);
      bool is_range = low && sees('-') && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']';
      if (!is_range) continue;
      ++at_;
      auto high = class_item(set);
      if (!high || *high < *low) error("has a range that is empty");
      set.add(*low, *high);
    }
  }

  std::optional<uint32_t> class_item(CharacterSet& set) {
    uint32_t c = pattern_[at_++];
    if (c == '\\') return add_escape(set);
    set.add(c, c);
    return c;
  }

  std::vector<uint32_t> pattern_;
  size_t at_ = 0;
  size_t depth_ = 0;
};

class Matcher {
 public:
  Matcher(const std::vector<State>& states, size_t start, bool folds, std::string_view text)
      : states_(states), start_(start), folds_(folds), text_(codes_of(text)), seen_(states.size(), 0) {}

  bool occurs() {
    std::vector<size_t> current, next;
    for (size_t at = 0; at <= text_.size(); ++at) {
      ++generation_;
      next.clear();
      for (size_t state : current) {
        if (enter(states_[state].next, at, next)) return true;
      }
      if (enter(start_, at, next)) return true;
      current.clear();
      for (size_t state : next) {
        if (at < text_.size() && takes(states_[state], text_[at])) current.push_back(state);
      }
    }
    return false;
  }

 private:
  bool takes(const State& state, uint32_t code) const {
    if (!folds_) return state.set.holds(code);
    bool is_capital = code >= 'A' && code <= 'Z', is_small = code >= 'a' && code <= 'z';
    return state.set.holds(code) || (is_capital && state.set.holds(code + 32)) ||
           (is_small && state.set.holds(code - 32));
  }

  bool at_boundary(size_t at) const {
    bool before = at > 0 && is_word_code(text_[at - 1]), after = at < text_.size() && is_word_code(text_[at]);
    return before != after;
  }

  bool passes(StateKind kind, size_t at) const {
    switch (kind) {
      case StateKind::begin:
        return at == 0;
      case StateKind::end:
        return at == text_.size();
      case StateKind::boundary:
        return at_boundary(at);
      case StateKind::no_boundary:
        return !at_boundary(at);
      default:
        return true;
    }
  }

  // Adds the sets that can be reached from `state` without taking a character. True when a match is reached.
  bool enter(size_t first, size_t at, std::vector<size_t>& sets) {
    std::vector<size_t> open = {first};
    while (!open.empty()) {
      size_t state = open.back();
      open.pop_back();
      if (seen_[state] == generation_) continue;
      seen_[state] = generation_;
      if (++work_ > work_max)
        throw Misuse{"the regular expression takes too long on this text; simplify it", ErrorKind::limit};
      StateKind kind = states_[state].kind;
      if (kind == StateKind::match) return true;
      if (kind == StateKind::set) {
        sets.push_back(state);
      } else if (passes(kind, at)) {
        open.push_back(states_[state].next);
        if (kind == StateKind::split) open.push_back(states_[state].other);
      }
    }
    return false;
  }

  const std::vector<State>& states_;
  size_t start_;
  bool folds_;
  std::vector<uint32_t> text_;
  std::vector<size_t> seen_;  // by state: the generation that entered it last
  size_t generation_ = 0, work_ = 0;
};

}  // namespace

bool regex_occurs(std::string_view pattern, std::string_view text) {
  Compiler compiler(pattern);
  size_t start = compiler.compile();
  return Matcher(compiler.states, start, compiler.folds, text).occurs();
}

}  // namespace tcps::tera
