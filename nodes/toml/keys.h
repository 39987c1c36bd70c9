// The kinds of keys that a table of keys is made of (key_table.h): each reads a node of the file into a struct,
// and writes what the struct holds.
//
// A key fills a member, or what a function leads to from the struct: both are called its place.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "messages/result.h"
#include "nodes/toml/toml_file.h"

namespace tcps::toml_keys {

using Wrong = std::optional<std::string>;  // what is wrong with a value; nothing when it was taken

template <class T>
struct Key {
  std::string path;
  std::function<Wrong(const toml::node&, T&)> read;
  std::function<std::string(const T&)> written;  // the value as TOML has it; empty when there is none
  std::string meaning;
  bool is_required = false;
};

// ---- kinds of keys; T is the struct that is filled

template <class Place>
struct Struct;
template <class T, class V>
struct Struct<V T::*> {
  using type = T;
};
template <class T, class V>
struct Struct<V& (*)(T&)> {
  using type = T;
};
template <class Place>
using StructOf = typename Struct<Place>::type;

template <class T, class Place>
auto& at(Place place, T& object) {
  return std::invoke(place, object);
}
// Reads only: a place that is a function leads through the struct itself.
template <class T, class Place>
const auto& at(Place place, const T& object) {
  return std::invoke(place, const_cast<T&>(object));
}

template <class Place>
Key<StructOf<Place>> text(std::string path, Place place, std::string meaning) {
  using T = StructOf<Place>;
  return {std::move(path),
          [place](const toml::node& node, T& out) -> Wrong {
            if (!node.is_string()) return "must be a text in quotes";
            at(place, out) = **node.as_string();
            return {};
          },
          [place](const T& from) { return toml_text(at(place, from)); }, std::move(meaning)};
}

template <class Place>
Key<StructOf<Place>> flag(std::string path, Place place, std::string meaning) {
  using T = StructOf<Place>;
  return {std::move(path),
          [place](const toml::node& node, T& out) -> Wrong {
            if (!node.is_boolean()) return "must be true or false";
            at(place, out) = **node.as_boolean();
            return {};
          },
          [place](const T& from) { return std::string(at(place, from) ? "true" : "false"); },
          std::move(meaning)};
}

// `store(value, out)` and `shown(from)` convert between the file's whole number and the struct's value.
template <class T, class Store, class Shown>
Key<T> converted_number(std::string path, int64_t least, int64_t most, const std::string& meaning,
                        Store store, Shown shown) {
  return {std::move(path),
          [=](const toml::node& node, T& out) -> Wrong {
            const auto value = node.value_exact<int64_t>();
            if (!value) return "must be a whole number";
            if (*value < least || *value > most) return fmt::format("must be {}-{}", least, most);
            store(*value, out);
            return {};
          },
          shown, fmt::format("{} ({}-{})", meaning, least, most)};
}

template <class Place>
Key<StructOf<Place>> number(std::string path, Place place, int64_t least, int64_t most,
                            const std::string& meaning) {
  using T = StructOf<Place>;
  using Number = std::remove_reference_t<std::invoke_result_t<Place, T&>>;
  return converted_number<T>(
      std::move(path), least, most, meaning,
      [place](int64_t value, T& out) { at(place, out) = static_cast<Number>(value); },
      [place](const T& from) { return std::to_string(at(place, from)); });
}

template <class Place>
Key<StructOf<Place>> milliseconds(std::string path, Place place, int64_t least, int64_t most,
                                  const std::string& meaning) {
  using T = StructOf<Place>;
  return converted_number<T>(
      std::move(path), least, most, meaning,
      [place](int64_t value, T& out) { at(place, out) = std::chrono::milliseconds(value); },
      [place](const T& from) { return std::to_string(at(place, from).count()); });
}

// A text that `parse` makes a value of, or an error whose message is the problem. `show` is its inverse.
template <class Place, class Parse, class Show>
Key<StructOf<Place>> parsed(std::string path, Place place, Parse parse, Show show, std::string meaning) {
  using T = StructOf<Place>;
  return {std::move(path),
          [place, parse](const toml::node& node, T& out) -> Wrong {
            if (!node.is_string()) return "must be a text in quotes";
            auto value = parse(**node.as_string());
            if (!value) return value.error().message;
            at(place, out) = std::move(*value);
            return {};
          },
          [place, show](const T& from) { return toml_text(show(at(place, from))); }, std::move(meaning)};
}

// A list of such texts, in place of what the struct had.
template <class Place, class Parse, class Show>
Key<StructOf<Place>> parsed_list(std::string path, Place place, Parse parse, Show show, std::string meaning) {
  using T = StructOf<Place>;
  return {std::move(path),
          [place, parse](const toml::node& node, T& out) -> Wrong {
            if (!node.is_array()) return "must be a list of texts";
            auto& list = at(place, out);
            list.clear();
            for (const auto& element : *node.as_array()) {
              if (!element.is_string()) return "must be a list of texts";
              auto value = parse(**element.as_string());
              if (!value) return value.error().message;
              list.push_back(std::move(*value));
            }
            return {};
          },
          [place, show](const T& from) {
            std::vector<std::string> shown;
            for (const auto& value : at(place, from)) shown.emplace_back(show(value));
            return toml_list(shown);
          },
          std::move(meaning)};
}

template <class Place>
Key<StructOf<Place>> texts(std::string path, Place place, std::string meaning) {
  return parsed_list(
      std::move(path), place, [](const std::string& text) { return Result<std::string>(text); },
      [](const std::string& text) { return text; }, std::move(meaning));
}

// Must be there.
template <class T>
Key<T> required(Key<T> key) {
  key.is_required = true;
  return key;
}

}  // namespace tcps::toml_keys
