#include "nodes/view/trace_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/json_fields.h"
#include "messages/text.h"
#include "messages/vocabulary.h"
#include "nodes/view/output.h"

namespace tcps::view {
namespace {

using ledger::TraceGraph;
using nlohmann::json;

// ---- text

std::string text_of(const json& object, const char* name) { return printable(tcps::text_of(object, name)); }

std::string shown_number(const json& object, const char* name) {
  const std::string digits = digits_of(object, name);
  return digits.empty() ? "?" : digits;
}

std::string step_line(const json& step) {
  const std::string digest = short_digest(text_of(step, "payload_digest"));
  if (find_word<MessageKind>(text_of(step, "kind")) != MessageKind::receipt)
    return fmt::format("{}  entry {}  {}", text_of(step, "kind"), shown_number(step, "index"), digest);
  return fmt::format("{}  attempt {}, {}, on {} {}  entry {}  {}", text_of(step, "stage"),
                     shown_number(step, "attempt"), text_of(step, "status"), text_of(step, "node"),
                     text_of(step, "ended_at"), shown_number(step, "index"), digest);
}

void add_origin(std::string& text, const json& origin) {
  const json work_order = origin.value("work_order", json::object());
  text += fmt::format("work order {}  {} {}  {}\n", text_of(work_order, "id"), text_of(work_order, "sku"),
                      text_of(work_order, "version"), text_of(work_order, "title"));
  std::string indent;
  for (const json& step : origin.value("steps", json::array())) {
    text += indent + "└─ " + step_line(step) + "\n";
    indent += "   ";
    if (indent.size() > 3) continue;  // what the makers of the file itself worked from
    for (const json& name : step.value("names", json::array()))
      text += indent + "made " + printable(name.get<std::string>()) + "\n";
    for (const json& one : step.value("materials", json::array()))
      text += fmt::format("{}from {}  {}\n", indent, text_of(one, "name"), text_of(one, "digest"));
  }
  const json demand = origin.value("demand", json::object());
  if (!demand.is_object()) return;
  text += fmt::format("{}└─ demand {} {}  {}\n", indent, text_of(demand, "source"),
                      text_of(demand, "signal_id"), text_of(demand, "title"));
}

// ---- pictures

constexpr int box_width = 300, line_height = 17, box_padding = 9, gap_x = 28, gap_y = 46, margin = 16;

std::string escaped_for_xml(const std::string& text) { return escape_xml(printable(text)); }

std::string escaped_for_dot(const std::string& text) {
  std::string out;
  for (char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

const char* fill_of(TraceGraph::Kind kind) {
  switch (kind) {
    case TraceGraph::Kind::artifact:
      return "#d9ead3";
    case TraceGraph::Kind::receipt:
      return "#dbe7f6";
    case TraceGraph::Kind::acceptance:
    case TraceGraph::Kind::dispatch:
      return "#eeeeee";
    case TraceGraph::Kind::material:
      return "#fff2cc";
    case TraceGraph::Kind::demand:
      return "#f4dcdc";
  }
  return "#ffffff";
}

int height_of(const TraceGraph::Node& node) {
  return static_cast<int>(node.details.size() + 1) * line_height + 2 * box_padding;
}

struct Place {
  int x = 0, y = 0;
};

// Rows from top to bottom: each node below all that lead to it.
std::vector<Place> places_of(const TraceGraph& graph, int& width, int& height) {
  std::vector<size_t> row(graph.nodes.size(), 0);
  for (size_t round = 0; round < graph.nodes.size(); ++round) {  // a graph without circles settles by then
    bool changed = false;
    for (const auto& arrow : graph.arrows) {
      if (row[arrow.to] > row[arrow.from] || arrow.to == arrow.from) continue;
      row[arrow.to] = row[arrow.from] + 1;
      changed = true;
    }
    if (!changed) break;
  }
  const size_t rows = row.empty() ? 0 : *std::max_element(row.begin(), row.end()) + 1;
  std::vector<Place> places(graph.nodes.size());
  int y = margin;
  width = 0;
  for (size_t r = 0; r < rows; ++r) {
    int x = margin, tallest = 0;
    for (size_t i = 0; i < places.size(); ++i) {
      if (row[i] != r) continue;
      places[i] = {x, y};
      x += box_width + gap_x;
      tallest = std::max(tallest, height_of(graph.nodes[i]));
    }
    width = std::max(width, x - gap_x + margin);
    y += tallest + gap_y;
  }
  height = std::max(0, y - gap_y + margin);
  return places;
}

std::string svg_box(const TraceGraph::Node& node, Place at) {
  std::string text = fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"{}\" stroke=\"#555555\"/>\n", at.x,
      at.y, box_width, height_of(node), fill_of(node.kind));
  int y = at.y + box_padding + line_height - 4;
  const auto add = [&](const std::string& line, const char* weight) {
    text += fmt::format("<text x=\"{}\" y=\"{}\" font-weight=\"{}\">{}</text>\n", at.x + box_padding, y,
                        weight, escaped_for_xml(fit(line, 44)));
    y += line_height;
  };
  add(node.title, "bold");
  for (const std::string& line : node.details) add(line, "normal");
  return text;
}

}  // namespace

std::string trace_tree(const json& trace) {
  std::string text;
  if (const std::string artifact = text_of(trace, "artifact"); !artifact.empty()) text = artifact + "\n";
  for (const json& origin : trace.value("made_by", json::array())) add_origin(text, origin);
  if (trace.value("more", false)) text += "… and more makers\n";
  return text;
}

std::string trace_dot(const TraceGraph& graph) {
  std::string text =
      "digraph trace {\n  rankdir=TB;\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n";
  for (const auto& node : graph.nodes) {
    std::string label = escaped_for_dot(node.title);
    for (const std::string& line : node.details) label += "\\n" + escaped_for_dot(line);
    text += fmt::format("  {} [label=\"{}\", fillcolor=\"{}\"];\n", node.id, label, fill_of(node.kind));
  }
  for (const auto& arrow : graph.arrows) {
    text += fmt::format("  {} -> {} [label=\"{}\"];\n", graph.nodes[arrow.from].id, graph.nodes[arrow.to].id,
                        escaped_for_dot(arrow.label));
  }
  return text + "}\n";
}

std::string trace_svg(const TraceGraph& graph) {
  int width = 0, height = 0;
  const std::vector<Place> places = places_of(graph, width, height);
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n"
      "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" "
      "markerHeight=\"7\" "
      "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#555555\"/></marker></defs>\n",
      width, height);
  for (const auto& arrow : graph.arrows) {
    const Place from = places[arrow.from], to = places[arrow.to];
    const int x1 = from.x + box_width / 2, y1 = from.y + height_of(graph.nodes[arrow.from]);
    const int x2 = to.x + box_width / 2, y2 = to.y;
    text += fmt::format(
        "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"#555555\" marker-end=\"url(#head)\"/>\n"
        "<text x=\"{}\" y=\"{}\" fill=\"#555555\">{}</text>\n",
        x1, y1, x2, y2, (x1 + x2) / 2 + 6, (y1 + y2) / 2, escaped_for_xml(arrow.label));
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i) text += svg_box(graph.nodes[i], places[i]);
  return text + "</svg>\n";
}

}  // namespace tcps::view
