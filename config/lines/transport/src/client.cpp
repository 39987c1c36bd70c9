#include "src/client.h"

#include <poll.h>

namespace transport {

Client::Client(Framing framing, Fd in, Fd out)
    : framing_(framing), in_(std::move(in)), out_(std::move(out)), decoder_(framing) {}

Result<Client> Client::connect(const Transport& transport, const std::string& host, std::uint16_t port) {
  auto socket = connect_tcp(host, port, transport.connect_timeout);
  if (!socket.ok()) return Error{socket.error()};
  return Client(transport.framing, std::move(socket.value()));
}

Result<Answer> Client::call(std::string_view method, std::string_view params,
                            std::chrono::milliseconds timeout) {
  const auto request = make_request(++last_id_, method, params);
  if (!request.ok()) return Error{request.error()};
  const auto answer = exchange(request.value(), Clock::now() + timeout);
  if (!answer.ok()) return Error{answer.error()};
  return parse_answer(answer.value(), last_id_);
}

Result<std::string> Client::exchange(std::string_view message, Clock::time_point deadline) {
  auto frame = encode_frame(framing_, message);
  if (!frame) return Error{"The request is above the limit of a message: send less"};
  while (!frame->empty()) {
    if (!wait_for(writes_to(), POLLOUT, deadline)) return Error{"The request could not be sent in time"};
    if (write_chunk(writes_to(), *frame) == Transfer::kFailed)
      return Error{"The server closed the connection"};
  }
  std::string answer;
  for (;;) {
    const auto state = decoder_.next(answer);
    if (state == FrameDecoder::State::kMessage) return answer;
    if (state == FrameDecoder::State::kInvalid)
      return Error{"The server broke the framing: check the transport"};
    if (!wait_for(in_, POLLIN, deadline)) return Error{"No answer came in time"};
    std::string bytes;
    const Transfer outcome = read_chunk(in_, bytes);
    if (outcome == Transfer::kEnd || outcome == Transfer::kFailed) {
      return Error{"The server closed the connection without an answer"};
    }
    decoder_.append(bytes);
  }
}

}  // namespace transport
