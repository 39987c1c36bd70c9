#include "actors/stages/standard_work/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "actors/stages/standard_work/values.h"
#include "messages/text.h"

namespace tcps::line_toml {
namespace {

constexpr std::array<std::string_view, 5> template_names = {"row", "product", "line", "work_order",
                                                            "source_date"};

bool is_environment_name(std::string_view name) {
  auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= 128 && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), is_word);
}

bool is_oci_repository(std::string_view text) {
  auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  auto parts = split(text, '/');
  return std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return !part.empty() && is_alphanumeric(part.front()) && is_alphanumeric(part.back()) &&
           std::all_of(part.begin(), part.end(),
                       [&](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
  });
}

class Rules {
 public:
  Rules(const StandardWork& work, const toml::table& root, Problems& problems)
      : work_(work), root_(root), problems_(problems) {}

  void check() {
    flow();
    queries();
    templates();
    build_and_test();
    release();
    publish_and_verify();
    andon_and_sandbox();
  }

 private:
  void problem(const std::string& key, std::string text) {
    problems_.add(position_of(root_, key), key, std::move(text));
  }
  bool is_real() const { return work_.procedures == ProcedureKind::real; }
  bool has(std::string_view path) const { return bool(root_.at_path(path)); }

  void flow() {
    if (std::accumulate(work_.slots.begin(), work_.slots.end(), uint64_t{0}) == 0) {
      problem("heijunka",
              "gives no bucket a slot, so nothing would ever be planned; give at least one bucket 1");
    }
  }

  void queries() {
    if (!work_.knowledge) {
      if (!work_.queries.empty()) problem("query", "needs an ontology to ask; add [knowledge]");
      if (!work_.templates.empty()) problem("template", "needs extracted data; add [knowledge]");
    }
    std::set<std::string_view> names;
    for (size_t i = 0; i < work_.queries.size(); ++i) {
      const auto& name = work_.queries[i].name;
      auto key = fmt::format("query[{}].name", i + 1);
      if (name.empty()) continue;
      if (!names.insert(name).second)
        problem(key, fmt::format("'{}' names an earlier query too; give each its own name", name));
      std::string variable = name;
      std::replace(variable.begin(), variable.end(), '-', '_');
      if (std::find(template_names.begin(), template_names.end(), variable) != template_names.end()) {
        problem(key, fmt::format("'{}' is a name that every template has already; choose another", name));
      }
    }
  }

  const QueryWork* query(std::string_view name) const {
    auto at = std::find_if(work_.queries.begin(), work_.queries.end(),
                           [&](const QueryWork& query) { return query.name == name; });
    return at == work_.queries.end() ? nullptr : &*at;
  }

  // A template may use a query only if the query runs whenever the template is rendered.
  void use_of_query(const std::string& key, const TemplateWork& work, const std::string& name) {
    const QueryWork* used = query(name);
    if (!used) {
      std::vector<std::string_view> names;
      for (const auto& query : work_.queries) names.push_back(query.name);
      auto nearest = nearest_name(name, names);
      return problem(key, fmt::format("no query is named '{}'; {}", name,
                                      nearest ? fmt::format("did you mean '{}'?", *nearest)
                                              : "add a [[query]] with that name"));
    }
    bool runs = used->features.empty() ||
                (!work.features.empty() &&
                 std::all_of(work.features.begin(), work.features.end(),
                             [&](const auto& feature) { return serves(used->features, feature); }));
    if (!runs)
      problem(key, fmt::format("query '{}' does not run for every work order of this template; give the "
                               "template features that the query has",
                               name));
  }

