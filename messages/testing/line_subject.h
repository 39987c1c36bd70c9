// Reads cards' and events' subjects back, against which tests and fuzz targets hold those that are built:
// spelled in one way only.
#pragma once

#include <string_view>
#include <variant>

#include "messages/result.h"
#include "messages/subjects.h"

namespace tcps {

using LineSubject = std::variant<CardSubject, EventSubject>;

Result<LineSubject> parse_line_subject(std::string_view subject);  // Errors: invalid

}  // namespace tcps
