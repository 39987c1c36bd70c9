#include "nodes/http/server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <future>
#include <optional>
#include <sstream>
#include <thread>
#include <unordered_set>

#include "nodes/http/connection.h"
#include "nodes/http/tls_identity.h"

namespace tcps::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using RequestParser = wire::request_parser<wire::string_body>;

constexpr auto farewell_max = std::chrono::seconds(2);
constexpr auto accept_pause = std::chrono::milliseconds(100);  // when the process has too many files open

Request request_of(wire::request<wire::string_body>&& message, const std::string& client) {
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message)
    request.fields.emplace_back(std::string(field.name_string()), std::string(field.value()));
  request.body = std::move(message.body());
  request.client = client;
  return request;
}

// How one answer goes.
struct Going {
  unsigned version = 11;
  bool head = false;
  bool keep_alive = false;
};

// As it goes over the wire.
std::string bytes_of(const Response& response, const std::string& name, Going going) {
  wire::response<wire::string_body> message;
  message.result(response.status);
  message.version(going.version);
  if (!name.empty()) message.set(wire::field::server, name);
  if (response.status != 304) {
    message.set(wire::field::content_type, response.content_type);
    message.content_length(response.content_length.value_or(response.body.size()));
  }
  for (const auto& [field, value] : response.fields) message.set(field, value);
  message.keep_alive(going.keep_alive);
  std::ostringstream head;
  head << message.base();
  return going.head ? head.str() : head.str() + response.body;
}

struct Refusal {
  unsigned status;
  std::string reason;
};

// Of a request that could not be read; nothing when the client has gone or was too slow.
std::optional<Refusal> refusal_of(error_code error) {
  if (error == wire::error::header_limit) return Refusal{431, "the request's head is too long"};
  if (error == wire::error::body_limit) return Refusal{413, "the request's body is too long"};
  const bool of_http = error.category() == wire::make_error_code(wire::error::bad_method).category();
  if (!of_http || error == wire::error::end_of_stream || error == wire::error::partial_message)
    return std::nullopt;
  return Refusal{400, "the request is no HTTP: " + error.message()};
}

// Of one whose end cannot be told: what follows its head could be taken for a request of its own.
std::optional<Refusal> refusal_of(const RequestParser& parser) {
  const auto coding = parser.get().find(wire::field::transfer_encoding);
  if (coding == parser.get().end() || beast::iequals(coding->value(), "chunked")) return std::nullopt;
  return Refusal{parser.chunked() ? 501u : 400u, "of transfer codings only 'chunked' is understood"};
}

// Whether the client sends the body once it is told to (RFC 9110, 10.1.1).
bool waits_to_go_on(const RequestParser& parser) {
  return !parser.is_done() && beast::iequals(parser.get()[wire::field::expect], "100-continue");
}

// What follows a request.
enum class Next { request, farewell, end };

// Among what waits for a request, for as long as this lives.
class Resting {
 public:
  Resting(std::unordered_set<Connection*>& all, Connection& connection)
      : all_(all), connection_(&connection) {
    all_.insert(connection_);
  }
  ~Resting() { all_.erase(connection_); }
  Resting(const Resting&) = delete;
  Resting& operator=(const Resting&) = delete;

 private:
  std::unordered_set<Connection*>& all_;
  Connection* connection_;
};

}  // namespace

Response ServerOptions::plain_refusal(unsigned status, const std::string& reason) {
  Response response;
  response.status = status;
  response.body = reason + "\n";
  return response;
}

// Its members are used by the moving thread, where nothing else is said.
struct Server::Impl {
  Impl(const ServerOptions& given, Handler handle)
      : options(given), handler(std::move(handle)), workers(given.workers) {}

