// Files over real sockets: parts of them, and the server's own certificate and key when they change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nodes/gateway/server.h"
#include "nodes/http/testing/exchange.h"
#include "nodes/http/testing/tls_certificate.h"
#include "tests/support/temporary_folder.h"

namespace tcps::gateway {
namespace {

using http::testing::HttpReply;
using http::testing::request;
using http::testing::write_certificate;
using nlohmann::json;

class ServedFiles : public testing::Test {
 protected:
  void start() {
    auto started = Server::start(options, [this](const std::string& query, const json&) -> Result<json> {
      if (query == "tile") return json{{"hashes", to_base64(hashes)}};
      return json{{"query", query}};
    });
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server = std::move(*started);
  }
  HttpReply get(const std::string& target, const std::map<std::string, std::string>& fields = {}) {
    return request(server->port(), target, fields);
  }

  test::TemporaryFolder folder;
  GatewayOptions options;
  Bytes hashes = [] {
    Bytes bytes(256 * 32, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
    return bytes;
  }();
  std::unique_ptr<Server> server;
};

const std::string tile = "/tile/0/000";

TEST_F(ServedFiles, APartIsAnsweredWithItsPlace) {
  start();
  const HttpReply whole = get(tile);
  ASSERT_EQ(whole.status, 200u);
  EXPECT_EQ(whole.body, hashes);
  EXPECT_EQ(whole.header("accept-ranges"), "bytes");
  const HttpReply part = get(tile, {{"Range", "bytes=32-63"}, {"Accept-Encoding", "gzip"}});
  EXPECT_EQ(part.status, 206u);
  EXPECT_EQ(part.body, hashes.substr(32, 32));
  EXPECT_EQ(part.header("content-range"), "bytes 32-63/8192");
  EXPECT_EQ(part.header("content-encoding"), "") << "of the bytes as they are";
  EXPECT_EQ(part.header("etag"), whole.header("etag"));
  EXPECT_EQ(part.header("cache-control"), whole.header("cache-control"));
  const HttpReply end = get(tile, {{"Range", "bytes=-10"}});
  EXPECT_EQ(end.status, 206u);
  EXPECT_EQ(end.body, hashes.substr(hashes.size() - 10));
}

TEST_F(ServedFiles, ADownloadGoesOnWhereItBrokeOffUnlessTheFileChanged) {
  start();
  const std::string tag = get(tile).header("etag");
  const HttpReply rest = get(tile, {{"Range", "bytes=8000-"}, {"If-Range", tag}});
  EXPECT_EQ(rest.status, 206u);
  EXPECT_EQ(rest.body, hashes.substr(8000));
  hashes[5] ^= 1;
  const HttpReply changed = get(tile, {{"Range", "bytes=8000-"}, {"If-Range", tag}});
  EXPECT_EQ(changed.status, 200u);
  EXPECT_EQ(changed.body, hashes);
  for (const std::string& weak :
       {"W/" + changed.header("etag"), std::string("Wed, 21 Oct 2026 07:28:00 GMT")})
    EXPECT_EQ(get(tile, {{"Range", "bytes=0-1"}, {"If-Range", weak}}).status, 200u) << weak;
  const HttpReply same = get(tile, {{"Range", "bytes=0-1"}, {"If-None-Match", changed.header("etag")}});
  EXPECT_EQ(same.status, 304u) << "the condition comes first";
}

TEST_F(ServedFiles, WhatTheFileDoesNotHaveIsRefusedAndWhatIsNotUnderstoodIsAnsweredWhole) {
  start();
  const HttpReply beyond = get(tile, {{"Range", "bytes=8192-"}});
  EXPECT_EQ(beyond.status, 416u);
  EXPECT_EQ(beyond.header("content-range"), "bytes */8192");
  EXPECT_EQ(beyond.body, "");
  for (const char* range : {"bytes=0-1,4-5", "bytes=5-2", "lines=1-2", "bytes=x"})
    EXPECT_EQ(get(tile, {{"Range", range}}).status, 200u) << range;
  EXPECT_EQ(get("/v1/wip", {{"Range", "bytes=0-1"}}).status, 200u) << "an answer is no file";
  EXPECT_EQ(get("/v1/wip").header("accept-ranges"), "");
  const HttpReply head =
      request(server->port(), tile, {{"Range", "bytes=0-1"}}, false, boost::beast::http::verb::head);
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.header("content-length"), "8192");
}

// The common name of the certificate that the server shows to a new connection; empty when there is none.
std::string shown_by(uint16_t port) {
  namespace asio = boost::asio;
  asio::io_context context;
  asio::ssl::context trust(asio::ssl::context::tls_client);
  asio::ssl::stream<asio::ip::tcp::socket> stream(context, trust);
  boost::system::error_code error;
  stream.lowest_layer().connect({asio::ip::address_v4::loopback(), port}, error);
  if (!error) stream.handshake(asio::ssl::stream_base::client, error);
  if (error) return {};
  X509* certificate = SSL_get1_peer_certificate(stream.native_handle());
  char name[64] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  return name;
}

TEST_F(ServedFiles, ARenewedCertificateIsShownWithoutARestart) {
  options.certificate_file = folder.path() + "/cert.pem";
  options.key_file = folder.path() + "/key.pem";
  write_certificate(options.certificate_file, options.key_file, "first");
  start();
  EXPECT_EQ(shown_by(server->port()), "first");
  const std::string new_certificate = folder.path() + "/new-cert.pem",
                    new_key = folder.path() + "/new-key.pem";
  write_certificate(new_certificate, new_key, "second");
  std::filesystem::rename(new_certificate, options.certificate_file);
  EXPECT_EQ(shown_by(server->port()), "first") << "the new certificate is not the old key's";
  std::filesystem::rename(new_key, options.key_file);
  EXPECT_EQ(shown_by(server->port()), "second");
  std::filesystem::remove(options.certificate_file);
  EXPECT_EQ(shown_by(server->port()), "second") << "what cannot be read is not shown";
  EXPECT_EQ(request(server->port(), tile, {}, true).status, 200u);
}

}  // namespace
}  // namespace tcps::gateway
