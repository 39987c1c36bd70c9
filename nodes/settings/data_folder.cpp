#include "nodes/settings/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "messages/files.h"

namespace tcps::node {

Result<std::unique_ptr<DataFolder>> DataFolder::lock(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail(ErrorCode::io, "data folder " + path + " cannot be made: " + error.message());
  auto lock_path = path + "/lock";
  int descriptor = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(ErrorCode::io, lock_path + ": " + std::strerror(errno));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    close(descriptor);
    return fail(ErrorCode::conflict,
                "another tcpsd works on " + path + ": stop it, or name another data folder");
  }
  return std::unique_ptr<DataFolder>(new DataFolder(path, descriptor));
}

DataFolder::~DataFolder() {
  withdraw();
  close(descriptor_);
}

Status DataFolder::announce(const nlohmann::json& factory) const {
  return replace_file(path_ + "/factory.json", factory.dump(2) + "\n");
}

void DataFolder::withdraw() const {
  std::error_code ignored;
  std::filesystem::remove(path_ + "/factory.json", ignored);
}

}  // namespace tcps::node
