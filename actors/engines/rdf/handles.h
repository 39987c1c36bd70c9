// What librasqal and libraptor hand out, freed by the function that each is freed by.
#pragma once

#include <raptor2/raptor2.h>
#include <rasqal/rasqal.h>

#include <memory>

namespace tcps::rdf {

struct Free {
  void operator()(raptor_world* world) const { raptor_free_world(world); }
  void operator()(raptor_parser* parser) const { raptor_free_parser(parser); }
  void operator()(raptor_uri* uri) const { raptor_free_uri(uri); }
  void operator()(rasqal_world* world) const { rasqal_free_world(world); }
  void operator()(rasqal_query* query) const { rasqal_free_query(query); }
  void operator()(rasqal_query_results* results) const { rasqal_free_query_results(results); }
};

template <class T>
using Handle = std::unique_ptr<T, Free>;

}  // namespace tcps::rdf
