#include "actors/stages/standard_work/standard_work.h"

#include <fmt/format.h>

#include <algorithm>

#include "actors/stages/standard_work/check.h"
#include "actors/stages/standard_work/rules.h"
#include "actors/stages/standard_work/values.h"
#include "messages/demand_sources.h"
#include "messages/files.h"

namespace tcps {
namespace {

using line_toml::Problems;
using std::chrono::milliseconds;

constexpr size_t file_bytes_max = 1 << 20;
constexpr std::array<std::string_view, 8> build_system_names = {"cmake", "make", "rebar3", "npm",
                                                                "cargo", "go",   "python", "custom"};

// Reads one table whose values were checked; what failed the check reads as empty, so that every rule still
// runs.
class Reader {
 public:
  explicit Reader(const toml::table& table) : table_(&table) {}

  bool has(std::string_view key) const { return table_->contains(key); }
  std::string text(std::string_view key) const { return (*table_)[key].value_or(std::string()); }
  bool boolean(std::string_view key) const { return (*table_)[key].value_or(false); }
  double number(std::string_view key) const { return (*table_)[key].value_or(0.0); }

  uint32_t integer(std::string_view key) const {
    int64_t value = (*table_)[key].value_or(int64_t{0});
    return value < 0 || value > UINT32_MAX ? 0 : uint32_t(value);
  }
  milliseconds duration(std::string_view key) const {
    return line_toml::parse_duration(text(key)).value_or(milliseconds{});
  }
  std::vector<std::string> texts(std::string_view key) const { return strings((*table_)[key].as_array()); }

  std::vector<Argv> commands(std::string_view key) const {
    std::vector<Argv> out;
    if (const auto* items = (*table_)[key].as_array()) {
      for (const toml::node& item : *items) out.push_back(strings(item.as_array()));
    }
    return out;
  }
  Environment environment(std::string_view key) const {
    Environment out;
    if (const auto* items = (*table_)[key].as_table()) {
      for (auto&& [name, value] : *items) out.emplace(name.str(), value.value_or(std::string()));
    }
    return out;
  }

  // The table under `key`; an empty one when it is absent.
  Reader table(std::string_view key) const {
    static const toml::table nothing;
    const auto* inner = (*table_)[key].as_table();
    return Reader(inner ? *inner : nothing);
  }
  std::vector<Reader> tables(std::string_view key) const {
    std::vector<Reader> out;
    if (const auto* items = (*table_)[key].as_array()) {
      for (const toml::node& item : *items) {
        if (item.is_table()) out.emplace_back(*item.as_table());
      }
    }
    return out;
  }
  std::vector<std::pair<std::string, Reader>> members() const {
    std::vector<std::pair<std::string, Reader>> out;
    for (auto&& [name, node] : *table_) {
      if (node.is_table()) out.emplace_back(name.str(), Reader(*node.as_table()));
    }
    return out;
  }

 private:
  static std::vector<std::string> strings(const toml::array* items) {
    std::vector<std::string> out;
    if (!items) return out;
    for (const toml::node& item : *items) out.push_back(item.value_or(std::string()));
    return out;
  }

