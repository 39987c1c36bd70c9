// The version given to the build as TRANSPORT_VERSION.
#pragma once

#include <string_view>

namespace transport {

std::string_view version();

}  // namespace transport
