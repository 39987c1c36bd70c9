#include "nodes/view/trace_pictures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace tcps::view {
namespace {

using ledger::TraceGraph;
using nlohmann::json;

TraceGraph chain() {
  TraceGraph graph;
  graph.nodes = {{"n1", TraceGraph::Kind::artifact, "a <file> & \"more\"", {"sha256:12"}},
                 {"n2", TraceGraph::Kind::receipt, "build", {"entry 1", "attempt 1"}},
                 {"n3", TraceGraph::Kind::material, "line.toml", {}},
                 {"n4", TraceGraph::Kind::demand, "demand github\x1b[31m 1", {}}};
  graph.arrows = {{0, 1, "made by"}, {1, 2, "from"}, {1, 3, "asked by"}};
  return graph;
}

TEST(TracePictures, SvgIsWellFormedAndShowsEveryNodeAndArrow) {
  pugi::xml_document document;
  const auto parsed = document.load_string(trace_svg(chain()).c_str());
  ASSERT_TRUE(parsed) << parsed.description();
  const auto svg = document.child("svg");
  size_t boxes = 0, lines = 0;
  for (const auto& child : svg.children()) {
    boxes += std::string_view(child.name()) == "rect";
    lines += std::string_view(child.name()) == "line";
  }
  EXPECT_EQ(boxes, 4u);
  EXPECT_EQ(lines, 3u);
  const std::string first = svg.find_child([](auto node) {
                                 return std::string_view(node.attribute("font-weight").value()) == "bold";
                               })
                                .text()
                                .get();
  EXPECT_EQ(first, "a <file> & \"more\"");
}

TEST(TracePictures, SvgPutsWhatSomethingWasMadeFromBelowIt) {
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(trace_svg(chain()).c_str()));
  std::vector<int> tops;
  for (const auto& box : document.child("svg").children("rect")) tops.push_back(box.attribute("y").as_int());
  ASSERT_EQ(tops.size(), 4u);
  EXPECT_LT(tops[0], tops[1]);
  EXPECT_LT(tops[1], tops[2]);
  EXPECT_EQ(tops[2], tops[3]);
}

TEST(TracePictures, DotQuotesWhatComesFromOutside) {
  const std::string dot = trace_dot(chain());
  EXPECT_NE(dot.find(R"(n1 [label="a <file> & \"more\"\nsha256:12")"), std::string::npos) << dot;
  EXPECT_NE(dot.find("n2 -> n4 [label=\"asked by\"]"), std::string::npos);
  EXPECT_EQ(dot.find('\x1b'), std::string::npos) << "nothing steers a terminal";
}

TEST(TracePictures, OfAnEmptyTraceAreEmpty) {
  EXPECT_EQ(trace_tree(json{{"artifact", nullptr}, {"made_by", json::array()}}), "");
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(trace_svg({}).c_str()));
}

TEST(TracePictures, AGraphWithACircleIsDrawnAllTheSame) {
  TraceGraph graph = chain();
  graph.arrows.push_back({3, 0, "turns back"});
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(trace_svg(graph).c_str()));
}

}  // namespace
}  // namespace tcps::view