  Status listen();
  void take(tcp::socket socket);
  void stop_taking();
  void say_farewell();
  asio::awaitable<void> accept();
  asio::awaitable<void> converse(std::shared_ptr<Connection> connection, std::string client);
  asio::awaitable<Next> serve(Connection& connection, const std::string& client);
  asio::awaitable<error_code> read(Connection& connection, RequestParser& parser);
  asio::awaitable<bool> write(Connection& connection, const Response& response, Going going);
  asio::awaitable<Response> answer(Connection& connection, const Request& request);
  asio::awaitable<Response> by_worker(Work work);
  Response refuse(const std::string& client, const std::string& target, const Refusal& refusal) const;
  void tell(const std::string& client, const std::string& target, unsigned status) const {
    if (options.on_answer) options.on_answer(client, target, status);
  }

  const ServerOptions options;
  const Handler handler;
  std::optional<TlsIdentity> tls;
  std::unordered_set<Connection*> resting;
  size_t connections = 0;
  size_t waiting = 0;
  bool stopping = false;       // takes no more requests
  bool leaving = false;        // ends with the last connection
  asio::io_context moving{1};  // what waits in it holds conversations, and these use what is above
  asio::executor_work_guard<asio::io_context::executor_type> going_on{moving.get_executor()};
  tcp::acceptor acceptor{moving};
  tcp::endpoint bound;  // by any thread
  asio::steady_timer last_call{moving};
  asio::thread_pool workers;
  std::thread mover;
};

Status Server::Impl::listen() {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error)
    return fail(ErrorCode::invalid,
                fmt::format("'{}' is no IP address: name the one to listen on", options.address));
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) bound = acceptor.local_endpoint(error);
  if (!error) return {};
  return fail(ErrorCode::io,
              fmt::format("cannot listen on {}:{}: {}", options.address, options.port, error.message()));
}

asio::awaitable<void> Server::Impl::accept() {
  asio::steady_timer pause(moving);
  while (acceptor.is_open()) {
    error_code error;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(use_awaitable, error));
    if (!error) {
      try {
        take(std::move(socket));
      } catch (const std::exception& exception) {  // memory or OpenSSL: the next connection may fare better
        spdlog::warn("a connection is not taken: {}", exception.what());
      }
    } else if (acceptor.is_open()) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(asio::redirect_error(use_awaitable, error));
    }
  }
}

// A connection beyond the bound ends at once.
void Server::Impl::take(tcp::socket socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error || connections >= options.connections_max) return;
  const auto client = peer.address().to_string();
  const auto ended = [this](const std::exception_ptr&) {
    --connections;
    if (leaving && connections == 0) moving.stop();
  };
  auto connection = Connection::make(std::move(socket), tls ? &tls->current() : nullptr,
                                     options.head_bytes_max + options.body_bytes_max);
  ++connections;
  asio::co_spawn(moving, converse(std::move(connection), client), ended);
}

asio::awaitable<void> Server::Impl::converse(std::shared_ptr<Connection> connection, std::string client) {
  connection->expires_after(options.timeout);
  const auto error = co_await connection->greet_client();
  if (error) co_return;
  Next next = Next::request;
  while (next == Next::request && !stopping) next = co_await serve(*connection, client);
  if (stopping || next == Next::end) co_return;
  connection->expires_after(farewell_max);
  co_await connection->part();
}

asio::awaitable<error_code> Server::Impl::read(Connection& connection, RequestParser& parser) {
  const Resting until_it_is_read(resting, connection);
  auto error = co_await connection.read_head(parser);
  if (!error && waits_to_go_on(parser)) error = co_await connection.write("HTTP/1.1 100 Continue\r\n\r\n");
  if (!error) error = co_await connection.read(parser);
  co_return error;
}

