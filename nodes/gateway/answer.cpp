#include "nodes/gateway/answer.h"

#include <fmt/format.h>
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "messages/reply.h"
#include "nodes/gateway/byte_range.h"

namespace tcps::gateway {
namespace {

constexpr size_t worth_compressing_bytes = 1024;
constexpr size_t tag_digits = 32;
constexpr int gzip_window = 15 + 16;  // the largest window, with gzip's own head and end
constexpr int gzip_memory = 8;

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Calls `take` with each element of a comma-separated field value.
template <class Take>
void for_each_element(std::string_view field, Take take) {
  while (!field.empty()) {
    const size_t end = std::min(field.find(','), field.size());
    take(trimmed(field.substr(0, end)));
    field.remove_prefix(end == field.size() ? end : end + 1);
  }
}

bool is_zero_quality(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const std::string_view value = trimmed(parameters.substr(at + 2));
  return value.starts_with('0') && value.find_first_not_of("0.") == std::string_view::npos;
}

std::string cache_control(Caching caching, bool authorized) {
  const char* audience = authorized ? "private" : "public";
  switch (caching) {
    case Caching::never:
      return "no-store";
    case Caching::revalidate:
      return fmt::format("{}, no-cache", audience);
    case Caching::forever:
      return fmt::format("{}, max-age=31536000, immutable", audience);
  }
  return "no-store";
}

// Leaves the part of the body that was asked for, if it is one.
void take_part(Answer& answer, std::string_view wish) {
  const size_t size = answer.body.size();
  const ByteRange range = byte_range_of(wish, size);
  if (range.kind == ByteRange::Kind::unsatisfiable) {
    answer.status = 416;
    answer.body.clear();
    answer.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
  } else if (range.kind == ByteRange::Kind::part) {
    answer.status = 206;
    answer.body = answer.body.substr(range.from, range.length);
    answer.headers.emplace_back(
        "Content-Range", fmt::format("bytes {}-{}/{}", range.from, range.from + range.length - 1, size));
  }
}

}  // namespace

Answer error_answer(unsigned status, std::string_view code, const std::string& message) {
  Answer answer;
  answer.status = status;
  answer.caching = Caching::never;
  const nlohmann::json body = {{"error", {{"code", code}, {"message", message}}}};
  answer.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (status == 503 || status == 429) answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

Answer error_answer(const Error& error) {
  return error_answer(static_cast<unsigned>(error_number(error.code)), to_string(error.code), error.message);
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool accepted = false, refused = false;
  for_each_element(accept_encoding, [&](std::string_view element) {
    const size_t end = std::min(element.find(';'), element.size());
    const std::string_view coding = trimmed(element.substr(0, end));
    if (coding != "gzip" && coding != "x-gzip" && coding != "*") return;
    const bool zero = is_zero_quality(element.substr(end));
    refused = refused || (zero && coding != "*");
    accepted = accepted || !zero;
  });
  return accepted && !refused;
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  bool found = false;
  for_each_element(if_none_match, [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    found = found || element == "*" || element == tag;
  });
  return found;
}

Bytes gzip(BytesView bytes) {
  z_stream stream{};
  TCPS_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, gzip_memory,
                          Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  TCPS_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Sent prepare(Answer answer, const Wishes& wishes) {
  const bool good = answer.status == 200;
  const bool ranged = good && answer.file && !wishes.range.empty();  // of the bytes as they are
  const bool compressed = good && !ranged && answer.body.size() >= worth_compressing_bytes &&
                          accepts_gzip(wishes.accept_encoding);
  answer.headers.emplace_back("Cache-Control", cache_control(answer.caching, wishes.authorized));
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  if (good) {
    const std::string tag = fmt::format("\"{}{}\"", Digest::of(answer.body).hex().substr(0, tag_digits),
                                        compressed ? "-gzip" : "");
    answer.headers.emplace_back("ETag", tag);
    if (names_tag(wishes.if_none_match, tag)) {
      answer.status = 304;
      answer.body.clear();
      return {std::move(answer), 0};
    }
    if (answer.file) answer.headers.emplace_back("Accept-Ranges", "bytes");
    // A weak tag, or a date, proves nothing about bytes.
    if (ranged && (wishes.if_range.empty() || wishes.if_range == tag)) take_part(answer, wishes.range);
  }
  if (compressed) {
    answer.body = gzip(answer.body);
    answer.headers.emplace_back("Content-Encoding", "gzip");
  }
  const size_t length = answer.body.size();
  if (wishes.head) answer.body.clear();
  return {std::move(answer), length};
}

}  // namespace tcps::gateway
