// Feeds arbitrary Turtle to the SHACL validator, as data and shapes at once. Its report must be a graph that
// says whether there are results.
#include <cstddef>
#include <cstdint>

#include "actors/engines/rdf/shacl.h"
#include "actors/engines/rdf/turtle.h"

// libraptor2 does not free a literal that is malformed.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libraptor2"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps::rdf;
  const TurtleLimits limits{.bytes_max = 1 << 16, .triples_max = 2000};
  const auto graph =
      parse_turtle({"fuzz.ttl", std::string(reinterpret_cast<const char*>(data), size)}, limits);
  if (!graph) return 0;
  int questions = 0;
  ShaclLimits bounds;
  bounds.results_max = 1000;
  bounds.expired = [&] { return ++questions > 5000; };
  const auto report = validate_shacl(*graph, *graph, bounds);
  if (!report) return 0;
  TCPS_CHECK(report->conforms == report->results.empty());
  TCPS_CHECK(report->to_graph().size() >= 2 + 5 * report->results.size());
  return 0;
}
