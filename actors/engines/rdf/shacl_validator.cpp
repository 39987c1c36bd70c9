// Walks the targets of every shape and checks its constraints on each focus node (SHACL section 3).
#include <algorithm>
#include <set>
#include <tuple>

#include "actors/engines/rdf/constraints.h"
#include "actors/engines/rdf/shacl.h"
#include "actors/engines/rdf/shapes.h"

namespace tcps::rdf {
namespace {

// Shapes within shapes within shapes: deeper than this is taken for recursion.
constexpr size_t shapes_depth_max = 100;

// Ends a validation from within the constraints' callbacks.
struct Interrupted {
  Error error;
};

using Results = std::vector<ValidationResult>;

class Validator {
 public:
  Validator(const Graph& data, const Shapes& shapes, const ShaclLimits& limits)
      : data_(data), shapes_(shapes), limits_(limits) {}

  ValidationReport run() {
    ValidationReport report;
    for (const auto& [id, shape] : shapes_) {
      if (!shape.has_targets() || shape.deactivated) continue;
      ++report.shapes_validated;
      for (const Term& focus : focus_nodes(shape)) {
        ++report.focus_nodes;
        validate(shape, focus, report.results);
      }
    }
    report.conforms = report.results.empty();
    sort(report.results);
    return report;
  }

  const Graph& data() const { return data_; }
  const ShaclLimits& limits() const { return limits_; }

  const Shape& shape(const Term& id) const {
    const auto found = shapes_.find(id);
    TCPS_CHECK(found != shapes_.end());  // read_shapes() reads every shape that is referred to
    return found->second;
  }

  void validate(const Shape& shape, const Term& focus, Results& results);

 private:
  std::set<Term> focus_nodes(const Shape& shape) const {
    std::set<Term> nodes(shape.target_nodes.begin(), shape.target_nodes.end());
    for (const Term& target : shape.target_classes) {
      for (Term& node : instances(data_, target)) nodes.insert(std::move(node));
    }
    for (const std::string& property : shape.target_subjects_of) {
      const Term predicate = Term::iri(property);
      for (Triple& triple : data_.match(nullptr, &predicate, nullptr))
        nodes.insert(std::move(triple.subject));
    }
    for (const std::string& property : shape.target_objects_of) {
      const Term predicate = Term::iri(property);
      for (Triple& triple : data_.match(nullptr, &predicate, nullptr)) nodes.insert(std::move(triple.object));
    }
    return nodes;
  }

  static void sort(Results& results) {
    const auto key = [](const ValidationResult& result) {
      return std::make_tuple(result.focus_node, result.path ? result.path->to_string() : std::string{},
                             result.value, result.component, result.source_shape);
    };
    std::stable_sort(results.begin(), results.end(),
                     [&](const auto& left, const auto& right) { return key(left) < key(right); });
  }

  const Graph& data_;
  const Shapes& shapes_;
  const ShaclLimits& limits_;
  size_t depth_ = 0;
};

class ShapeEvaluation final : public Evaluation {
 public:
  ShapeEvaluation(Validator& validator, const Shape& shape, const Term& focus, Results& results)
      : validator_(validator), shape_(shape), focus_(focus), results_(results) {
    values_ = shape.path ? shape.path->values(validator.data(), focus) : std::vector<Term>{focus};
  }

  void run() {
    for (const Constraint& constraint : shape_.constraints) {
      constraint_ = &constraint;
      constraint.check(*this);
    }
  }

  const Graph& data() const override { return validator_.data(); }
  const Term& focus() const override { return focus_; }
  const std::vector<Term>& values() const override { return values_; }

  bool conforms(const Term& shape, const Term& node) override {
    Results results;
    validator_.validate(validator_.shape(shape), node, results);
    return results.empty();
  }
  void validate(const Term& shape, const Term& node) override {
    validator_.validate(validator_.shape(shape), node, results_);
  }
  void violation(const std::optional<Term>& value) override { add(shape_.path, value); }
  void violation_at(const PropertyPath& path, const Term& value) override { add(path, value); }

 private:
  void add(const std::optional<PropertyPath>& path, const std::optional<Term>& value) {
    if (results_.size() >= validator_.limits().results_max) {
      throw Interrupted{{ErrorCode::full, "SHACL: more than " +
                                              std::to_string(validator_.limits().results_max) +
                                              " results; correct the data or raise the limit"}};
    }
    auto messages = shape_.messages;
    if (messages.empty()) messages.push_back(Term::literal(constraint_->message));
    results_.push_back(
        {focus_, path, value, shape_.id, constraint_->component, shape_.severity, std::move(messages)});
  }

  Validator& validator_;
  const Shape& shape_;
  const Term& focus_;
  Results& results_;
  std::vector<Term> values_;
  const Constraint* constraint_ = nullptr;
};

void Validator::validate(const Shape& shape, const Term& focus, Results& results) {
  if (shape.deactivated) return;
  if (limits_.expired()) {
    throw Interrupted{{ErrorCode::timeout, "SHACL: the deadline passed at shape " + shape.id.to_string() +
                                               "; simplify the shapes or allow more time"}};
  }
  if (depth_ == shapes_depth_max) {
    throw Interrupted{
        {ErrorCode::invalid,
         "shape " + shape.id.to_string() + ": shapes refer to each other without end; break the recursion"}};
  }
  ++depth_;
  ShapeEvaluation(*this, shape, focus, results).run();
  --depth_;
}

}  // namespace

Result<ValidationReport> validate_shacl(const Graph& data, const Graph& shapes, const ShaclLimits& limits) {
  const auto read = TCPS_TRY(read_shapes(shapes));
  try {
    return Validator(data, read, limits).run();
  } catch (Interrupted& interrupted) {
    return fail(std::move(interrupted.error));
  }
}

}  // namespace tcps::rdf
