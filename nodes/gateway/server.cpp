#include "nodes/gateway/server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "nodes/gateway/gate.h"
#include "nodes/gateway/tls_identity.h"

namespace tcps::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr uint32_t head_bytes_max = 8192;
constexpr uint64_t body_bytes_max = 1024;  // a question has none; a small one is read and ignored

int64_t rising_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// What all connections share. Its members are used by the moving thread, but for the responder.
struct Shared {
  Shared(const ServerOptions& given, ledger::AskLine ask, asio::io_context& mover)
      : options(given),
        gate(given.rate, given.token_file),
        responder(std::move(ask)),
        moving(mover),
        workers(given.workers) {}

  const ServerOptions options;
  Gate gate;
  Responder responder;
  asio::io_context& moving;
  asio::thread_pool workers;
  size_t connections = 0;
  size_t waiting = 0;
};

http::response<http::string_body> response_of(Sent sent, unsigned version, bool keep_alive) {
  http::response<http::string_body> response;
  response.version(version);
  response.result(sent.answer.status);
  response.set(http::field::server, "tcps-gateway");
  response.set("X-Content-Type-Options", "nosniff");
  if (sent.answer.status != 304) response.set(http::field::content_type, sent.answer.content_type);
  for (const auto& [name, value] : sent.answer.headers) response.set(name, value);
  response.keep_alive(keep_alive);
  response.body() = std::move(sent.answer.body);
  if (sent.answer.status != 304) response.content_length(sent.content_length);
  return response;
}

// The answer to a request that could not be read; nothing when the client has gone or was too slow.
std::optional<Answer> answer_to_unreadable(error_code error) {
  if (error == http::error::header_limit)
    return error_answer(431, "invalid", "the request's head is too long");
  if (error == http::error::body_limit) return error_answer(413, "invalid", "the request's body is too long");
  const bool of_http = error.category() == http::make_error_code(http::error::bad_method).category();
  if (!of_http || error == http::error::end_of_stream || error == http::error::partial_message)
    return std::nullopt;
  return error_answer(400, "invalid", "the request is no HTTP: " + error.message());
}

// One connection; lives as long as an operation of its own is under way.
template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::shared_ptr<Shared> shared, std::string client)
      : stream_(std::move(stream)), shared_(std::move(shared)), client_(std::move(client)) {
    ++shared_->connections;
  }
  ~Session() { --shared_->connections; }

  void start() {
    if constexpr (requires { stream_.handshake(asio::ssl::stream_base::server); }) {
      beast::get_lowest_layer(stream_).expires_after(shared_->options.timeout);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (!error) self->read();
                              });
    } else {
      read();
    }
  }

 private:
  void read() {
    parser_.emplace();
    parser_->header_limit(head_bytes_max);
    parser_->body_limit(body_bytes_max);
    beast::get_lowest_layer(stream_).expires_after(shared_->options.timeout);
    http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](error_code error, size_t) {
      if (!error) return self->handle();
      auto answer = answer_to_unreadable(error);
      if (answer) return self->write(std::move(*answer), {}, false);
      self->close();
    });
  }

  void handle() {
    const auto& request = parser_->get();
    target_ = std::string(request.target());
    version_ = request.version();
    Wishes wishes;
    wishes.head = request.method() == http::verb::head;
    if (request.method() == http::verb::get) wishes.range = std::string(request[http::field::range]);
    wishes.if_range = std::string(request[http::field::if_range]);
    wishes.if_none_match = std::string(request[http::field::if_none_match]);
    wishes.accept_encoding = std::string(request[http::field::accept_encoding]);
    wishes.authorized = shared_->gate.asks_for_tokens();
    const bool keep_alive = request.keep_alive();
    auto refusal =
        shared_->gate.refusal({std::string(request.method_string()), std::string(request[http::field::host]),
                               std::string(request[http::field::authorization]), client_, rising_ms()});
    if (refusal) return write(std::move(*refusal), wishes, keep_alive);
    auto target = RequestTarget::parse(target_);
    auto route = target ? route_of(*target) : Result<Route>(fail(target.error()));
    if (!route) return write(error_answer(route.error()), wishes, keep_alive);
    if (shared_->waiting >= shared_->options.waiting_max)
      return write(error_answer(503, "full", "the gateway is busy: ask again"), wishes, keep_alive);
    ++shared_->waiting;
    // The line may take its time; the client's own patience is its own.
    beast::get_lowest_layer(stream_).expires_never();
    asio::post(shared_->workers, [self = this->shared_from_this(), route = std::move(*route), wishes,
                                  keep_alive]() mutable {
      Answer answer = self->ask(route);
      // The worker keeps no share of the session: whoever has the last one ends it, and only the mover may.
      auto& moving = self->shared_->moving;
      asio::post(moving, [self = std::move(self), answer = std::move(answer), wishes, keep_alive]() mutable {
        --self->shared_->waiting;
        self->write(std::move(answer), wishes, keep_alive);
      });
    });
  }

  // On a worker.
  Answer ask(const Route& route) {
    try {
      return shared_->responder.answer(route);
    } catch (const std::exception& error) {
      spdlog::error("{}: {}", target_, error.what());
      return error_answer(500, "io", "the line's reply has an unexpected form; see the gateway's log");
    }
  }

  void write(Answer answer, const Wishes& wishes, bool keep_alive) {
    spdlog::info("{} {} {}", client_, answer.status, target_.empty() ? "-" : target_);
    response_.emplace(response_of(prepare(std::move(answer), wishes), version_, keep_alive));
    serializer_.emplace(*response_);
    if (wishes.head) serializer_->split(true);
    beast::get_lowest_layer(stream_).expires_after(shared_->options.timeout);
    auto written = [self = this->shared_from_this()](error_code error, size_t) { self->written(error); };
    if (wishes.head) {
      http::async_write_header(stream_, *serializer_, std::move(written));
    } else {
      http::async_write(stream_, *serializer_, std::move(written));
    }
  }

  void written(error_code error) {
    const bool again = !error && response_->keep_alive();
    serializer_.reset();
    response_.reset();
    if (again) return read();
    close();
  }

  void close() {
    if constexpr (requires { stream_.shutdown(); }) {
      beast::get_lowest_layer(stream_).expires_after(shared_->options.timeout);
      stream_.async_shutdown([self = this->shared_from_this()](error_code) {});
    } else {
      error_code ignored;
      stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }
  }

  Stream stream_;
  std::shared_ptr<Shared> shared_;
  std::string client_;
  beast::flat_buffer buffer_{head_bytes_max + body_bytes_max};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  std::string target_;
  unsigned version_ = 11;
};

}  // namespace

