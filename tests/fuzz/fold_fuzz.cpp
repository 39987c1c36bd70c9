// A sequence of messages for the fold, one in a line: "<key id> <subject> <statement>", the subject "=" for
// the one that the statement asks for. Signatures count as good, so that what is behind them is reached.
// Whatever comes: no crash, no broken invariant, and the snapshot reads back as the same state.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "actors/line/testing/factory.h"

namespace {

using namespace tcps;

// Moves the text up to the separator off the front.
std::string_view take(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

bool is_key_id(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 127 && c != '"' && c != '\\';
  });
}

Result<LineMessage> message_of(std::string_view key_id, std::string_view statement) {
  if (!is_key_id(key_id)) return fail(ErrorCode::invalid, "no key id");
  Envelope envelope{
      std::string(in_toto_payload_type), Bytes(statement), {{std::string(key_id), Bytes(64, 's')}}};
  return LineMessage::decode(envelope.encode());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = LineName::literal("glue");
  line::LineState state(line, [](const LineMessage&, size_t, const PublicKey&) { return true; });
  for (uint64_t position = 1; !input.empty(); ++position) {
    auto record = take(input, '\n');
    const auto key_id = take(record, ' ');
    const auto subject = take(record, ' ');
    const auto message = message_of(key_id, record);
    if (!message) {
      state.skip(position, message.error().message);
      continue;
    }
    const auto derived = subject_of(line, message->predicate);
    const auto before = state.closed_count() + state.work_orders().size();
    const auto verdict =
        state.apply(position, subject == "=" && derived ? std::string_view(*derived) : subject, *message);
    TCPS_CHECK(verdict.admitted == verdict.reason.empty());
    TCPS_CHECK(verdict.admitted || verdict.changes.empty());
    TCPS_CHECK(state.closed_count() + state.work_orders().size() >= before);
    TCPS_CHECK(line::testing::broken_invariant(state).empty());
  }
  const auto saved = state.save();
  const auto loaded = line::LineState::load(line, saved);
  TCPS_CHECK(loaded.has_value());
  TCPS_CHECK(loaded->save() == saved);
  return 0;
}
