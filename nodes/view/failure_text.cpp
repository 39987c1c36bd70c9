#include "nodes/view/failure_text.h"

#include "messages/failure_mode.h"
#include "nodes/view/output.h"

namespace tcps::view {

std::string failure_text(std::string_view code) {
  const auto mode = parse_failure_mode(code);
  if (!mode) return printable(code);
  return std::string(code).append(" ").append(row_of(*mode).name);
}

}  // namespace tcps::view
