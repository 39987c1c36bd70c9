#include "nodes/gateway/responder.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/canonical_json.h"
#include "messages/dsse.h"
#include "messages/json_fields.h"
#include "nodes/view/trace_pictures.h"

namespace tcps::gateway {
namespace {

using nlohmann::json;

constexpr int pieces_counted_max = 20;  // per request: two million entries
constexpr const char* position_header = "Tcps-As-Of";

Answer of_bytes(std::string content_type, Bytes body) {
  Answer answer;
  answer.content_type = std::move(content_type);
  answer.body = std::move(body);
  return answer;
}

// What tools fetch as a file: parts of it may be asked for.
Answer of_file(std::string content_type, Bytes body) {
  Answer answer = of_bytes(std::move(content_type), std::move(body));
  answer.file = true;
  return answer;
}

// How far the replica had followed is told beside the body, so that a body changes only when its content
// does.
Answer of_json(json reply) {
  Answer answer;
  if (reply.is_object() && reply.contains("as_of")) {
    const json& as_of = reply["as_of"];
    answer.headers.emplace_back(position_header,
                                fmt::format("size={}, epoch={}, sequence={}", number_of(as_of, "size"),
                                            number_of(as_of, "epoch"), number_of(as_of, "sequence")));
    reply.erase("as_of");
  }
  answer.body = reply.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return answer;
}

Result<Answer> of_base64(const json& reply, const char* name) {
  auto bytes = TCPS_TRY(from_base64(text_of(reply, name)));
  return of_file("application/octet-stream", std::move(bytes));
}

Result<Answer> trace_answer(const Route& route, const json& reply) {
  if (route.format == "dot") return of_bytes("text/vnd.graphviz", view::trace_dot(ledger::graph_of(reply)));
  if (route.format == "json") return of_json(reply);
  Answer picture = of_bytes("image/svg+xml", view::trace_svg(ledger::graph_of(reply)));
  picture.headers.emplace_back("Content-Security-Policy", "default-src 'none'");
  return picture;
}

}  // namespace

Answer Responder::answer(const Route& route) {
  auto made = make(route);
  if (!made) return error_answer(made.error());
  if (route.immutable) made->caching = Caching::forever;
  return std::move(*made);
}

Result<Answer> Responder::make(const Route& route) {
  switch (route.answer) {
    case AnswerKind::description:
      return of_bytes("application/json", Bytes(openapi_document()));
    case AnswerKind::stats:
      return stats();
    case AnswerKind::bundle:
      return bundle(route);
    case AnswerKind::work_order_bundle:
      return work_order_bundle(route);
    default:
      break;
  }
  auto reply = TCPS_TRY(ask_(route.query, route.request));
  return made_of(route, reply);
}

Result<Answer> Responder::made_of(const Route& route, const json& reply) {
  switch (route.answer) {
    case AnswerKind::entry:
      return entry(route, reply);
    case AnswerKind::trace:
      return trace_answer(route, reply);
    case AnswerKind::checkpoint:
      return of_bytes("text/plain; charset=utf-8", text_of(reply, "note"));
    case AnswerKind::tile:
      return of_base64(reply, "hashes");
    default:
      return of_json(reply);
  }
}

Result<Answer> Responder::entry(const Route& route, const json& reply) {
  if (route.format == "json") return of_json(reply);
  if (route.format == "slsa") {
    auto derived = TCPS_TRY(ask_("provenance", {{"index", number_of(reply, "index")}}));
    return of_bytes("application/vnd.in-toto+json",
                    canonical_json(derived.value("statement", json::object())));
  }
  auto envelope = TCPS_TRY(from_base64(text_of(reply, "envelope")));
  if (route.format == "dsse") return of_file("application/vnd.dsse+json", std::move(envelope));
  auto read = TCPS_TRY(Envelope::decode(envelope));
  return of_file("application/vnd.in-toto+json", std::move(read.payload));
}

// A reply holds as many entries as fit: several make the bundle.
Result<Answer> Responder::bundle(const Route& route) {
  const uint64_t from = route.tile.index * tlog::tile_width;
  Bytes entries;
  for (uint64_t done = 0; done < route.tile.width;) {
    auto reply = TCPS_TRY(ask_("entry-bundle", {{"from", from + done}, {"limit", route.tile.width - done}}));
    auto bytes = TCPS_TRY(from_base64(text_of(reply, "bundle")));
    const uint64_t count = number_of(reply, "count");
    if (count == 0) return fail(ErrorCode::io, "the line's reply holds no entries: ask again");
    entries += bytes;
    done += count;
    if (count > 0 && done < route.tile.width &&
        from + done >= number_of(reply.value("as_of", json()), "size"))
      return fail(ErrorCode::not_found, "the tree has no such bundle yet");
  }
  return of_file("application/octet-stream", std::move(entries));
}

Result<Answer> Responder::work_order_bundle(const Route& route) {
  auto bundle = TCPS_TRY(ledger::export_bundle(ask_, text_of(route.request, "work_order"), std::nullopt));
  return of_file("application/json", bundle.encode());
}

Result<Answer> Responder::stats() {
  const std::lock_guard lock(counting_);
  uint64_t size = counted_to_;
  for (int piece = 0; piece < pieces_counted_max; ++piece) {
    auto reply = TCPS_TRY(ask_("stats", {{"from", counted_to_}}));
    size = number_of(reply, "size");
    const uint64_t next = number_of(reply, "next");
    if (size < counted_to_) {  // another log than before: count it afresh
      counted_ = {};
      counted_to_ = 0;
      continue;
    }
    auto counted = TCPS_TRY(ledger::LedgerStats::from_json(reply.value("stats", json::object())));
    counted_.add(counted);
    counted_to_ = next;
    if (counted_to_ >= size) break;
  }
  json reply = counted_.to_json();
  reply["size"] = size;
  reply["complete"] = counted_to_ >= size;
  return of_json(std::move(reply));
}

}  // namespace tcps::gateway
