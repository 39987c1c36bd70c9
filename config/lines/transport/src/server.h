// A server of one or many peers in one thread: it reads frames, has the dispatcher answer them, and writes
// the answers, over whatever descriptors it was given. Every peer is bounded in what it may send (a frame)
// and in what may wait for it (kPendingBytesMax; above it nothing more is read from that peer); peers above
// kPeersMax are turned away. A peer that breaks the framing gets a parse error and is dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "src/framing.h"
#include "src/io.h"
#include "src/json_rpc.h"
#include "src/transport.h"

struct pollfd;

namespace transport {

class Server {
 public:
  static constexpr std::size_t kPeersMax = 64;
  static constexpr std::size_t kPendingBytesMax = 4 * kMessageBytesMax;

  /// `dispatcher` must outlive the server; `transport` gives framing and idle timeout.
  Server(const Dispatcher& dispatcher, const Transport& transport);

  /// Takes TCP peers from now on; gives the port, picked by the system when `port` is 0.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);
  /// Serves a peer that is connected already. Both may be blocking descriptors, as standard input is.
  void adopt(Fd in, Fd out);

  /// Serves until stop(), or without a listener until the last peer has gone. What was answered before the
  /// stop is still sent, for at most a second.
  void run();
  /// Safe in a signal handler and in any thread; before run() too.
  void stop() noexcept;

 private:
  struct Peer {
    Fd in;
    Fd out;  // closed when `in` carries both directions
    FrameDecoder decoder;
    std::string pending;
    Clock::time_point last_heard;
    bool closing = false;  // nothing more is read; goes when `pending` is empty
    bool gone = false;

    const Fd& writes_to() const { return out.is_open() ? out : in; }
  };

  bool must_run() const;
  int wait_ms(Clock::time_point now) const;
  void collect(std::vector<pollfd>& waiting) const;
  void step(const std::vector<pollfd>& waiting);
  void accept_peers();
  void read_from(Peer& peer);
  void answer_messages(Peer& peer);
  void write_to(Peer& peer);
  void begin_to_stop();

  const Dispatcher& dispatcher_;
  Framing framing_;
  std::chrono::milliseconds idle_timeout_;
  Pipe wake_;
  Fd listener_;
  std::vector<Peer> peers_;
  bool stopping_ = false;
  Clock::time_point stop_by_;
};

}  // namespace transport
