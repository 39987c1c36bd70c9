#include "nodes/http/tls_identity.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tcps::http {

namespace ssl = boost::asio::ssl;

Result<TlsIdentity> TlsIdentity::load(const std::string& certificate_file, const std::string& key_file) {
  TlsIdentity identity(certificate_file, key_file);
  TCPS_TRY(identity.read());
  return identity;
}

TlsIdentity::Seen TlsIdentity::look_at(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return {};
  return {status.st_mtim, status.st_ino, status.st_size};
}

// What was looked at before it was read is read again when it changes in between.
Status TlsIdentity::read() {
  certificate_seen_ = look_at(certificate_file_);
  key_seen_ = look_at(key_file_);
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                           ssl::context::no_sslv2 | ssl::context::no_sslv3,
                       error);
  context->use_certificate_chain_file(certificate_file_, error);
  if (error)
    return fail(ErrorCode::invalid, fmt::format("certificate {}: {}", certificate_file_, error.message()));
  context->use_private_key_file(key_file_, ssl::context::pem, error);
  if (error) return fail(ErrorCode::invalid, fmt::format("key {}: {}", key_file_, error.message()));
  context_ = std::move(context);
  return {};
}

ssl::context& TlsIdentity::current() {
  if (look_at(certificate_file_) == certificate_seen_ && look_at(key_file_) == key_seen_) return *context_;
  if (auto again = read(); again) {
    spdlog::warn("certificate {} has changed: new connections see the new one", certificate_file_);
  } else {
    spdlog::warn("{}; new connections see the certificate before", again.error().message);
  }
  return *context_;
}

}  // namespace tcps::http
