// How messages are told apart in a stream of bytes. Three framings serve every transport of the ontology:
//
//   line            the message, then one line feed; the message itself must hold none
//   length          four bytes, big-endian, with the message's length, then the message
//   content-length  the header block of the Language Server Protocol (Content-Length: N), then the message
//
// Both directions refuse messages above a limit, so that no peer can make the other side store without bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

enum class Framing : std::uint8_t { kLine, kLength, kContentLength };

inline constexpr std::size_t kMessageBytesMax = 1 << 20;
inline constexpr std::size_t kHeaderBytesMax = 1024;

/// The name that the ontology uses.
std::string_view name_of(Framing framing);

/// The bytes to send for `message`, or nothing when it is above the limit or holds a line feed that the
/// line framing would mistake for its end.
std::optional<std::string> encode_frame(Framing framing, std::string_view message);

/// Takes bytes as they arrive, in pieces of any size, and gives back whole messages in order. After the
/// first invalid frame the place of the next one is unknown, so every later call reports kInvalid: the
/// right reaction is to close the connection.
class FrameDecoder {
 public:
  enum class State : std::uint8_t { kMessage, kNeedsMore, kInvalid };

  explicit FrameDecoder(Framing framing) : framing_(framing) {}

  void append(std::string_view bytes);
  /// With kMessage, `message` holds the next message.
  State next(std::string& message);

 private:
  State next_line(std::string& message);
  State next_length(std::string& message);
  State next_content_length(std::string& message);
  State take(std::size_t header, std::size_t length, std::string& message);
  State invalid();
  std::string_view waiting() const { return std::string_view(buffer_).substr(start_); }

  Framing framing_;
  std::string buffer_;
  std::size_t start_ = 0;
  bool invalid_ = false;
};

}  // namespace transport
