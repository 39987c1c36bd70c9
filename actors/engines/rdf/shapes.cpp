#include "actors/engines/rdf/shapes.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "actors/engines/rdf/literal.h"
#include "actors/engines/rdf/vocabulary.h"

namespace tcps::rdf {
namespace {

constexpr std::array target_parameters{"targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf"};
constexpr std::array shape_types{"NodeShape", "PropertyShape"};

const PropertyPath& subclasses() {
  static const PropertyPath path{
      PropertyPath::Kind::zero_or_more, {}, {PropertyPath::predicate(rdfs::sub_class_of)}};
  return path;
}

// Where reading starts; what these refer to is found on the way.
std::vector<Term> declared_shapes(const Graph& graph) {
  std::vector<Term> found;
  for (const auto* type : shape_types) {
    for (Term& shape : graph.subjects(rdf::type, Term::iri(sh::iri(type)))) found.push_back(std::move(shape));
  }
  for (const auto* target : target_parameters) {
    const Term predicate = Term::iri(sh::iri(target));
    for (Triple& triple : graph.match(nullptr, &predicate, nullptr))
      found.push_back(std::move(triple.subject));
  }
  return found;
}

Result<std::vector<std::string>> properties(const ConstraintReader& reader, std::string_view parameter) {
  std::vector<std::string> iris;
  for (const Term& property : reader.parameters(parameter)) {
    if (!property.is_iri()) return reader.ill_formed(parameter, "name a property by its IRI");
    iris.push_back(property.value);
  }
  return iris;
}

Status read_targets(const ConstraintReader& reader, Shape& shape) {
  shape.target_nodes = reader.parameters("targetNode");
  shape.target_classes = reader.parameters("targetClass");
  const bool implicit = shape.id.is_iri() && is_instance(reader.graph, shape.id, Term::iri(rdfs::class_));
  if (implicit) shape.target_classes.push_back(shape.id);
  auto subjects_of = TCPS_TRY(properties(reader, "targetSubjectsOf"));
  auto objects_of = TCPS_TRY(properties(reader, "targetObjectsOf"));
  shape.target_subjects_of = std::move(subjects_of);
  shape.target_objects_of = std::move(objects_of);
  return {};
}

Status read_path(const ConstraintReader& reader, Shape& shape) {
  const auto node = TCPS_TRY(reader.single("path"));
  if (!node) return {};
  auto path = PropertyPath::read(reader.graph, *node);
  if (!path) return reader.ill_formed("path", path.error().message);
  shape.path = std::move(*path);
  return {};
}

Status read_annotations(const ConstraintReader& reader, Shape& shape) {
  shape.deactivated = TCPS_TRY(reader.flag("deactivated"));
  const auto severity = TCPS_TRY(reader.single("severity"));
  if (severity && !severity->is_iri()) return reader.ill_formed("severity", "name a severity by its IRI");
  shape.severity = severity ? severity->value : sh::iri("Violation");
  shape.messages = reader.parameters("message");
  return {};
}

Result<Shape> read_shape(const Graph& graph, const Term& id, std::vector<Term>& referenced) {
  Shape shape;
  shape.id = id;
  const bool is_property_shape = !graph.objects(id, sh::iri("path")).empty();
  ConstraintReader reader{graph, id, is_property_shape, shape.constraints, referenced};
  if (id.is_literal()) return reader.ill_formed("shape", "a literal cannot be a shape");
  TCPS_TRY(read_path(reader, shape));
  TCPS_TRY(read_targets(reader, shape));
  TCPS_TRY(read_annotations(reader, shape));
  TCPS_TRY(read_constraints(reader));
  return shape;
}

}  // namespace

Result<Shapes> read_shapes(const Graph& graph) {
  Shapes shapes;
  std::vector<Term> pending = declared_shapes(graph);
  while (!pending.empty()) {
    const Term id = std::move(pending.back());
    pending.pop_back();
    if (shapes.contains(id)) continue;
    auto shape = TCPS_TRY(read_shape(graph, id, pending));
    shapes.emplace(id, std::move(shape));
  }
  return shapes;
}

bool is_instance(const Graph& graph, const Term& node, const Term& class_) {
  const auto types = graph.objects(node, rdf::type);
  return std::any_of(types.begin(), types.end(), [&](const Term& type) {
    if (type == class_) return true;
    const auto above = subclasses().values(graph, type);
    return std::find(above.begin(), above.end(), class_) != above.end();
  });
}

std::vector<Term> instances(const Graph& graph, const Term& class_) {
  const PropertyPath below{PropertyPath::Kind::inverse, {}, {subclasses()}};
  std::unordered_set<Term> seen;
  std::vector<Term> found;
  for (const Term& type : below.values(graph, class_)) {
    for (Term& node : graph.subjects(rdf::type, type)) {
      if (seen.insert(node).second) found.push_back(std::move(node));
    }
  }
  return found;
}

}  // namespace tcps::rdf
