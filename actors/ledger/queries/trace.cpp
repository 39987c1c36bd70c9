#include "actors/ledger/queries/trace.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/codec.h"
#include "messages/json_fields.h"
#include "messages/vocabulary.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

constexpr size_t shown_digits = 12;

json material(const std::string& name, const std::string& digest) {
  return {{"name", name}, {"digest", digest}};
}

// What the step worked from, as its receipt and the one before it say.
json materials_of(const Lineage& lineage, size_t at) {
  json list = json::array();
  const proto::Receipt* receipt = receipt_of(lineage[at]);
  const proto::WorkOrder* order = accepted_order(lineage);
  if (receipt == nullptr) return list;
  if (order != nullptr && !order->snapshot().empty())
    list.push_back(material("repository snapshot", order->snapshot()));
  if (!receipt->standard_work().empty()) list.push_back(material("line.toml", receipt->standard_work()));
  for (size_t i = at + 1; i < lineage.size(); ++i) {
    const proto::Receipt* before = receipt_of(lineage[i]);
    if (before == nullptr || before->manifest().empty()) continue;
    list.push_back(material("manifest of " + before->stage(), before->manifest()));
    break;
  }
  return list;
}

json names_of(const LineMessage& message, const Digest& artifact) {
  json names = json::array();
  for (const StatementSubject& subject : message.subjects) {
    if (!artifact.empty() && subject.digest == artifact) names.push_back(subject.name);
  }
  return names;
}

json step_json(const Lineage& lineage, size_t at, const Digest& artifact) {
  const LineageStep& step = lineage[at];
  json row = {
      {"index", step.index},
      {"kind", to_string(kind_of(step.message.predicate))},
      {"payload_digest", step.message.payload_digest.to_string()},
      {"actor", step.message.envelope.signatures.empty() ? "" : step.message.envelope.signatures[0].key_id}};
  if (const proto::Receipt* receipt = receipt_of(step)) {
    row["stage"] = receipt->stage();
    row["attempt"] = receipt->attempt();
    row["status"] = receipt->status();
    row["node"] = receipt->node();
    row["ended_at"] = receipt->ended_at();
    row["outputs"] = step.message.subjects.size();
    if (!receipt->manifest().empty()) row["manifest"] = receipt->manifest();
    row["names"] = names_of(step.message, artifact);
    row["materials"] = materials_of(lineage, at);
  }
  return row;
}

const json& list_of(const json& object, const char* name) {
  static const json empty = json::array();
  const json& found = member_of(object, name);
  return found.is_array() ? found : empty;
}

std::string short_text(const std::string& digest) {
  const size_t colon = digest.find(':');
  return colon == std::string::npos ? digest : digest.substr(0, colon + 1 + shown_digits);
}

// Builds a graph; every thing is one node, however often it is named.
class Drawing {
 public:
  size_t node(const std::string& key, TraceGraph::Kind kind, std::string title,
              std::vector<std::string> details) {
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i] == key) return i;
    }
    keys_.push_back(key);
    graph_.nodes.push_back({fmt::format("n{}", keys_.size()), kind, std::move(title), std::move(details)});
    return keys_.size() - 1;
  }
  void arrow(size_t from, size_t to, const std::string& label) { graph_.arrows.push_back({from, to, label}); }
  TraceGraph take() { return std::move(graph_); }

 private:
  TraceGraph graph_;
  std::vector<std::string> keys_;
};

size_t draw_step(Drawing& drawing, const json& step) {
  const std::string text = text_of(step, "kind"), digest = text_of(step, "payload_digest");
  const auto kind = find_word<MessageKind>(text);
  std::vector<std::string> details = {"entry " + digits_of(step, "index") + ", " + short_text(digest)};
  if (kind == MessageKind::receipt) {
    details.push_back(fmt::format("attempt {} on {}", digits_of(step, "attempt"), text_of(step, "node")));
    if (!text_of(step, "ended_at").empty()) details.push_back(text_of(step, "ended_at"));
    return drawing.node(digest, TraceGraph::Kind::receipt, text_of(step, "stage"), std::move(details));
  }
  const bool accepts = kind == MessageKind::acceptance;
  return drawing.node(digest, accepts ? TraceGraph::Kind::acceptance : TraceGraph::Kind::dispatch, text,
                      std::move(details));
}

void draw_origin(Drawing& drawing, const json& origin, std::optional<size_t> artifact) {
  std::optional<size_t> above = artifact;
  bool first = true;
  for (const json& step : list_of(origin, "steps")) {
    const size_t here = draw_step(drawing, step);
    if (above) drawing.arrow(*above, here, first && artifact ? "made by" : "follows");
    if (first) {
      for (const json& one : list_of(step, "materials")) {
        const std::string digest = text_of(one, "digest");
        drawing.arrow(
            here,
            drawing.node(digest, TraceGraph::Kind::material, text_of(one, "name"), {short_text(digest)}),
            "from");
      }
    }
    above = here;
    first = false;
  }
  const json &demand = member_of(origin, "demand"), &order = member_of(origin, "work_order");
  if (!above || !demand.is_object()) return;
  const std::string id = text_of(demand, "source") + " " + text_of(demand, "signal_id");
  drawing.arrow(*above,
                drawing.node("demand " + id, TraceGraph::Kind::demand, "demand " + id,
                             {text_of(order, "id"), text_of(order, "title")}),
                "asked by");
}

}  // namespace

json origin_json(const Lineage& lineage, const Digest& artifact) {
  json steps = json::array();
  for (size_t i = 0; i < lineage.size(); ++i) steps.push_back(step_json(lineage, i, artifact));
  json origin = {{"steps", std::move(steps)}, {"work_order", nullptr}, {"demand", nullptr}};
  if (const proto::WorkOrder* order = accepted_order(lineage)) {
    const proto::Receipt* newest = receipt_of(lineage.front());
    origin["work_order"] = {{"id", order->id()},
                            {"title", order->title()},
                            {"sku", order->sku()},
                            {"version", newest == nullptr ? "" : newest->version()},
                            {"bucket", order->bucket()},
                            {"priority", order->priority()},
                            {"accepted_at", order->created()}};
    origin["demand"] = tcps::to_json(order->demand());
  }
  return origin;
}

TraceGraph graph_of(const json& trace) {
  Drawing drawing;
  std::optional<size_t> artifact;
  if (const std::string digest = text_of(trace, "artifact"); !digest.empty()) {
    std::string name = "artifact";
    const json& origins = list_of(trace, "made_by");
    const json& steps = origins.empty() ? origins : list_of(origins[0], "steps");
    const json& names = steps.empty() ? steps : list_of(steps[0], "names");
    if (!names.empty() && names[0].is_string()) name = names[0].get<std::string>();
    artifact = drawing.node(digest, TraceGraph::Kind::artifact, name, {short_text(digest)});
  }
  for (const json& origin : list_of(trace, "made_by")) draw_origin(drawing, origin, artifact);
  return drawing.take();
}

}  // namespace tcps::ledger