Status check_options(const ServerOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error)
    return fail(ErrorCode::invalid,
                fmt::format("'{}' is no IP address: name the one to listen on", options.address));
  if (options.certificate_file.empty() != options.key_file.empty())
    return fail(ErrorCode::invalid, "certificate and key belong together: name both");
  if (!address.is_loopback() && (options.certificate_file.empty() || options.token_file.empty()))
    return fail(
        ErrorCode::refused,
        fmt::format("{} is not loopback: name --certificate, --key and --tokens, or listen on 127.0.0.1",
                    options.address));
  if (options.workers == 0 || options.connections_max == 0 || options.waiting_max == 0)
    return fail(ErrorCode::invalid, "workers, connections and waiting requests must be at least 1");
  return {};
}

struct Server::Impl {
  std::optional<TlsIdentity> tls;  // used by the moving thread
  asio::io_context moving{1};      // what waits in it holds sessions, and these hold the rest
  std::shared_ptr<Shared> shared;
  std::optional<tcp::acceptor> acceptor;
  std::thread mover;

  void accept() {
    acceptor->async_accept([this](error_code error, tcp::socket socket) {
      if (!acceptor->is_open()) return;
      if (!error) take(std::move(socket));
      accept();
    });
  }

  // A connection beyond the bound ends at once.
  void take(tcp::socket socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error || shared->connections >= shared->options.connections_max) return;
    const std::string client = peer.address().to_string();
    beast::tcp_stream stream(std::move(socket));
    if (tls) {
      using Tls = beast::ssl_stream<beast::tcp_stream>;
      std::make_shared<Session<Tls>>(Tls(std::move(stream), tls->current()), shared, client)->start();
    } else {
      std::make_shared<Session<beast::tcp_stream>>(std::move(stream), shared, client)->start();
    }
  }

  Status listen() {
    const tcp::endpoint endpoint(asio::ip::make_address(shared->options.address), shared->options.port);
    error_code error;
    acceptor.emplace(moving);
    acceptor->open(endpoint.protocol(), error);
    if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    return fail(ErrorCode::io, fmt::format("cannot listen on {}:{}: {}", shared->options.address,
                                           shared->options.port, error.message()));
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, ledger::AskLine ask) {
  TCPS_TRY(check_options(options));
  if (!options.token_file.empty()) {
    TCPS_TRY(load_tokens(options.token_file));
  }
  auto impl = std::make_unique<Impl>();
  if (!options.certificate_file.empty()) {
    auto identity = TCPS_TRY(TlsIdentity::load(options.certificate_file, options.key_file));
    impl->tls = std::move(identity);
  }
  impl->shared = std::make_shared<Shared>(options, std::move(ask), impl->moving);
  TCPS_TRY(impl->listen());
  impl->accept();
  impl->mover = std::thread([&moving = impl->moving] { moving.run(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  asio::post(impl_->moving, [this] {
    error_code ignored;
    impl_->acceptor->close(ignored);
  });
  impl_->shared->workers.join();
  impl_->moving.stop();
  impl_->mover.join();
}

uint16_t Server::port() const { return impl_->acceptor->local_endpoint().port(); }

std::string Server::url() const {
  const auto endpoint = impl_->acceptor->local_endpoint();
  const std::string host = endpoint.address().is_v6() ? "[" + endpoint.address().to_string() + "]"
                                                      : endpoint.address().to_string();
  return fmt::format("{}://{}:{}", impl_->tls ? "https" : "http", host, endpoint.port());
}

}  // namespace tcps::gateway
