// How people see a failure mode: its code and what it is called.
#pragma once

#include <string>
#include <string_view>

namespace tcps::view {

// "F6.1 Compilation error". A code that this program does not know, as of a newer line, stands for itself;
// none is none.
std::string failure_text(std::string_view code);

}  // namespace tcps::view
