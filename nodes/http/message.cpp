#include "nodes/http/message.h"

#include <boost/beast/core/string.hpp>

namespace tcps::http {

std::string_view field_of(const Fields& fields, std::string_view name) {
  for (const auto& [known, value] : fields) {
    if (boost::beast::iequals(known, name)) return value;
  }
  return {};
}

}  // namespace tcps::http
