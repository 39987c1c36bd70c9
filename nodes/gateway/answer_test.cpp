#include "nodes/gateway/answer.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tcps::gateway {
namespace {

std::string header(const Answer& answer, const std::string& name) {
  for (const auto& [key, value] : answer.headers) {
    if (key == name) return value;
  }
  return {};
}

Bytes gunzip(BytesView bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  Bytes out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

Answer of(const std::string& body, Caching caching = Caching::revalidate) {
  Answer answer;
  answer.body = body;
  answer.caching = caching;
  return answer;
}

TEST(HttpAnswer, CarriesATagThatChangesWithItsContentOnly) {
  const std::string first = header(prepare(of("one"), {}).answer, "ETag");
  EXPECT_EQ(first.front(), '"');
  EXPECT_EQ(header(prepare(of("one"), {}).answer, "ETag"), first);
  EXPECT_NE(header(prepare(of("two"), {}).answer, "ETag"), first);
}

TEST(HttpAnswer, IsNotSentAgainToWhoHasIt) {
  Wishes wishes;
  wishes.if_none_match = "\"other\", W/" + header(prepare(of("one"), {}).answer, "ETag");
  const Sent sent = prepare(of("one"), wishes);
  EXPECT_EQ(sent.answer.status, 304u);
  EXPECT_EQ(sent.answer.body, "");
  EXPECT_NE(header(sent.answer, "ETag"), "");
  EXPECT_EQ(prepare(of("changed"), wishes).answer.status, 200u);
  wishes.if_none_match = "*";
  EXPECT_EQ(prepare(of("changed"), wishes).answer.status, 304u);
  EXPECT_EQ(prepare(error_answer({ErrorCode::not_found, "no"}), wishes).answer.status, 404u)
      << "errors have no tag";
}

TEST(HttpAnswer, IsCompressedForWhoTakesItWhenItIsWorthIt) {
  const std::string body(10'000, 'a');
  Wishes wishes;
  wishes.accept_encoding = "br, gzip;q=0.5";
  const Sent sent = prepare(of(body), wishes);
  EXPECT_EQ(header(sent.answer, "Content-Encoding"), "gzip");
  EXPECT_LT(sent.answer.body.size(), 200u);
  EXPECT_EQ(gunzip(sent.answer.body), body);
  EXPECT_EQ(header(sent.answer, "Vary"), "Accept-Encoding");
  EXPECT_NE(header(sent.answer, "ETag"), header(prepare(of(body), {}).answer, "ETag"))
      << "other bytes, other tag";
  EXPECT_EQ(header(prepare(of("short"), wishes).answer, "Content-Encoding"), "");
  EXPECT_EQ(prepare(of(body), {}).answer.body, body);
}

TEST(HttpAnswer, UnderstandsAcceptEncoding) {
  for (const char* yes : {"gzip", "deflate, gzip", "gzip;q=1.0", "*", "gzip; q=0.001", "x-gzip"})
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  for (const char* no : {"", "identity", "gzip;q=0", "gzip;q=0.0", "br", "*, gzip;q=0", "gzipped", ",,"})
    EXPECT_FALSE(accepts_gzip(no)) << no;
}

TEST(HttpAnswer, SaysHowLongItMayBeKept) {
  const auto control = [](Caching caching, bool authorized) {
    Wishes wishes;
    wishes.authorized = authorized;
    return header(prepare(of("x", caching), wishes).answer, "Cache-Control");
  };
  EXPECT_EQ(control(Caching::forever, false), "public, max-age=31536000, immutable");
  EXPECT_EQ(control(Caching::forever, true), "private, max-age=31536000, immutable");
  EXPECT_EQ(control(Caching::revalidate, false), "public, no-cache");
  EXPECT_EQ(control(Caching::never, true), "no-store");
}

TEST(HttpAnswer, ToHeadTellsTheLengthOnly) {
  Wishes wishes;
  wishes.head = true;
  const Sent sent = prepare(of("four"), wishes);
  EXPECT_EQ(sent.answer.body, "");
  EXPECT_EQ(sent.content_length, 4u);
}

TEST(HttpAnswer, TellsErrorsByStatusAndBody) {
  const std::pair<ErrorCode, unsigned> cases[] = {
      {ErrorCode::invalid, 400},  {ErrorCode::refused, 403},     {ErrorCode::not_found, 404},
      {ErrorCode::conflict, 409}, {ErrorCode::unavailable, 503}, {ErrorCode::timeout, 504},
      {ErrorCode::full, 503},     {ErrorCode::corrupt, 500},     {ErrorCode::io, 500}};
  for (const auto& [code, status] : cases) {
    const Answer answer = error_answer({code, "what \xff happened"});
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(nlohmann::json::parse(answer.body)["error"]["code"], to_string(code));
  }
  EXPECT_EQ(header(error_answer({ErrorCode::full, ""}), "Retry-After"), "1");
}

}  // namespace
}  // namespace tcps::gateway
