#include "actors/stages/render/render_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "actors/engines/tera/tera.h"
#include "actors/stages/common/manifest.h"
#include "actors/stages/render/marker.h"
#include "messages/canonical_json.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

std::optional<FailureMode> mode_of(tera::ErrorKind kind) {
  using Kind = tera::ErrorKind;
  switch (kind) {
    case Kind::syntax:
    case Kind::missing_template:
      return FailureMode::template_syntax_error;
    case Kind::missing_variable:
    case Kind::evaluation:
    case Kind::limit:
      return FailureMode::missing_data_field;
  }
  return no_mode;
}

Finding finding_of(const tera::TemplateError& error) { return {mode_of(error.kind), error.text(), {}}; }

size_t lines_of(std::string_view text) {
  const auto newlines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  return newlines + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

std::string variable_of(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Rendering {
 public:
  Rendering(const RenderJob& job, const ReadFile& read) : job_(job), read_(read) {}

  JobAnswer run() {
    for (const auto& work : job_.templates) {
      if (auto finding = render_template(work)) findings_.push_back(std::move(*finding));
      if (paths_.size() > rendered_files_max) break;
    }
    answer_.fields = {
        {"templates_rendered", std::move(rendered_)},
        {"verification", {{"manual_edits_detected", edits_}, {"all_files_marked", all_marked_}}}};
    answer_.finding = first_of(findings_);
    return std::move(answer_);
  }

 private:
  std::optional<Finding> render_template(const TemplateJob& work) {
    auto context = job_.context;
    if (auto finding = add_rows(work, context)) return finding;
    const tera::Engine engine([&](std::string_view name) { return load(work, name); });
    if (work.for_each.empty()) return render_file(engine, work, context, work.output);
    const auto rows = rows_of_[work.for_each];
    for (const auto& row : rows) {
      context["row"] = row;
      const auto path = engine.render_text(work.output, context, work.file + ": output");
      if (!path) return finding_of(path.error());
      if (auto finding = render_file(engine, work, context, *path)) return finding;
    }
    return std::nullopt;
  }

  std::optional<std::string> load(const TemplateJob& work, std::string_view name) const {
    const auto path = name == work.file ? work.file : job_.template_folder + "/" + std::string(name);
    auto text = is_product_path(path) ? read_(std::string(product_folder) + path)
                                      : fail(ErrorCode::invalid, "no path inside the product");
    if (!text) return std::nullopt;
    return std::move(*text);
  }

  // Puts the rows of the template's queries into its context.
  std::optional<Finding> add_rows(const TemplateJob& work, json& context) {
    auto names = work.data;
    if (!work.for_each.empty()) names.push_back(work.for_each);
    for (const auto& name : names) {
      if (!rows_of_.contains(name)) {
        const auto text = read_(std::string(input_folder) + rows_file(name));
        auto rows = text ? parse_json(*text) : tl::unexpected(text.error());
        if (!rows || !rows->is_array()) {
          return Finding{FailureMode::missing_data_field,
                         work.file + ": the rows of query '" + name +
                             "' are not there: " + (rows ? "no array" : rows.error().message),
                         {}};
        }
        rows_of_[name] = std::move(*rows);
      }
      context[variable_of(name)] = rows_of_[name];
    }
    return std::nullopt;
  }

  std::optional<Finding> render_file(const tera::Engine& engine, const TemplateJob& work, const json& context,
                                     const std::string& path) {
    if (!is_product_path(path) || path.starts_with(report_folder) || path.starts_with(".git/")) {
      return Finding{no_mode,
                     work.file + ": output '" + path.substr(0, 200) + "' is no path that a product may have",
                     {}};
    }
    if (!paths_.insert(path).second) {
      return Finding{FailureMode::output_file_collision,
                     work.file + ": output '" + path + "' is written twice: give each its own path",
                     {}};
    }
    if (paths_.size() > rendered_files_max) {
      return Finding{no_mode, work.file + ": more than 10000 files: render fewer", {}};
    }
    auto text = engine.render(work.file, context);
    if (!text) return finding_of(text.error());
    if (work.marker) mark(*text, work, path);
    all_marked_ = all_marked_ && origin_of(*text) == Origin::untouched;
    if (auto finding = protect(path, *text)) return finding;
    describe(work, path, *text);
    const bool is_script = text->starts_with("#!");
    answer_.outputs.push_back({path, std::move(*text), is_script});
    return std::nullopt;
  }

  static void mark(std::string& text, const TemplateJob& work, const std::string& path) {
    const auto style = work.comment.empty() ? comment_style(path) : style_of_opener(work.comment);
    if (style) text = with_marker(std::move(text), work.file, *style);
  }

  // What lies at `path` in the repository must not be a person's.
  std::optional<Finding> protect(const std::string& path, const std::string& text) {
    const auto there = read_(std::string(product_folder) + path);
    if (!there) {
      if (there.error().code == ErrorCode::not_found) return std::nullopt;
      return Finding{FailureMode::output_file_collision, "'" + path + "': " + there.error().message, {}};
    }
    if (*there == text) return std::nullopt;
    switch (origin_of(*there)) {
      case Origin::untouched:
        return std::nullopt;
      case Origin::unmarked:
        return Finding{FailureMode::output_file_collision,
                       "'" + path +
                           "' is in the repository without the marker of a generated file: "
                           "rename it, or give the template another output",
                       {}};
      case Origin::edited:
      case Origin::unverifiable:
        edits_ = true;
        return Finding{FailureMode::manual_edit_detected,
                       "'" + path +
                           "' was edited by hand after it was generated: take the edit into "
                           "the template or the ontology, and remove the file",
                       {}};
    }
    return std::nullopt;
  }

  void describe(const TemplateJob& work, const std::string& path, const std::string& text) {
    auto names = work.data;
    if (!work.for_each.empty() && std::find(names.begin(), names.end(), work.for_each) == names.end()) {
      names.push_back(work.for_each);
    }
    std::string source;
    for (const auto& name : names) source += (source.empty() ? "extract/" : ", extract/") + rows_file(name);
    rendered_.push_back({{"template", work.file},
                         {"data_source", source},
                         {"output", path},
                         {"lines_generated", lines_of(text)},
                         {"checksum", Digest::of(text).to_string()}});
  }

  const RenderJob& job_;
  const ReadFile& read_;
  JobAnswer answer_;
  json rendered_ = json::array();
  std::map<std::string, json> rows_of_;
  std::set<std::string> paths_;
  std::vector<Finding> findings_;
  bool edits_ = false;
  bool all_marked_ = true;
};

}  // namespace

JobAnswer render(const RenderJob& job, const ReadFile& read) { return Rendering(job, read).run(); }

}  // namespace tcps::stages
