// A trace as people look at it: a tree of text, a Graphviz file, a picture. Pure functions of the reply to
// the query "trace".
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "actors/ledger/queries/trace.h"

namespace tcps::view {

std::string trace_tree(const nlohmann::json& trace);     // lines, without colours
std::string trace_dot(const ledger::TraceGraph& graph);  // Graphviz
std::string trace_svg(const ledger::TraceGraph& graph);  // SVG 1.1, no scripts, no outside references

}  // namespace tcps::view
