#include "actors/station/run_workspace.h"

namespace tcps::station {

RunWorkspace::RunWorkspace(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

RunWorkspace::~RunWorkspace() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tcps::station
