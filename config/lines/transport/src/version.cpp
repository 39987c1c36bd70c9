#include "src/version.h"

namespace transport {

std::string_view version() { return TRANSPORT_VERSION; }

}  // namespace transport