  void templates() {
    std::set<std::string_view> outputs;
    for (size_t i = 0; i < work_.templates.size(); ++i) {
      const auto& work = work_.templates[i];
      auto key = fmt::format("template[{}]", i + 1);
      for (const auto& name : work.data) use_of_query(key + ".data", work, name);
      if (!work.for_each.empty()) use_of_query(key + ".for_each", work, work.for_each);
      bool has_expression = work.output.find("{{") != std::string::npos;
      if (!work.for_each.empty() && !work.output.empty() && !has_expression) {
        problem(key + ".output",
                "would be one file for all rows of for_each; put {{ row.<column> }} into it");
      }
      if (work.for_each.empty() && has_expression)
        problem(key + ".output", "holds {{ }} without rows to fill it; add for_each");
      if (!work.output.empty() && !outputs.insert(work.output).second) {
        problem(
            key + ".output",
            fmt::format("'{}' is written by an earlier template too; give each its own output", work.output));
      }
    }
  }

  void environment(const std::string& key, const Environment& environment) {
    for (const auto& [name, value] : environment) {
      if (!is_environment_name(name))
        problem(key,
                fmt::format("'{}' is not the name of an environment variable; use letters, digits and '_'",
                            name));
    }
  }

  void build_and_test() {
    environment("build.environment", work_.build.environment);
    environment("test.environment", work_.test.environment);
    if (!is_real()) return;
    if (work_.build.commands.empty() && !has("build.commands"))
      problem("build.commands",
              "the build system is 'custom', which has no commands of its own; add them, or name the "
              "build.system");
    if (has("build.commands") && work_.build.commands.empty())
      problem("build.commands", "is empty; give at least one command");
    if (work_.build.outputs.empty())
      problem("build.outputs", "names nothing to collect from the build; add at least one glob");
    if (!work_.test.unit && !work_.test.integration)
      problem("test",
              "has no suite, and untested work is never released; add [test.unit] or [test.integration]");
  }

  void release() {
    for (size_t i = 0; i < work_.release.files.size(); ++i) {
      const auto& file = work_.release.files[i];
      bool many = file.from.find_first_of("*?[") != std::string::npos;
      if (many && !file.to.empty() && file.to.back() != '/') {
        problem(fmt::format("release.files[{}].to", i + 1),
                "must be a folder, because 'from' may match several files; end it with '/'");
      }
    }
    if (work_.release.image) environment("release.image.environment", work_.release.image->environment);
    if (is_real() && work_.release.files.empty() && work_.release.commands.empty()) {
      problem("release", "packs nothing; add [[release.files]] or release.commands");
    }
  }

  void publish_and_verify() {
    std::set<Channel> seen;
    for (Channel channel : work_.publish.channels) {
      std::string table = channel == Channel::oci ? "publish.oci" : "publish.marketplace";
      if (!has(table))
        problem("publish.channels", fmt::format("names a channel without a table; add [{}]", table));
      if (!seen.insert(channel).second) problem("publish.channels", "names a channel twice; name each once");
    }
    if (has("publish.oci")) {
      if (!work_.release.image) problem("publish.oci", "has no image to push; add [release.image]");
      if (!is_oci_repository(work_.publish.oci_repository)) {
        problem(
            "publish.oci.repository",
            fmt::format("'{}' is not an image repository; use a-z and 0-9 with '.', '_', '-' and '/' between",
                        work_.publish.oci_repository));
      }
    }
    if (!work_.verify.image_command.empty() && !work_.release.image)
      problem("verify.image_command", "has no image to run in; add [release.image]");
  }

  void andon_and_sandbox() {
    const auto& times = work_.andon.escalate_after;
    bool ascending = std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) == times.end();
    if (!ascending)
      problem("andon.escalate_after",
              "is not ascending; each level must be called later than the one before");
    if (auto network = root_.at_path("sandbox.network").value<bool>(); network.value_or(false)) {
      problem("sandbox.network",
              "is refused: with a network a build is neither repeatable nor explained by its receipt; put "
              "dependencies into the repository or a read_only path, and set it to false");
    }
    for (const auto& path : work_.sandbox.read_only) {
      if (path == "/")
        problem("sandbox.read_only",
                "'/' would show the whole node to procedures; name the folder that they need");
    }
  }

  const StandardWork& work_;
  const toml::table& root_;
  Problems& problems_;
};

}  // namespace

void check_rules(const StandardWork& work, const toml::table& root, Problems& problems) {
  Rules(work, root, problems).check();
}

}  // namespace tcps::line_toml
