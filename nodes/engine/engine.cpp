#include "nodes/engine/engine.h"

#include <filesystem>
#include <fstream>

#include "actors/stages/common/workspace.h"
#include "actors/stages/extract/extract_rules.h"
#include "actors/stages/generate/generate_rules.h"
#include "actors/stages/pull/work_order_rules.h"
#include "actors/stages/render/render_rules.h"
#include "messages/canonical_json.h"

namespace tcps::engine {
namespace {

namespace fs = std::filesystem;
using namespace stages;
using nlohmann::json;

Result<JobAnswer> dispatch(const json& job, const Surroundings& surroundings) {
  const ReadFile read = [&](const std::string& path) {
    return read_product_file(surroundings.folder, path, source_bytes_max);
  };
  const auto op = job.at("op").get<std::string>();
  if (op == WorkOrderJob::op) return validate_work_order(job.get<WorkOrderJob>(), read);
  if (op == GenerateJob::op) return generate(job.get<GenerateJob>(), read);
  if (op == RenderJob::op) return render(job.get<RenderJob>(), read);
  if (op != ExtractJob::op) return fail(ErrorCode::invalid, "the job's op '" + op + "' is not known");
  auto answer = extract(job.get<ExtractJob>(), read, surroundings.now_ms, surroundings.before_query);
  surroundings.after_queries();
  return answer;
}

Status write(const std::string& folder, const OutputFile& output) {
  const auto place = TCPS_TRY(place_of(folder, output.path));
  std::error_code error;
  fs::create_directories(fs::path(place).parent_path(), error);
  std::ofstream file(place, std::ios::binary | std::ios::trunc);
  file << output.bytes;
  file.close();
  if (file && !error) fs::permissions(place, fs::perms(output.executable ? 0755 : 0644), error);
  if (file && !error) return {};
  return fail(ErrorCode::io, "cannot write '" + output.path +
                                 "': two outputs stand in each other's way, or the disk is full");
}

}  // namespace

std::string to_text(const JobAnswer& answer) {
  json value{{"ok", !answer.finding}, {"fields", answer.fields}, {"outputs", json::array()}};
  for (const auto& output : answer.outputs) value["outputs"].push_back(output.path);
  if (answer.finding) {
    value["mode"] = answer.finding->mode ? to_string(*answer.finding->mode) : "";
    value["reason"] = answer.finding->reason;
    value["detail"] = answer.finding->detail;
  }
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<JobAnswer> run(std::string_view job, const Surroundings& surroundings) {
  const auto value = parse_json(job);
  if (!value) return fail(value.error().at("job"));
  try {
    auto answer = dispatch(*value, surroundings);
    if (!answer) return answer;
    for (const auto& output : answer->outputs) {
      TCPS_TRY(write(surroundings.folder + "/out", output));
    }
    return answer;
  } catch (const json::exception& error) {
    return fail(ErrorCode::invalid, std::string("job: ") + error.what());
  }
}

}  // namespace tcps::engine
