// An HTTP answer before it is sent, and what HTTP itself asks of it: entity tags and conditional requests,
// caching, compression, byte ranges, HEAD. Pure rules (RFC 9110, RFC 9111); the server (server.h) only moves
// bytes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::gateway {

enum class Caching : uint8_t {
  never,       // errors
  revalidate,  // may change: kept, and asked for again with its tag
  forever      // what the address names never changes
};

struct Answer {
  unsigned status = 200;
  std::string content_type = "application/json";
  Bytes body;
  Caching caching = Caching::revalidate;
  bool file = false;                                         // exact bytes, of which a part may be asked for
  std::vector<std::pair<std::string, std::string>> headers;  // further ones
};

// {"error": {"code", "message"}} with the status of the error.
Answer error_answer(const Error& error);
Answer error_answer(unsigned status, std::string_view code, const std::string& message);

// What of a request bears on how its answer is sent.
struct Wishes {
  bool head = false;
  std::string range, if_range;  // of GET
  std::string if_none_match;
  std::string accept_encoding;
  bool authorized = false;  // the answer is for its asker only: no shared cache keeps it
};

// The answer as it goes out: with ETag, Cache-Control, Vary and Content-Encoding, its body compressed, the
// part of a file that was asked for (206, 416), or left out for HEAD and 304. `content_length` is what HEAD
// tells.
struct Sent {
  Answer answer;
  size_t content_length = 0;
};
Sent prepare(Answer answer, const Wishes& wishes);

// Whether the field value of Accept-Encoding allows gzip.
bool accepts_gzip(std::string_view accept_encoding);
// Whether the field value of If-None-Match names the tag (weak comparison) or is '*'.
bool names_tag(std::string_view if_none_match, std::string_view tag);
// RFC 1952; the same bytes give the same result.
Bytes gzip(BytesView bytes);

}  // namespace tcps::gateway
