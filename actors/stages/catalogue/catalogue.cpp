#include "actors/stages/catalogue/catalogue.h"

namespace tcps {

std::shared_ptr<Procedure> make_procedure(Stage stage, const StandardWork& work) {
  TCPS_CHECK(stage != Stage::plan);
  TCPS_CHECK(work.procedures == ProcedureKind::null);
  return make_null_procedure();
}

}  // namespace tcps
