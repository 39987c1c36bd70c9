#include "actors/stages/generate/generate_rules.h"

#include <algorithm>
#include <set>

#include "actors/engines/rdf/canonical.h"
#include "actors/engines/rdf/shacl.h"
#include "actors/stages/knowledge/turtle_files.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

constexpr TurtleModes turtle_modes{FailureMode::invalid_turtle_syntax, FailureMode::missing_namespace};
constexpr size_t detail_max = 100;
constexpr size_t namespaces_max = 64;

class Generation {
 public:
  Generation(const GenerateJob& job, const ReadFile& read) : job_(job), read_(read) {}

  JobAnswer run() {
    answer_.finding = work();
    return std::move(answer_);
  }

 private:
  std::optional<Finding> work() {
    if (job_.ontology.empty()) {
      return Finding{no_mode, "knowledge.ontology matches no file of the repository: correct its globs", {}};
    }
    auto ontology = read_graph(job_.ontology, read_, turtle_modes);
    if (!ontology) return ontology.error();
    auto shapes = read_graph(job_.shapes, read_, turtle_modes, job_.ontology.size());
    if (!shapes) return shapes.error();
    describe(*ontology, *shapes);
    if (auto finding = validate(*ontology, *shapes)) return finding;
    return prove_determinism(*ontology);
  }

  void describe(const rdf::Graph& ontology, const rdf::Graph& shapes) {
    std::set<std::string> namespaces;
    for (const auto* graph : {&ontology, &shapes}) {
      for (const auto& [name, iri] : graph->prefixes()) {
        if (!name.empty() && namespaces.size() < namespaces_max) namespaces.insert(name);
      }
    }
    answer_.fields["ontology"] = {{"files_loaded", job_.ontology.size()},
                                  {"triples_count", ontology.size()},
                                  {"namespaces", namespaces}};
  }

  std::optional<Finding> validate(const rdf::Graph& ontology, const rdf::Graph& shapes) {
    auto& field = answer_.fields["shacl_validation"];
    if (job_.shapes.empty()) {
      field = {{"applicable", false},
               {"reason", "line.toml names no knowledge.shapes, or none that match a file"}};
      return std::nullopt;
    }
    const auto report = rdf::validate_shacl(ontology, shapes);
    if (!report) {
      return Finding{
          FailureMode::shacl_violation, "the SHACL shapes cannot be checked: " + report.error().message, {}};
    }
    field = {{"passed", report->conforms},
             {"violations", report->results.size()},
             {"shapes_validated", report->shapes_validated},
             {"report", "generate/" + std::string(shacl_report_file)}};
    const auto text = rdf::to_turtle(report->to_graph());
    if (text) answer_.outputs.push_back({std::string(shacl_report_file), *text});
    if (report->conforms) return std::nullopt;
    return finding_of(*report);
  }

  static Finding finding_of(const rdf::ValidationReport& report) {
    Finding finding{FailureMode::shacl_violation, report.results.front().to_string(), {}};
    if (report.results.size() > 1) {
      finding.reason +=
          " (and " + std::to_string(report.results.size() - 1) + " more violations: see the report)";
    }
    for (const auto& result : report.results) {
      if (finding.detail.size() < detail_max) finding.detail.push_back(result.to_string());
    }
    return finding;
  }

  std::optional<Finding> prove_determinism(const rdf::Graph& ontology) {
    auto canonical = rdf::canonical_ntriples(ontology);
    if (!canonical)
      return Finding{
          FailureMode::non_deterministic_ontology, "the ontology: " + canonical.error().message, {}};
    const auto expected = Digest::of(*canonical);
    auto checksums = json::array({expected.to_string()});
    bool is_deterministic = true;
    auto order = job_.ontology;
    for (uint32_t i = 1; i < job_.iterations; ++i) {
      std::rotate(order.begin(), order.begin() + 1, order.end());
      auto again = read_graph(order, read_, turtle_modes);
      if (!again) return again.error();
      const auto digest = rdf::canonical_digest(*again);
      if (!digest)
        return Finding{
            FailureMode::non_deterministic_ontology, "the ontology: " + digest.error().message, {}};
      checksums.push_back(digest->to_string());
      is_deterministic = is_deterministic && *digest == expected;
    }
    answer_.fields["determinism"] = {{"iterations", job_.iterations},
                                     {"checksums", std::move(checksums)},
                                     {"deterministic", is_deterministic}};
    if (!is_deterministic) {
      return Finding{FailureMode::non_deterministic_ontology,
                     "loading the ontology " + std::to_string(job_.iterations) +
                         " times gave different graphs: find what changes its files while they are read",
                     {}};
    }
    answer_.outputs.push_back({std::string(ontology_file), std::move(*canonical)});
    return std::nullopt;
  }

  const GenerateJob& job_;
  const ReadFile& read_;
  JobAnswer answer_;
};

}  // namespace

JobAnswer generate(const GenerateJob& job, const ReadFile& read) { return Generation(job, read).run(); }

}  // namespace tcps::stages
