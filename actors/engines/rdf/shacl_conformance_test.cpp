// Runs the W3C test suite's vectors (tests/conformance/shacl): one test for each manifest file.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "actors/engines/rdf/shacl.h"
#include "actors/engines/rdf/turtle.h"
#include "actors/engines/rdf/vocabulary.h"
#include "tests/support/places.h"

namespace tcps::rdf {
namespace {

namespace fs = std::filesystem;

const std::string folder = test::source_folder() + "/tests/conformance/shacl";
const std::string mf = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#";
const std::string sht = "http://www.w3.org/ns/shacl-test#";

std::vector<std::string> manifests() {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() != ".ttl" || stem.ends_with("-data") || stem.ends_with("-shapes")) continue;
    names.push_back(fs::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Graph load(const std::string& name) { return load_turtle_files(folder, {name}).value(); }

// A result as one line, so that two lists of results can be compared and shown.
std::string line(const Term& focus, const std::string& path, const std::optional<Term>& value,
                 const Term& shape, const std::string& component, const std::string& severity) {
  std::string text = focus.to_string();
  text.append(" | ").append(path).append(" | ").append(value ? value->to_string() : "");
  return text.append(" | ")
      .append(shape.to_string())
      .append(" | ")
      .append(component)
      .append(" | ")
      .append(severity);
}

std::vector<std::string> expected_results(const Graph& graph, const Term& report) {
  std::vector<std::string> lines;
  for (const Term& result : graph.objects(report, sh::iri("result"))) {
    const auto get = [&](std::string_view name) { return graph.object(result, sh::iri(name)); };
    const auto path_node = get("resultPath");
    const std::string path = path_node ? PropertyPath::read(graph, *path_node).value().to_string() : "";
    lines.push_back(line(get("focusNode").value(), path, get("value"), get("sourceShape").value(),
                         get("sourceConstraintComponent").value().value,
                         get("resultSeverity").value().value));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> actual_results(const ValidationReport& report) {
  std::vector<std::string> lines;
  for (const ValidationResult& result : report.results) {
    lines.push_back(line(result.focus_node, result.path ? result.path->to_string() : "", result.value,
                         result.source_shape, result.component, result.severity));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

class ShaclConformance : public testing::TestWithParam<std::string> {};

TEST_P(ShaclConformance, GivesTheReportOfTheTestSuite) {
  const Graph manifest = load(GetParam());
  const Term base = Term::iri("file:///" + GetParam());
  const auto graph_named = [&](const Term& node) {
    return load(node.value.substr(std::string("file:///").size()));
  };
  const auto entries = read_list(manifest, manifest.object(base, mf + "entries").value());
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_FALSE(entries->empty());
  for (const Term& entry : *entries) {
    const Term action = manifest.object(entry, mf + "action").value();
    const Graph data = graph_named(manifest.object(action, sht + "dataGraph").value());
    const Graph shapes = graph_named(manifest.object(action, sht + "shapesGraph").value());
    const Term wanted = manifest.object(entry, mf + "result").value();
    const auto report = validate_shacl(data, shapes);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->conforms, manifest.object(wanted, sh::iri("conforms"))->value == "true");
    EXPECT_EQ(actual_results(*report), expected_results(manifest, wanted));
  }
}

INSTANTIATE_TEST_SUITE_P(W3c, ShaclConformance, testing::ValuesIn(manifests()), [](const auto& one) {
  std::string name = one.param.substr(0, one.param.size() - 4);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

TEST(ShaclConformanceVectors, ArePresent) { EXPECT_GE(manifests().size(), 60U); }

}  // namespace
}  // namespace tcps::rdf
