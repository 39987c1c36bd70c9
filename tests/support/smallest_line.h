// The shortest line.toml of a product that is built, tested and released. More tables may follow it.
#pragma once

#include <string>

namespace tcps::test {

inline const std::string smallest_line = R"([line]
name = "hello"
[build]
system = "make"
outputs = ["hello"]
[test.unit]
framework = "shell"
commands = [["make", "check"]]
[[release.files]]
from = "hello"
to = "bin/hello"
)";

}  // namespace tcps::test
