#include "actors/stages/knowledge/jobs.h"

namespace tcps::stages {

using nlohmann::json;

std::string rows_file(std::string_view query) { return std::string(query) + ".json"; }

void to_json(json& json, const WorkOrderJob& job) {
  json = {{"op", WorkOrderJob::op}, {"work_order", job.work_order}, {"shapes", job.shapes}};
}

void from_json(const json& json, WorkOrderJob& job) {
  job.work_order = json.at("work_order");
  json.at("shapes").get_to(job.shapes);
}

void to_json(json& json, const GenerateJob& job) {
  json = {{"op", GenerateJob::op},
          {"ontology", job.ontology},
          {"shapes", job.shapes},
          {"iterations", job.iterations}};
}

void from_json(const json& json, GenerateJob& job) {
  json.at("ontology").get_to(job.ontology);
  json.at("shapes").get_to(job.shapes);
  json.at("iterations").get_to(job.iterations);
}

void to_json(json& json, const ExtractJob& job) {
  json = {{"op", ExtractJob::op}, {"queries", nlohmann::json::array()}};
  for (const auto& query : job.queries) {
    json["queries"].push_back({{"name", query.name},
                               {"file", query.file},
                               {"schema", query.schema},
                               {"timeout_ms", query.timeout_ms},
                               {"allow_empty", query.allow_empty}});
  }
}

void from_json(const json& json, ExtractJob& job) {
  for (const auto& query : json.at("queries")) {
    job.queries.push_back({query.at("name").get<std::string>(), query.at("file").get<std::string>(),
                           query.at("schema").get<std::string>(), query.at("timeout_ms").get<int64_t>(),
                           query.at("allow_empty").get<bool>()});
  }
}

void to_json(json& json, const RenderJob& job) {
  json = {{"op", RenderJob::op},
          {"template_folder", job.template_folder},
          {"context", job.context},
          {"templates", nlohmann::json::array()}};
  for (const auto& work : job.templates) {
    json["templates"].push_back({{"file", work.file},
                                 {"output", work.output},
                                 {"for_each", work.for_each},
                                 {"data", work.data},
                                 {"marker", work.marker},
                                 {"comment", work.comment}});
  }
}

void from_json(const json& json, RenderJob& job) {
  json.at("template_folder").get_to(job.template_folder);
  job.context = json.at("context");
  for (const auto& work : json.at("templates")) {
    job.templates.push_back({work.at("file").get<std::string>(), work.at("output").get<std::string>(),
                             work.at("for_each").get<std::string>(),
                             work.at("data").get<std::vector<std::string>>(), work.at("marker").get<bool>(),
                             work.at("comment").get<std::string>()});
  }
}

}  // namespace tcps::stages
