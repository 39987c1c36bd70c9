// tcps line ...
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "actors/stages/standard_work/detect.h"
#include "nodes/tcps/run/product_source.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct InitOptions {
  std::string path = ".";
  bool print = false;
};

Outcome init(Shell& shell, const InitOptions& options) {
  std::error_code error;
  const fs::path folder = fs::canonical(options.path, error);
  if (error || !fs::is_directory(folder))
    return fail(ErrorCode::not_found, fmt::format("{} is not a folder; name a repository", options.path));
  const RepositoryListing listing{folder.filename().string(), list_files(folder.string())};
  const std::string text = detect_line_toml(listing);
  const auto system = to_string(detect_build_system(listing));
  if (options.print) {
    if (shell.out().json) {
      shell.out().document({{"build_system", system}, {"line_toml", text}});
    } else {
      shell.out().raw(text);
    }
    return Exit::ok;
  }
  const std::string path = (folder / "line.toml").string();
  if (fs::exists(path))
    return fail(
        ErrorCode::conflict,
        fmt::format("{} is there already; see tcps line init --print for what would be written", path));
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file)
    return fail(ErrorCode::io, fmt::format("{} cannot be written; check the folder's permissions", path));
  shell.out().document({{"build_system", system}, {"path", path}});
  shell.out().text(fmt::format(
      "wrote {} (build system: {}); look at what is marked \"check:\", then run tcps line check {}", path,
      system, options.path));
  return Exit::ok;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Outcome check(Shell& shell, const std::string& path) {
  auto source = ProductSource::open(path);
  std::vector<std::string> problems;
  if (!source && source.error().code != ErrorCode::invalid) return fail(source.error());
  if (source) {
    problems = missing_files(source->standard_work, source->folder);
  } else {
    problems = lines_of(source.error().message);
  }
  shell.out().document({{"path", path}, {"good", problems.empty()}, {"problems", problems}});
  for (const std::string& problem : problems) shell.out().text(problem);
  if (!problems.empty()) return Exit::usage;
  const StandardWork& work = source->standard_work;
  shell.out().text(fmt::format("{} is good: line {}, product {}, {} queries, {} templates, build by {}", path,
                               work.line.str(), work.sku, work.queries.size(), work.templates.size(),
                               to_string(work.build.system)));
  return Exit::ok;
}

Outcome publish(Shell& shell, const std::string& path) {
  auto source = TCPS_TRY(ProductSource::open(path));
  if (shell.options().line.empty()) shell.options().line = source.standard_work.line.str();
  auto line = TCPS_TRY(shell.line());
  auto published = TCPS_TRY(publish_product(*line, source));
  const StandardWork& work = source.standard_work;
  shell.out().document({{"line", work.line.str()},
                        {"sku", work.sku},
                        {"snapshot", source.snapshot.to_string()},
                        {"standard_work", work.digest.to_string()},
                        {"changed", published.changed},
                        {"position", published.position}});
  shell.out().text(fmt::format("line {} {} {} (snapshot {}, standard work {})", work.line.str(),
                               published.changed ? "now makes" : "makes already", work.sku,
                               view::short_digest(source.snapshot.to_string()),
                               view::short_digest(work.digest.to_string())));
  return Exit::ok;
}

}  // namespace

void add_line_commands(Shell& shell) {
  CLI::App* group = shell.group("line", "a product's standard work: line.toml");
  auto options = std::make_shared<InitOptions>();
  CLI::App* command = shell.command(group, "init", "write a first line.toml by looking at the repository",
                                    [&shell, options] { return init(shell, *options); });
  command->add_option("path", options->path, "the repository")->capture_default_str();
  command->add_flag("--print", options->print, "print it and write nothing");
  auto checked = std::make_shared<std::string>(".");
  shell
      .command(group, "check", "check line.toml and the files it names",
               [&shell, checked] { return check(shell, *checked); })
      ->add_option("path", *checked, "the repository: a path or a git URL")
      ->capture_default_str();
  auto published = std::make_shared<std::string>(".");
  shell
      .command(group, "publish", "let the line make the product as it is now",
               [&shell, published] { return publish(shell, *published); })
      ->add_option("path", *published, "the repository: a path or a git URL")
      ->capture_default_str();
}

}  // namespace tcps::cli
