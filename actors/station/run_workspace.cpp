#include "actors/station/run_workspace.h"

namespace tcps::station {

RunWorkspace::RunWorkspace(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  std::filesystem::create_directories(path_, error_);
}

RunWorkspace::~RunWorkspace() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Status RunWorkspace::status() const {
  if (error_)
    return fail(ErrorCode::io, "workspace " + path_.string() + " cannot be made: " + error_.message());
  return {};
}

}  // namespace tcps::station
