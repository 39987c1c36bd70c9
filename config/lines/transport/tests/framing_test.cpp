#include "src/framing.h"

#include <gtest/gtest.h>

#include <vector>

namespace transport {
namespace {

using State = FrameDecoder::State;

struct Decoded {
  std::vector<std::string> messages;
  bool invalid = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(Framing framing, std::string_view bytes) {
  FrameDecoder decoder(framing);
  decoder.append(bytes);
  Decoded decoded;
  std::string message;
  State state;
  while ((state = decoder.next(message)) == State::kMessage) decoded.messages.push_back(message);
  decoded.invalid = state == State::kInvalid;
  return decoded;
}

std::string bytes_of(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}

TEST(Framing, GivesFramesTheirDocumentedBytes) {
  EXPECT_EQ(encode_frame(Framing::kLine, "ab"), "ab\n");
  EXPECT_EQ(encode_frame(Framing::kLength, "ab"), bytes_of({0, 0, 0, 2, 'a', 'b'}));
  EXPECT_EQ(encode_frame(Framing::kContentLength, "ab"), "Content-Length: 2\r\n\r\nab");
}

TEST(Framing, RefusesWhatItCannotFrame) {
  EXPECT_FALSE(encode_frame(Framing::kLine, "a\nb"));
  const std::string large(kMessageBytesMax + 1, 'x');
  for (const Framing framing : {Framing::kLine, Framing::kLength, Framing::kContentLength}) {
    EXPECT_FALSE(encode_frame(framing, large)) << name_of(framing);
    EXPECT_TRUE(encode_frame(framing, std::string_view(large).substr(1))) << name_of(framing);
  }
}

TEST(Framing, DecodesSeveralMessagesFromOnePiece) {
  EXPECT_EQ(decode(Framing::kLine, "a\n\nbc\nrest"), (Decoded{{"a", "", "bc"}}));
  EXPECT_EQ(decode(Framing::kLength, bytes_of({0, 0, 0, 1, 'a', 0, 0, 0, 0, 0, 0})), (Decoded{{"a", ""}}));
  EXPECT_EQ(decode(Framing::kContentLength, "Content-Length: 1\r\n\r\naContent-Length: 2\r\n\r\nb"),
            (Decoded{{"a"}}));
}

TEST(Framing, ReadsHeadersAsTheirSpecificationSays) {
  const std::vector<std::pair<std::string, Decoded>> cases{
      {"content-LENGTH:2\r\n\r\nab", {{"ab"}}},
      {"Content-Type: application/json\r\nContent-Length:  2 \r\n\r\nab", {{"ab"}}},
      {"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", {{}, true}},
      {"Content-Length: two\r\n\r\nab", {{}, true}},
      {"Content-Length: -2\r\n\r\nab", {{}, true}},
      {"Content-Length:\r\n\r\nab", {{}, true}},
      {"Content-Length: 99999999999999999999999\r\n\r\n", {{}, true}},
      {"Content-Length: 1048577\r\n\r\n", {{}, true}},
      {"Content-Type: text\r\n\r\nab", {{}, true}},
      {"no header\r\n\r\nab", {{}, true}},
      {"\r\n\r\nab", {{}, true}},
  };
  for (const auto& [bytes, expected] : cases)
    EXPECT_EQ(decode(Framing::kContentLength, bytes), expected) << bytes;
}

TEST(Framing, StopsAtWhatIsAboveTheLimits) {
  EXPECT_TRUE(decode(Framing::kLine, std::string(kMessageBytesMax + 1, 'x')).invalid);
  EXPECT_TRUE(decode(Framing::kLine, std::string(kMessageBytesMax + 1, 'x') + "\n").invalid);
  EXPECT_TRUE(decode(Framing::kLength, bytes_of({0, 0x10, 0, 1})).invalid);
  EXPECT_TRUE(decode(Framing::kLength, bytes_of({0xff, 0xff, 0xff, 0xff})).invalid);
  EXPECT_TRUE(decode(Framing::kContentLength, std::string(kHeaderBytesMax, 'x')).invalid);
}

TEST(Framing, StaysInvalidAfterTheFirstInvalidFrame) {
  FrameDecoder decoder(Framing::kContentLength);
  decoder.append("nonsense\r\n\r\n");
  std::string message;
  EXPECT_EQ(decoder.next(message), State::kInvalid);
  decoder.append("Content-Length: 1\r\n\r\na");
  EXPECT_EQ(decoder.next(message), State::kInvalid);
}

}  // namespace
}  // namespace transport