// One request and its answer.
asio::awaitable<Next> Server::Impl::serve(Connection& connection, const std::string& client) {
  RequestParser parser;
  parser.header_limit(options.head_bytes_max);
  parser.body_limit(options.body_bytes_max);
  connection.expires_after(options.timeout);
  const auto error = co_await read(connection, parser);
  const auto refusal = error ? refusal_of(error) : refusal_of(parser);
  if (refusal) {
    const auto refused = refuse(client, {}, *refusal);
    co_await write(connection, refused, Going{});
    co_return Next::farewell;
  }
  if (error) co_return Next::end;
  Going going;
  going.version = parser.get().version();
  going.head = parser.get().method() == wire::verb::head;
  going.keep_alive = parser.get().keep_alive();
  const auto request = request_of(parser.release(), client);
  const auto response = co_await answer(connection, request);
  const bool written = co_await write(connection, response, going);
  if (!written) co_return Next::end;
  co_return going.keep_alive ? Next::request : Next::farewell;
}

asio::awaitable<Response> Server::Impl::answer(Connection& connection, const Request& request) {
  auto reply = handler(request);
  if (auto* at_once = std::get_if<Response>(&reply)) {
    tell(request.client, request.target, at_once->status);
    co_return std::move(*at_once);
  }
  if (stopping || waiting >= options.waiting_max)
    co_return refuse(request.client, request.target, {503, "too many requests wait: ask again"});
  ++waiting;
  connection.expires_never();  // the work may take its time; the client's own patience is its own
  auto response = co_await by_worker(std::move(std::get<Work>(reply)));
  --waiting;
  tell(request.client, request.target, response.status);
  co_return response;
}

// Does the work on a worker, and goes on on the moving thread. The worker keeps no share of the conversation:
// who has it ends it, and only the mover may.
asio::awaitable<Response> Server::Impl::by_worker(Work work) {
  auto begin = [this](auto&& go_on, Work job) {
    asio::post(workers, [this, go_on = std::move(go_on), job = std::move(job)]() mutable {
      auto response = job();
      job = nullptr;
      asio::post(moving, [go_on = std::move(go_on), response = std::move(response)]() mutable {
        std::move(go_on)(std::move(response));
      });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(
      std::move(begin), use_awaitable, std::move(work));
}

Response Server::Impl::refuse(const std::string& client, const std::string& target,
                              const Refusal& refusal) const {
  tell(client, target, refusal.status);
  return options.refuse(refusal.status, refusal.reason);
}

// Whether all of it has gone.
asio::awaitable<bool> Server::Impl::write(Connection& connection, const Response& response, Going going) {
  const auto bytes = bytes_of(response, options.name, going);
  connection.expires_after(options.timeout);
  const auto error = co_await connection.write(bytes);
  co_return !error;
}

void Server::Impl::stop_taking() {
  stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  for (auto* connection : resting) connection->close();
}

void Server::Impl::say_farewell() {
  leaving = true;
  if (connections == 0) return moving.stop();
  last_call.expires_after(farewell_max);
  last_call.async_wait([this](error_code) { moving.stop(); });
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler) {
  TCPS_CHECK(options.workers > 0 && options.refuse);
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  if (!options.certificate_file.empty()) {
    impl->tls = TCPS_TRY(TlsIdentity::load(options.certificate_file, options.key_file));
  }
  TCPS_TRY(impl->listen());
  asio::co_spawn(impl->moving, impl->accept(), asio::detached);
  impl->mover = std::thread([&moving = impl->moving] { moving.run(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  auto& impl = *impl_;
  std::promise<void> stopped;
  asio::post(impl.moving, [&] {
    impl.stop_taking();
    stopped.set_value();
  });
  stopped.get_future().wait();
  impl.workers.join();
  asio::post(impl.moving, [&] { impl.say_farewell(); });
  impl.mover.join();
}

uint16_t Server::port() const { return impl_->bound.port(); }

std::string Server::url() const {
  const auto& endpoint = impl_->bound;
  const std::string host = endpoint.address().is_v6() ? "[" + endpoint.address().to_string() + "]"
                                                      : endpoint.address().to_string();
  return fmt::format("{}://{}:{}", impl_->tls ? "https" : "http", host, endpoint.port());
}

}  // namespace tcps::http
