// The constraint components of SHACL Core (section 4), each one row of a table: the parameter that declares
// it and the function that turns the parameter's values into constraints. Internal to the SHACL engine.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/engines/rdf/graph.h"
#include "actors/engines/rdf/property_path.h"
#include "messages/result.h"

namespace tcps::rdf {

// What a constraint sees while it is checked: one shape, one focus node, its value nodes.
class Evaluation {
 public:
  virtual ~Evaluation() = default;
  virtual const Graph& data() const = 0;
  virtual const Term& focus() const = 0;
  virtual const std::vector<Term>& values() const = 0;
  // Whether `node` conforms to the shape named `shape`; makes no results.
  virtual bool conforms(const Term& shape, const Term& node) = 0;
  // Validates `node` against the property shape `shape`, its results being results of this validation.
  virtual void validate(const Term& shape, const Term& node) = 0;
  virtual void violation(const std::optional<Term>& value) = 0;
  virtual void violation_at(const PropertyPath& path, const Term& value) = 0;
};

struct Constraint {
  std::string component;  // IRI
  std::string message;    // said when the shape has no sh:message
  std::function<void(Evaluation&)> check;
};

// Where the constraints of one shape are read from and collected.
struct ConstraintReader {
  const Graph& graph;
  const Term& shape;
  bool is_property_shape;
  std::vector<Constraint>& constraints;
  std::vector<Term>& referenced;  // shapes named by parameters: to be read as well

  std::vector<Term> parameters(std::string_view name) const;  // values of sh:<name>
  // At most one value is allowed. Errors: invalid.
  Result<std::optional<Term>> single(std::string_view name) const;
  Result<std::optional<size_t>> count(std::string_view name) const;
  Result<bool> flag(std::string_view name) const;  // absent is false
  tl::unexpected<Error> ill_formed(std::string_view name, std::string_view remedy) const;

  void add(std::string_view component, std::string message, std::function<void(Evaluation&)> check);
  // A constraint that looks at each value node alone.
  void add_for_each(std::string_view component, std::string message,
                    std::function<bool(Evaluation&, const Term&)> accepts);
};

struct ComponentRow {
  std::string_view parameter;  // local name in the SHACL namespace
  Status (*read)(ConstraintReader& reader);
};

// The rows of each group; read_constraints() runs those whose parameter the shape has.
const std::vector<ComponentRow>& value_components();  // type, range, string: constraints_value.cpp
const std::vector<ComponentRow>& set_components();    // cardinality, pairs, closed, in: constraints_set.cpp
const std::vector<ComponentRow>& shape_components();  // logical and shape-based: constraints_shape.cpp
Status read_constraints(ConstraintReader& reader);

}  // namespace tcps::rdf
