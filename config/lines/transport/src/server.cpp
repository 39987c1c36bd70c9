#include "src/server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace transport {
namespace {

constexpr std::chrono::milliseconds kDrainTime{1000};
constexpr std::string_view kNotAFrame =
    R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"This is not a frame of this transport"}})";

}  // namespace

Server::Server(const Dispatcher& dispatcher, const Transport& transport)
    : dispatcher_(dispatcher), framing_(transport.framing), idle_timeout_(transport.idle_timeout) {
  auto wake = make_pipe();
  if (wake.ok()) wake_ = std::move(wake.value());
}

Result<std::uint16_t> Server::listen(const std::string& host, std::uint16_t port) {
  auto listener = listen_tcp(host, port);
  if (!listener.ok()) return Error{listener.error()};
  listener_ = std::move(listener.value());
  return port_of(listener_);
}

void Server::adopt(Fd in, Fd out) {
  peers_.push_back(Peer{.in = std::move(in),
                        .out = std::move(out),
                        .decoder = FrameDecoder(framing_),
                        .pending = {},
                        .last_heard = Clock::now()});
}

void Server::stop() noexcept {
  const int before = errno;
  const char byte = 's';
  [[maybe_unused]] const auto written = write(wake_.write_end.get(), &byte, 1);
  errno = before;
}

void Server::run() {
  std::vector<pollfd> waiting;
  while (must_run()) {
    collect(waiting);
    const int ready = poll(waiting.data(), waiting.size(), wait_ms(Clock::now()));
    if (ready < 0) {
      if (errno == EINTR) continue;
      return;
    }
    step(waiting);
  }
}

bool Server::must_run() const {
  if (!stopping_) return listener_.is_open() || !peers_.empty();
  return !peers_.empty() && Clock::now() < stop_by_;
}

int Server::wait_ms(Clock::time_point now) const {
  auto wake_at = Clock::time_point::max();
  if (stopping_) wake_at = stop_by_;
  if (idle_timeout_.count() > 0) {
    for (const Peer& peer : peers_) wake_at = std::min(wake_at, peer.last_heard + idle_timeout_);
  }
  if (wake_at == Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake_at - now).count();
  return static_cast<int>(std::clamp<long>(left, 0, 3'600'000));
}

/// Order: the wake pipe, the listener, then for each peer its input and its output.
void Server::collect(std::vector<pollfd>& waiting) const {
  waiting.clear();
  waiting.push_back({wake_.read_end.get(), POLLIN, 0});
  waiting.push_back({listener_.get(), POLLIN, 0});
  for (const Peer& peer : peers_) {
    const bool reads = !peer.closing && peer.pending.size() <= kPendingBytesMax;
    waiting.push_back({reads ? peer.in.get() : -1, POLLIN, 0});
    waiting.push_back({peer.pending.empty() ? -1 : peer.writes_to().get(), POLLOUT, 0});
  }
}

void Server::step(const std::vector<pollfd>& waiting) {
  const auto now = Clock::now();
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[i];
    if (waiting[2 + 2 * i].revents != 0) read_from(peer);
    if (waiting[3 + 2 * i].revents != 0) write_to(peer);
    const bool idle = idle_timeout_.count() > 0 && now - peer.last_heard >= idle_timeout_;
    if (idle || (peer.closing && peer.pending.empty())) peer.gone = true;
  }
  std::erase_if(peers_, [](const Peer& peer) { return peer.gone; });
  if (waiting[1].revents != 0) accept_peers();
  if (waiting[0].revents != 0) begin_to_stop();
}

void Server::accept_peers() {
  for (std::size_t i = 0; i < kPeersMax; ++i) {
    Fd peer = accept_tcp(listener_);
    if (!peer.is_open()) return;
    if (peers_.size() < kPeersMax) adopt(std::move(peer), Fd());
  }
}

void Server::read_from(Peer& peer) {
  std::string bytes;
  const Transfer outcome = read_chunk(peer.in, bytes);
  if (outcome == Transfer::kWouldBlock) return;
  peer.last_heard = Clock::now();
  peer.decoder.append(bytes);
  answer_messages(peer);
  if (outcome == Transfer::kEnd) peer.closing = true;
  if (outcome == Transfer::kFailed) peer.gone = true;
}

void Server::answer_messages(Peer& peer) {
  std::string message;
  for (;;) {
    const auto state = peer.decoder.next(message);
    if (state == FrameDecoder::State::kNeedsMore) return;
    const bool invalid = state == FrameDecoder::State::kInvalid;
    const auto answer = invalid ? std::optional(std::string(kNotAFrame)) : dispatcher_.handle(message);
    const auto frame = answer ? encode_frame(framing_, *answer) : std::nullopt;
    if (frame) peer.pending += *frame;
    if (invalid || (answer && !frame)) {
      peer.closing = true;
      return;
    }
  }
}

void Server::write_to(Peer& peer) {
  if (write_chunk(peer.writes_to(), peer.pending) == Transfer::kFailed) peer.gone = true;
}

void Server::begin_to_stop() {
  std::string bytes;
  read_chunk(wake_.read_end, bytes);
  if (!stopping_) stop_by_ = Clock::now() + kDrainTime;
  stopping_ = true;
  listener_.reset();
  for (Peer& peer : peers_) {
    peer.closing = true;
    if (peer.pending.empty()) peer.gone = true;
  }
  std::erase_if(peers_, [](const Peer& peer) { return peer.gone; });
}

}  // namespace transport