  const toml::table* table_;
};

Pool pool_or(const std::string& text, const Pool& otherwise) { return Pool::parse(text).value_or(otherwise); }

std::string or_else(std::string text, const std::string& otherwise) {
  return text.empty() ? otherwise : text;
}

void read_line(const Reader& root, StandardWork& work) {
  auto line = root.table("line");
  work.line = LineName::parse(line.text("name")).value_or(LineName());
  work.sku = or_else(line.text("sku"), work.line.str());
  work.title = or_else(line.text("title"), work.line.str());
  work.description = line.text("description");
  work.pool = pool_or(line.text("pool"), Pool());
  work.initial_version = line.text("initial_version");
  work.wip_limit = root.table("wip").integer("limit");
  work.backlog_limit = root.table("backlog").integer("limit");
  work.procedures =
      find_word<ProcedureKind>(root.table("procedures").text("kind")).value_or(ProcedureKind::real);
}

void read_stages(const Reader& root, StandardWork& work) {
  for (Stage stage : all_stages) {
    auto table = root.table("stage").table(to_string(stage));
    auto& out = work.stages[static_cast<size_t>(stage) - 1];
    out.wip = table.has("wip") ? table.integer("wip") : work.wip_limit;
    out.workers = table.has("workers") ? table.integer("workers") : 1;
    out.slo = table.has("slo") ? table.duration("slo") : milliseconds(standard_slo(stage));
    out.pool = pool_or(table.text("pool"), work.pool);
  }
}

void read_demand(const Reader& root, StandardWork& work) {
  for (Bucket bucket : all_buckets) {
    work.slots[static_cast<size_t>(bucket)] = root.table("heijunka").integer(to_string(bucket));
  }
  for (const auto& [source, table] : root.table("demand").members()) {
    auto bucket = parse_word<Bucket>(table.text("bucket")).value_or(standard_bucket(source));
    work.demand[source] = {table.text("file"), bucket};
  }
  if (!work.demand.empty()) return;
  for (const auto& [source, bucket] : standard_sources) work.demand[std::string(source)] = {"", bucket};
}

void read_knowledge(const Reader& root, StandardWork& work) {
  if (root.has("knowledge")) {
    auto table = root.table("knowledge");
    work.knowledge = Knowledge{table.texts("ontology"), table.texts("shapes"),
                               table.texts("work_order_shapes"), table.integer("iterations")};
  }
  work.template_folder = root.table("render").text("templates");
  for (const Reader& query : root.tables("query")) {
    work.queries.push_back({query.text("name"), query.text("file"), query.text("schema"),
                            query.duration("timeout"), query.boolean("allow_empty"),
                            query.texts("features")});
  }
  for (const Reader& entry : root.tables("template")) {
    work.templates.push_back({entry.text("file"), entry.texts("data"), entry.text("output"),
                              entry.text("for_each"), entry.boolean("marker"), entry.text("comment"),
                              entry.texts("features")});
  }
}

void read_build(const Reader& root, StandardWork& work) {
  auto table = root.table("build");
  auto name = std::find(build_system_names.begin(), build_system_names.end(), table.text("system"));
  auto& build = work.build;
  build.system = name == build_system_names.end()
                     ? BuildSystem::custom
                     : all_build_systems[size_t(name - build_system_names.begin())];
  build.prepare = table.commands("prepare");
  build.commands = table.has("commands") ? table.commands("commands") : default_build_commands(build.system);
  build.compiler_version = table.texts("compiler_version");
  build.lock = table.texts("lock");
  build.outputs = table.texts("outputs");
  build.repeat = table.integer("repeat");
  build.environment = table.environment("environment");
  build.timeout = table.duration("timeout");
}

std::optional<TestSuite> read_suite(const Reader& test, std::string_view name) {
  if (!test.has(name)) return {};
  auto table = test.table(name);
  return TestSuite{table.text("framework"), table.commands("commands"), table.texts("junit"),
                   table.integer("tests_per_property"), table.duration("timeout")};
}

void read_test(const Reader& root, StandardWork& work) {
  auto table = root.table("test");
  work.test.unit = read_suite(table, "unit");
  work.test.integration = read_suite(table, "integration");
  work.test.property = read_suite(table, "property");
  if (table.has("coverage")) {
    auto coverage = table.table("coverage");
    work.test.coverage = CoverageWork{coverage.commands("commands"), coverage.text("report"),
                                      coverage.number("threshold_lines")};
  }
  work.test.environment = table.environment("environment");
  work.test.flaky_reruns = table.integer("flaky_reruns");
}

void read_release(const Reader& root, StandardWork& work) {
  auto table = root.table("release");
  work.release.name = table.text("name");
  work.release.commands = table.commands("commands");
  work.release.required = table.texts("required");
  for (const Reader& file : table.tables("files"))
    work.release.files.push_back({file.text("from"), file.text("to")});
  if (table.has("image")) {
    auto image = table.table("image");
    work.release.image =
        ImageWork{image.texts("entrypoint"), image.texts("cmd"), image.environment("environment"),
                  image.environment("labels"), image.text("working_directory")};
  }
}

void read_publish(const Reader& root, StandardWork& work) {
  auto table = root.table("publish");
  auto& publish = work.publish;
  publish.oci_registry = table.table("oci").text("registry");
  publish.oci_repository = or_else(table.table("oci").text("repository"), work.sku);
  publish.marketplace_directory = table.table("marketplace").text("directory");
  publish.attempts = table.integer("attempts");
  if (table.has("channels")) {
    for (const auto& name : table.texts("channels")) {
      publish.channels.push_back(name == "oci" ? Channel::oci : Channel::marketplace);
    }
    return;
  }
  if (table.has("oci")) publish.channels.push_back(Channel::oci);
  if (table.has("marketplace")) publish.channels.push_back(Channel::marketplace);
}

std::vector<NamedCommand> read_named_commands(const std::vector<Reader>& tables) {
  std::vector<NamedCommand> out;
  for (const Reader& table : tables) out.push_back({table.text("name"), table.texts("command")});
  return out;
}

void read_verify_and_limits(const Reader& root, StandardWork& work) {
  auto verify = root.table("verify");
  work.verify = {read_named_commands(verify.tables("smoke")), verify.texts("image_command"),
                 read_named_commands(verify.tables("entitlement"))};
  auto andon = root.table("andon");
  for (const auto& text : andon.texts("escalate_after")) {
    work.andon.escalate_after.push_back(line_toml::parse_duration(text).value_or(milliseconds{}));
  }
  work.andon.stop_stage_after = andon.integer("stop_stage_after");
  auto artifacts = root.table("artifacts");
  work.artifacts.keep = artifacts.duration("keep");
  for (const auto& name : artifacts.texts("never_swept")) {
    if (auto stage = parse_stage(name)) work.artifacts.never_swept.push_back(*stage);
  }
  auto sandbox = root.table("sandbox");
  work.sandbox = {sandbox.integer("memory_mib"), sandbox.integer("processes"), sandbox.texts("read_only")};
}

StandardWork read(const toml::table& table) {
  StandardWork work;
  Reader root(table);
  read_line(root, work);
  read_stages(root, work);
  read_demand(root, work);
  read_knowledge(root, work);
  read_build(root, work);
  read_test(root, work);
  read_release(root, work);
  read_publish(root, work);
  read_verify_and_limits(root, work);
  return work;
}

}  // namespace

std::string_view to_string(BuildSystem system) { return build_system_names[static_cast<size_t>(system)]; }

std::vector<Argv> default_build_commands(BuildSystem system) {
  switch (system) {
    case BuildSystem::cmake:
      return {{"cmake", "-S", ".", "-B", "build", "-DCMAKE_BUILD_TYPE=Release"},
              {"cmake", "--build", "build"}};
    case BuildSystem::make:
      return {{"make"}};
    case BuildSystem::rebar3:
      return {{"rebar3", "as", "prod", "compile"}};
    case BuildSystem::npm:
      return {{"npm", "run", "build"}};
    case BuildSystem::cargo:
      return {{"cargo", "build", "--release", "--locked", "--offline"}};
    case BuildSystem::go:
      return {{"go", "build", "-trimpath", "-o", "build/", "./..."}};
    case BuildSystem::python:
      return {{"python3", "-m", "build", "--no-isolation"}};
    case BuildSystem::custom:
      return {};
  }
  return {};
}

Result<StandardWork> StandardWork::parse(std::string_view text, std::string_view file_name) {
  if (text.size() > file_bytes_max) {
    return fail(ErrorCode::invalid, fmt::format("{}: has {} bytes; a line.toml has at most {}", file_name,
                                                text.size(), file_bytes_max));
  }
  Problems problems;
  auto root = line_toml::parse_toml(text, problems);
  if (!root) return fail(ErrorCode::invalid, problems.message(file_name));
  line_toml::check_and_complete(*root, problems);
  StandardWork work = read(*root);
  line_toml::check_rules(work, *root, problems);
  if (!problems.empty()) return fail(ErrorCode::invalid, problems.message(file_name));
  work.digest = Digest::of(text);
  return work;
}

Result<StandardWork> StandardWork::load(const std::string& path) {
  auto text = read_file(path, file_bytes_max);
  if (text) return parse(*text, path);
  Error error = text.error();
  if (error.code == ErrorCode::not_found) error.message += "; write one with 'tcps init'";
  if (error.code == ErrorCode::full) error.code = ErrorCode::invalid;
  return fail(std::move(error));
}

bool serves(const Features& features, std::string_view feature) {
  return features.empty() || std::find(features.begin(), features.end(), feature) != features.end();
}

}  // namespace tcps
