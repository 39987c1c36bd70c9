// Feeds arbitrary bytes to the Turtle reader. What it accepts must come back from the writer as the same
// graph.
#include <cstddef>
#include <cstdint>

#include "actors/engines/rdf/canonical.h"
#include "actors/engines/rdf/turtle.h"

// libraptor2 does not free a literal that is malformed.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libraptor2"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps::rdf;
  const TurtleLimits limits{.bytes_max = 1 << 16, .triples_max = 2000};
  const auto graph =
      parse_turtle({"fuzz.ttl", std::string(reinterpret_cast<const char*>(data), size)}, limits);
  if (!graph) {
    TCPS_CHECK(graph.error().to_string().starts_with("fuzz.ttl:"));
    return 0;
  }
  const auto text = canonical_ntriples(*graph, 2000);
  if (!text) return 0;
  const auto written = to_turtle(*graph);
  TCPS_CHECK(written);
  const auto again = parse_turtle({"fuzz.ttl", *written});
  TCPS_CHECK(again && canonical_ntriples(*again).value() == *text);
  return 0;
}
