// Files read with a bound, and replaced so that they are there completely or not at all: a file of its own
// beside the old one, synced, renamed over it, and the folder synced. What was replaced is on the disk when
// the call returns. A crash may leave `<path>.new-<random>` behind, which nothing reads.
//
// `io` says that the operating system refused, `full` that the disk has no room; both name the file. Blocks.
#pragma once

#include <sys/types.h>

#include <string>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps {

// ---- reading

// A regular file. Errors: not_found, invalid (no regular file), full (longer than bytes_max), io.
Result<Bytes> read_file(const std::string& path, size_t bytes_max);

// What a person names on a command line: a pipe or a device too, read to its end. The same errors.
Result<Bytes> read_input(const std::string& path, size_t bytes_max);

// A file that keeps a secret. Errors also: refused, when anybody but its owner may do anything with it.
Result<Bytes> read_private_file(const std::string& path, size_t bytes_max);

// ---- writing; `mode` as for open(2), the process's umask taken away

constexpr mode_t mode_of_files = 0644;
constexpr mode_t mode_of_secrets = 0600;

// Errors: full, io; the old file then stands as it was.
Status replace_file(const std::string& path, BytesView bytes, mode_t mode = mode_of_files);

// The same with another file's content.
Status copy_file(const std::string& from, const std::string& to);

// Never replaces. Errors: conflict (something has this name, be it a link to nowhere), full, io.
Status create_file(const std::string& path, BytesView bytes, mode_t mode = mode_of_files);

// Gives the file that another library wrote beside it the name `path`, synced. Errors: full, io.
Status put_in_place(const std::string& written, const std::string& path);

// What was made, renamed or removed in the folder stays so. Empty: the working folder. Errors: io.
Status sync_folder(const std::string& path);

// A replacement whose bytes come piece by piece. Without commit() nothing has happened. The first error
// sticks: whatever follows returns it.
class FileReplacement {
 public:
  explicit FileReplacement(std::string path, mode_t mode = mode_of_files);
  ~FileReplacement();
  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;

  Status write(BytesView bytes);  // Errors: full, io
  Status commit();                // call once, last. Errors: full, io

 private:
  const std::string path_;
  const std::string staged_;
  int descriptor_ = -1;
  Status state_;
};

}  // namespace tcps
