// Certificate and key that the server shows, read again when their files change, so that a renewed
// certificate needs no restart. While the new files do not belong together (one is replaced, the other not
// yet) or cannot be read, the old ones are shown. Not thread-safe: one thread asks.
#pragma once

#include <sys/stat.h>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "messages/result.h"

namespace tcps::http {

class TlsIdentity {
 public:
  // Errors: invalid, naming the file.
  static Result<TlsIdentity> load(const std::string& certificate_file, const std::string& key_file);

  // For the next connection. Looks at the files' times; connections that were made keep theirs.
  boost::asio::ssl::context& current();

 private:
  struct Seen {
    struct timespec modified {};
    ino_t inode = 0;
    off_t size = -1;
    bool operator==(const Seen& other) const {
      return modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec &&
             inode == other.inode && size == other.size;
    }
  };

  TlsIdentity(std::string certificate_file, std::string key_file)
      : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}
  static Seen look_at(const std::string& file);
  Status read();

  std::string certificate_file_, key_file_;
  Seen certificate_seen_, key_seen_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace tcps::http
