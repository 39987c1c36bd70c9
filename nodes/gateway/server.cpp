#include "nodes/gateway/server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/ip/address.hpp>
#include <nlohmann/json.hpp>

#include "nodes/gateway/gate.h"
#include "nodes/http/server.h"

namespace tcps::gateway {
namespace {

constexpr size_t connections_bound = 1'000'000;
constexpr double rate_bound = 1e6;
constexpr uint32_t head_bytes_max = 8192;
constexpr uint64_t body_bytes_max = 1024;  // a question has none; a small one is read and ignored

int64_t rising_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

http::Response response_of(Sent sent) {
  http::Response response;
  response.status = sent.answer.status;
  response.content_type = std::move(sent.answer.content_type);
  response.body = std::move(sent.answer.body);
  response.fields = std::move(sent.answer.headers);
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  response.content_length = sent.content_length;
  return response;
}

http::Response refuse(unsigned status, const std::string& reason) {
  return response_of(prepare(error_answer(status, status == 503 ? "full" : "invalid", reason), {}));
}

Wishes wishes_of(const http::Request& request, bool authorized) {
  Wishes wishes;
  wishes.head = request.method == "HEAD";
  if (request.method == "GET") wishes.range = request.field("Range");
  wishes.if_range = request.field("If-Range");
  wishes.if_none_match = request.field("If-None-Match");
  wishes.accept_encoding = request.field("Accept-Encoding");
  wishes.authorized = authorized;
  return wishes;
}

http::ServerOptions transport(const GatewayOptions& options) {
  http::ServerOptions transport;
  transport.address = options.address;
  transport.port = options.port;
  transport.certificate_file = options.certificate_file;
  transport.key_file = options.key_file;
  transport.name = "tcps-gateway";
  transport.connections_max = options.connections_max;
  transport.waiting_max = options.waiting_max;
  transport.workers = options.workers;
  transport.head_bytes_max = head_bytes_max;
  transport.body_bytes_max = body_bytes_max;
  transport.timeout = options.timeout;
  transport.refuse = refuse;
  transport.on_answer = [](const std::string& client, const std::string& target, unsigned status) {
    spdlog::info("{} {} {}", client, status, target.empty() ? "-" : target);
  };
  return transport;
}

}  // namespace

Status check_options(const GatewayOptions& options) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(options.address, error);
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
  if (options.connections_max > connections_bound)
    return fail(ErrorCode::invalid, fmt::format("connections must be at most {}", connections_bound));
  // Said so that what is no number (NaN) is refused as well.
  const auto& rate = options.rate;
  if (!(rate.per_second > 0 && rate.per_second <= rate_bound) ||
      !(rate.burst >= 1 && rate.burst <= rate_bound))
    return fail(
        ErrorCode::invalid,
        fmt::format("the rate must be a number above 0, the burst one of 1 or more, and neither above {:.0f}",
                    rate_bound));
  return {};
}

struct Server::Impl {
  Impl(const GatewayOptions& options, ledger::AskLine ask)
      : gate(options.rate, options.token_file), responder(std::move(ask)) {}

  Gate gate;            // used by the server's moving thread
  Responder responder;  // by its workers
  std::unique_ptr<http::Server> server;

  http::Reply reply(const http::Request& request) {
    const auto wishes = wishes_of(request, gate.asks_for_tokens());
    auto refusal = gate.refusal({request.method, std::string(request.field("Host")),
                                 std::string(request.field("Authorization")), request.client, rising_ms()});
    if (refusal) return response_of(prepare(std::move(*refusal), wishes));
    auto target = RequestTarget::parse(request.target);
    auto route = target ? route_of(*target) : Result<Route>(fail(target.error()));
    if (!route) return response_of(prepare(error_answer(route.error()), wishes));
    return [this, route = std::move(*route), wishes, target = request.target] {
      return response_of(prepare(answer(route, target), wishes));
    };
  }

  Answer answer(const Route& route, const std::string& target) {
    try {
      return responder.answer(route);
    } catch (const std::exception& error) {
      spdlog::error("{}: {}", target, error.what());
      return error_answer(500, "io", "the line's reply has an unexpected form; see the gateway's log");
    }
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(const GatewayOptions& options, ledger::AskLine ask) {
  TCPS_TRY(check_options(options));
  if (!options.token_file.empty()) {
    TCPS_TRY(load_tokens(options.token_file));
  }
  auto impl = std::make_unique<Impl>(options, std::move(ask));
  auto server =
      TCPS_TRY(http::Server::start(transport(options), [impl = impl.get()](const http::Request& request) {
        return impl->reply(request);
      }));
  impl->server = std::move(server);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

uint16_t Server::port() const { return impl_->server->port(); }
std::string Server::url() const { return impl_->server->url(); }

}  // namespace tcps::gateway
