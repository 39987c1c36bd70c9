#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/framing.h"
#include "src/methods.h"

namespace transport {
namespace {

using State = FrameDecoder::State;

Framing any_framing() { return *rc::gen::element(Framing::kLine, Framing::kLength, Framing::kContentLength); }

std::string any_bytes() { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }

/// Text with the characters in which JSON and framings take an interest.
std::string any_syntax() {
  return *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("[]{}\":,\\0123456789-.eEtrufalsn \r\n")));
}

std::vector<std::string> any_messages(Framing framing) {
  auto messages = *rc::gen::arbitrary<std::vector<std::string>>();
  if (framing == Framing::kLine) {
    for (std::string& message : messages) std::erase(message, '\n');
  }
  return messages;
}

nlohmann::json any_json(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
    case 4: {
      auto array = nlohmann::json::array();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) array.push_back(any_json(depth - 1));
      return array;
    }
    default: {
      auto object = nlohmann::json::object();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) object[std::to_string(i)] = any_json(depth - 1);
      return object;
    }
  }
}

RC_GTEST_PROP(FramingProperty, DecodingIsTheInverseOfEncodingInPiecesOfAnySize, ()) {
  const Framing framing = any_framing();
  const auto messages = any_messages(framing);
  std::string stream;
  for (const std::string& message : messages) stream += encode_frame(framing, message).value();

  FrameDecoder decoder(framing);
  std::vector<std::string> decoded;
  std::string message;
  for (std::size_t at = 0; at < stream.size();) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 64);
    decoder.append(std::string_view(stream).substr(at, size));
    at += size;
    while (decoder.next(message) == State::kMessage) decoded.push_back(message);
  }
  RC_ASSERT(decoder.next(message) == State::kNeedsMore);
  RC_ASSERT(decoded == messages);
}

RC_GTEST_PROP(FramingProperty, AnyBytesAreDecodedRefusedOrAwaited, ()) {
  FrameDecoder decoder(any_framing());
  const std::string bytes = *rc::gen::arbitrary<bool>() ? any_bytes() : "Content-Length: " + any_syntax();
  decoder.append(bytes);
  std::string message;
  std::size_t given = 0;
  State state;
  while ((state = decoder.next(message)) == State::kMessage) {
    given += message.size() + 1;
    RC_ASSERT(given <= bytes.size());
  }
  RC_ASSERT(state == State::kNeedsMore || state == State::kInvalid);
  RC_ASSERT(decoder.next(message) == state);
}

RC_GTEST_PROP(JsonRpcProperty, EchoIsTheInverseOfAsking, ()) {
  const Dispatcher dispatcher = standard_methods([] {});
  const nlohmann::json params = nlohmann::json::array({any_json(4)});
  const auto id = *rc::gen::arbitrary<std::int64_t>();
  const auto request = make_request(id, "echo", params.dump());
  RC_ASSERT(request.ok());
  const auto answer = parse_answer(dispatcher.handle(request.value()).value(), id);
  RC_ASSERT(answer.ok());
  RC_ASSERT(nlohmann::json::parse(answer.value().text) == params);
}

RC_GTEST_PROP(JsonRpcProperty, AnyTextIsAnsweredWithAnErrorOrNothing, ()) {
  const Dispatcher dispatcher = standard_methods([] {});
  const auto answer = dispatcher.handle(*rc::gen::arbitrary<bool>() ? any_bytes() : any_syntax());
  if (!answer) return;
  const auto parsed = nlohmann::json::parse(*answer, nullptr, false);
  RC_ASSERT(!parsed.is_discarded());
  RC_ASSERT(parsed.is_array() || parsed.contains("error"));
}

RC_GTEST_PROP(JsonRpcProperty, ADamagedRequestIsStillAnsweredInJson, ()) {
  const Dispatcher dispatcher = standard_methods([] {});
  auto request = make_request(1, "sum", "[1,2,3]").value();
  const auto at = *rc::gen::inRange<std::size_t>(0, request.size());
  request[at] = *rc::gen::arbitrary<char>();
  const auto answer = dispatcher.handle(request);
  if (answer) RC_ASSERT(!nlohmann::json::parse(*answer, nullptr, false).is_discarded());
}

RC_GTEST_PROP(JsonRpcProperty, AnyAnswerIsReadOrRefused, ()) {
  const std::string text = *rc::gen::arbitrary<bool>() ? any_bytes() : any_json(4).dump();
  const auto answer = parse_answer(text, 1);
  RC_ASSERT(answer.ok() || !answer.error().empty());
}

}  // namespace
}  // namespace transport
