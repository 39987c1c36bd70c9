#include "nodes/signer/signing_rules.h"

#include <charconv>

#include "actors/ledger/tlog/checkpoint.h"
#include "messages/dsse.h"
#include "messages/line_message.h"

namespace tcps::signer {
namespace {

constexpr std::string_view cosignature_head = "cosignature/v1\ntime ";

// "DSSEv1 28 application/vnd.in-toto+json <length> <payload>" with the payload's own length.
bool is_line_message(BytesView message) {
  const auto head = pre_authentication_encoding(in_toto_payload_type, {});
  const std::string_view before_length(head.data(), head.size() - 2);  // without "0 "
  if (!message.starts_with(before_length)) return false;
  message.remove_prefix(before_length.size());
  size_t length = 0;
  const auto [end, error] = std::from_chars(message.data(), message.data() + message.size(), length);
  const auto digits = static_cast<size_t>(end - message.data());
  return error == std::errc() && message.size() == digits + 1 + length && message[digits] == ' ';
}

bool is_checkpoint(BytesView message) { return tlog::Checkpoint::parse(message).has_value(); }

// The head, a time in seconds, and a checkpoint.
bool is_cosignature(BytesView message) {
  if (!message.starts_with(cosignature_head)) return false;
  message.remove_prefix(cosignature_head.size());
  const size_t end = message.find('\n');
  if (end == 0 || end == BytesView::npos || message.find_first_not_of("0123456789") != end) return false;
  return is_checkpoint(message.substr(end + 1));
}

}  // namespace

Status may_sign(BytesView message) {
  if (is_line_message(message) || is_checkpoint(message) || is_cosignature(message)) return {};
  return fail(ErrorCode::refused,
              "only messages of a line, checkpoints and cosignatures of checkpoints are signed here");
}

}  // namespace tcps::signer
