// Feeds arbitrary bytes to the template engine: the part before a zero byte is the template, the rest a
// second one that the first may include, import or extend as 'other.html'.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "actors/engines/tera/tera.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  size_t zero = input.find('\0');
  std::string_view first = input.substr(0, zero);
  std::string_view second = zero == std::string_view::npos ? std::string_view() : input.substr(zero + 1);
  tcps::tera::Limits limits;
  limits.output_bytes = 1 << 16;
  limits.work = 1 << 22;
  tcps::tera::Engine engine(
      [&](std::string_view name) -> std::optional<std::string> {
        if (name == "first.html") return std::string(first);
        if (name == "other.html") return std::string(second);
        return {};
      },
      limits);
  static const auto context = nlohmann::json::parse(
      R"({"a": 1, "s": "text", "f": 1.5, "list": [1, 2, 3],
          "rows": [{"id": 1, "tag": "x"}], "map": {"k": "v"}, "none": null})");
  (void)engine.render("first.html", context);
  (void)engine.check("first.html");
  return 0;
}
