#include "actors/stages/catalogue/null_procedure.h"

namespace tcps {
namespace {

class NullProcedure final : public Procedure {
 public:
  Result<StageOutcome> run(const Job&, const Workshop&) override {
    StageOutcome outcome;
    outcome.fields["procedure"] = to_string(ProcedureKind::null);
    return outcome;
  }
};

}  // namespace

std::unique_ptr<Procedure> make_null_procedure() { return std::make_unique<NullProcedure>(); }

}  // namespace tcps
