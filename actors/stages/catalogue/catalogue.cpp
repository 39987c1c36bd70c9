#include "actors/stages/catalogue/catalogue.h"

#include "actors/stages/build/build_procedure.h"
#include "actors/stages/catalogue/null_procedure.h"
#include "actors/stages/extract/extract_procedure.h"
#include "actors/stages/generate/generate_procedure.h"
#include "actors/stages/publish/publish_procedure.h"
#include "actors/stages/pull/pull_procedure.h"
#include "actors/stages/release/release_procedure.h"
#include "actors/stages/render/render_procedure.h"
#include "actors/stages/test/test_procedure.h"
#include "actors/stages/verify/verify_procedure.h"

namespace tcps {
namespace {

std::unique_ptr<Procedure> make_real_procedure(Stage stage) {
  switch (stage) {
    case Stage::pull:
      return make_pull_procedure();
    case Stage::plan:
      break;
    case Stage::generate:
      return make_generate_procedure();
    case Stage::extract:
      return make_extract_procedure();
    case Stage::render:
      return make_render_procedure();
    case Stage::build:
      return make_build_procedure();
    case Stage::test:
      return make_test_procedure();
    case Stage::release:
      return make_release_procedure();
    case Stage::publish:
      return make_publish_procedure();
    case Stage::verify:
      return make_verify_procedure();
  }
  return nullptr;
}

}  // namespace

std::shared_ptr<Procedure> make_procedure(Stage stage, const StandardWork& work) {
  TCPS_CHECK(stage != Stage::plan);
  if (work.procedures == ProcedureKind::null) return make_null_procedure();
  std::shared_ptr<Procedure> procedure = make_real_procedure(stage);
  TCPS_CHECK(procedure != nullptr);
  return procedure;
}

}  // namespace tcps
