#include "src/framing.h"

#include <algorithm>
#include <charconv>

namespace transport {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr std::string_view kContentLength = "content-length";

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::size_t> parse_length(std::string_view digits) {
  std::size_t length = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || code != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return length;
}

/// The length that a header block announces; nothing when it announces none, or more than one.
std::optional<std::size_t> announced_length(std::string_view block) {
  std::optional<std::size_t> length;
  while (!block.empty()) {
    const auto end = std::min(block.find("\r\n"), block.size());
    const auto line = block.substr(0, end);
    block.remove_prefix(std::min(end + 2, block.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto name = trim(line.substr(0, colon));
    if (!std::equal(name.begin(), name.end(), kContentLength.begin(), kContentLength.end(),
                    [](char a, char b) { return to_lower(a) == b; })) {
      continue;
    }
    if (length) return std::nullopt;
    length = parse_length(trim(line.substr(colon + 1)));
    if (!length) return std::nullopt;
  }
  return length;
}

}  // namespace

std::string_view name_of(Framing framing) {
  switch (framing) {
    case Framing::kLine:
      return "line";
    case Framing::kLength:
      return "length";
    case Framing::kContentLength:
      return "content-length";
  }
  return "unknown";
}

std::optional<std::string> encode_frame(Framing framing, std::string_view message) {
  if (message.size() > kMessageBytesMax) return std::nullopt;
  std::string frame;
  switch (framing) {
    case Framing::kLine:
      if (message.find('\n') != std::string_view::npos) return std::nullopt;
      return frame.append(message).append("\n");
    case Framing::kLength:
      for (int shift = 24; shift >= 0; shift -= 8) {
        frame.push_back(static_cast<char>((message.size() >> shift) & 0xff));
      }
      return frame.append(message);
    case Framing::kContentLength:
      frame = "Content-Length: " + std::to_string(message.size());
      return frame.append(kHeaderEnd).append(message);
  }
  return std::nullopt;
}

void FrameDecoder::append(std::string_view bytes) {
  if (invalid_) return;
  buffer_.erase(0, start_);
  start_ = 0;
  buffer_.append(bytes);
}

FrameDecoder::State FrameDecoder::next(std::string& message) {
  if (invalid_) return State::kInvalid;
  switch (framing_) {
    case Framing::kLine:
      return next_line(message);
    case Framing::kLength:
      return next_length(message);
    case Framing::kContentLength:
      return next_content_length(message);
  }
  return invalid();
}

FrameDecoder::State FrameDecoder::next_line(std::string& message) {
  const auto end = waiting().find('\n');
  if (end == std::string_view::npos) {
    return waiting().size() > kMessageBytesMax ? invalid() : State::kNeedsMore;
  }
  if (end > kMessageBytesMax) return invalid();
  message.assign(waiting().substr(0, end));
  start_ += end + 1;
  return State::kMessage;
}

FrameDecoder::State FrameDecoder::next_length(std::string& message) {
  if (waiting().size() < kLengthBytes) return State::kNeedsMore;
  std::size_t length = 0;
  for (const char byte : waiting().substr(0, kLengthBytes)) {
    length = length << 8 | static_cast<unsigned char>(byte);
  }
  return take(kLengthBytes, length, message);
}

FrameDecoder::State FrameDecoder::next_content_length(std::string& message) {
  const auto end = waiting().substr(0, kHeaderBytesMax).find(kHeaderEnd);
  if (end == std::string_view::npos) {
    return waiting().size() >= kHeaderBytesMax ? invalid() : State::kNeedsMore;
  }
  const auto length = announced_length(waiting().substr(0, end));
  if (!length) return invalid();
  return take(end + kHeaderEnd.size(), *length, message);
}

FrameDecoder::State FrameDecoder::take(std::size_t header, std::size_t length, std::string& message) {
  if (length > kMessageBytesMax) return invalid();
  if (waiting().size() - header < length) return State::kNeedsMore;
  message.assign(waiting().substr(header, length));
  start_ += header + length;
  return State::kMessage;
}

FrameDecoder::State FrameDecoder::invalid() {
  invalid_ = true;
  buffer_.clear();
  start_ = 0;
  return State::kInvalid;
}

}  // namespace transport
