// Feeds arbitrary bytes to the SPARQL engine as a query over a small graph. An answer must be the same twice.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "actors/engines/rdf/sparql.h"
#include "actors/engines/rdf/turtle.h"

// librasqal 0.9.33 does not free everything that a query allocates.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:librasqal\nleak:libraptor2"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tcps::rdf;
  static const SparqlEngine engine = SparqlEngine::over(parse_turtle({"fuzz.ttl", R"(@prefix e: <http://e/> .
e:a a e:T ; e:port 80, 1.5, "x"@en ; e:next e:b . e:b a e:T ; e:port 443 ; e:next e:a, [] .)"})
                                                            .value())
                                         .value();
  const auto run = [&] {
    int questions = 0;
    SparqlLimits limits;
    limits.query_bytes_max = 1 << 12;
    limits.rows_max = 500;
    limits.expired = [&] { return ++questions > 200; };
    return engine.run({reinterpret_cast<const char*>(data), size}, limits);
  };
  const auto first = run();
  const auto second = run();
  TCPS_CHECK(first.has_value() == second.has_value());
  if (first) TCPS_CHECK(first->to_json() == second->to_json());
  return 0;
}
