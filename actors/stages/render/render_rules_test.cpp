#include "actors/stages/render/render_rules.h"

#include <gtest/gtest.h>

#include "actors/stages/knowledge/testing/job_files.h"
#include "actors/stages/render/marker.h"

namespace tcps::stages {
namespace {

using nlohmann::json;

class Render : public testing::Test {
 protected:
  JobAnswer run() { return render(job_, reader_of(files_)); }

  JobFiles files_{{"in/the-things.json", R"([{"name":"a","size":1},{"name":"b","size":2}])"},
                  {"product/templates/list.h.tera",
                   "{% for t in the_things %}int {{ t.name }};\n{% endfor %}// {{ version }}\n"}};
  RenderJob job_{{{"templates/list.h.tera", "src/list.h", "", {"the-things"}, true, ""}},
                 "templates",
                 {{"version", "1.2.0"}, {"line", "l"}}};
};

TEST_F(Render, RendersMarksAndDescribesAFile) {
  const auto answer = run();
  ASSERT_FALSE(answer.finding.has_value()) << answer.finding->reason;
  const auto text = output_of(answer, "src/list.h");
  EXPECT_TRUE(text.ends_with("(template: templates/list.h.tera)\nint a;\nint b;\n// 1.2.0\n")) << text;
  EXPECT_EQ(origin_of(text), Origin::untouched);
  EXPECT_EQ(answer.fields["templates_rendered"], json::array({{{"template", "templates/list.h.tera"},
                                                               {"data_source", "extract/the-things.json"},
                                                               {"output", "src/list.h"},
                                                               {"lines_generated", 4},
                                                               {"checksum", Digest::of(text).to_string()}}}));
  EXPECT_EQ(answer.fields["verification"],
            json::parse(R"({"manual_edits_detected":false,"all_files_marked":true})"));
}

TEST_F(Render, RendersOneFileForEachRow) {
  files_["product/templates/one.tera"] = "{{ row.size }} of {{ the_things | length }}";
  job_.templates = {{"templates/one.tera", "src/{{ row.name }}.py", "the-things", {}, true, ""}};
  const auto answer = run();
  ASSERT_FALSE(answer.finding.has_value()) << answer.finding->reason;
  EXPECT_TRUE(output_of(answer, "src/a.py").ends_with("\n1 of 2"));
  EXPECT_TRUE(output_of(answer, "src/b.py").ends_with("\n2 of 2"));
}

TEST_F(Render, LooksIncludesUpInTheTemplateFolder) {
  files_["product/templates/list.h.tera"] = "{% include \"parts/head.tera\" %}";
  files_["product/templates/parts/head.tera"] = "// head of {{ line }}";
  EXPECT_TRUE(output_of(run(), "src/list.h").ends_with("// head of l"));
  files_["product/templates/list.h.tera"] = "{% include \"../secret\" %}";
  files_["product/secret"] = "no template";
  EXPECT_EQ(mode_of(run()), FailureMode::template_syntax_error);
}

TEST_F(Render, MakesScriptsExecutableAndLeavesOthersAlone) {
  files_["product/templates/run.tera"] = "#!/bin/sh\necho hello\n";
  job_.templates.push_back({"templates/run.tera", "run", "", {}, true, "#"});
  const auto answer = run();
  ASSERT_EQ(answer.outputs.size(), 2u);
  EXPECT_FALSE(answer.outputs[0].executable);
  EXPECT_TRUE(answer.outputs[1].executable);
  EXPECT_EQ(origin_of(answer.outputs[1].bytes), Origin::untouched);
}

TEST_F(Render, SaysWhenAFileCarriesNoMarker) {
  files_["product/templates/data.tera"] = "{}";
  job_.templates.push_back({"templates/data.tera", "data.json", "", {}, true, ""});
  auto answer = run();
  EXPECT_FALSE(answer.finding.has_value());
  EXPECT_EQ(output_of(answer, "data.json"), "{}");
  EXPECT_EQ(answer.fields["verification"]["all_files_marked"], false);
  job_.templates.pop_back();
  job_.templates[0].marker = false;
  answer = run();
  EXPECT_EQ(output_of(answer, "src/list.h"), "int a;\nint b;\n// 1.2.0\n");
  EXPECT_EQ(answer.fields["verification"]["all_files_marked"], false);
}

TEST_F(Render, NamesThePlaceInAMalformedOrMissingTemplate) {
  files_["product/templates/list.h.tera"] = "first\n{% for t in %}\n";
  auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::template_syntax_error);
  EXPECT_NE(reason_of(answer).find("templates/list.h.tera:2:"), std::string::npos) << reason_of(answer);
  files_.erase("product/templates/list.h.tera");
  answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::template_syntax_error);
  EXPECT_NE(reason_of(answer).find("templates/list.h.tera"), std::string::npos) << reason_of(answer);
}

TEST_F(Render, NamesDataThatIsMissing) {
  files_["product/templates/list.h.tera"] = "\n{{ unknown_things }}";
  auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::missing_data_field);
  EXPECT_NE(reason_of(answer).find("unknown_things"), std::string::npos) << reason_of(answer);
  files_["product/templates/list.h.tera"] = "{% for t in the_things %}{{ t.colour }}{% endfor %}";
  EXPECT_EQ(mode_of(run()), FailureMode::missing_data_field);
  files_["product/templates/list.h.tera"] = "{{ version * 2 }}";
  EXPECT_EQ(mode_of(run()), FailureMode::missing_data_field);
  for (const auto* rows : {"{}", "[", ""}) {
    files_["in/the-things.json"] = rows;
    EXPECT_EQ(mode_of(run()), FailureMode::missing_data_field) << rows;
  }
}

TEST_F(Render, ReplacesWhatAnEarlierRunMadeFromOtherKnowledge) {
  files_["product/src/list.h"] = output_of(run(), "src/list.h");
  files_["in/the-things.json"] = R"([{"name":"c"}])";
  const auto answer = run();
  ASSERT_FALSE(answer.finding.has_value()) << answer.finding->reason;
  EXPECT_NE(output_of(answer, "src/list.h").find("int c;"), std::string::npos);
}

TEST_F(Render, DetectsAnEditByHand) {
  files_["product/src/list.h"] = output_of(run(), "src/list.h") + "int mine;\n";
  auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::manual_edit_detected);
  EXPECT_EQ(answer.fields["verification"]["manual_edits_detected"], true);
  EXPECT_NE(reason_of(answer).find("src/list.h"), std::string::npos);
  files_["product/src/list.h"] = "// Generated by TCPS (template: templates/list.h.tera)\nint a;\n";
  EXPECT_EQ(mode_of(run()), FailureMode::manual_edit_detected);
}

TEST_F(Render, WritesOverNobodysFile) {
  files_["product/src/list.h"] = "int mine;\n";
  EXPECT_EQ(mode_of(run()), FailureMode::output_file_collision);
  job_.templates[0].marker = false;
  files_["product/src/list.h"] = "int a;\nint b;\n// 1.2.0\n";
  EXPECT_FALSE(run().finding.has_value());
  files_["product/src/list.h"] += "\n";
  EXPECT_EQ(mode_of(run()), FailureMode::output_file_collision);
}

TEST_F(Render, RefusesTwoFilesOfOnePath) {
  files_["product/templates/one.tera"] = "x";
  job_.templates = {{"templates/one.tera",
                     "src/{{ row.name | truncate(length=0, end=\"\") }}same.py",
                     "the-things",
                     {},
                     true,
                     ""}};
  EXPECT_EQ(mode_of(run()), FailureMode::output_file_collision);
}

TEST_F(Render, RefusesPathsThatLeaveTheProduct) {
  files_["product/templates/one.tera"] = "x";
  for (const auto* path : {"../up", "/etc/passwd", "a//b", ".tcps/report", ".git/config", "a/./b"}) {
    files_["in/the-things.json"] = json::array({{{"path", path}}}).dump();
    job_.templates = {{"templates/one.tera", "{{ row.path }}", "the-things", {}, true, ""}};
    const auto answer = run();
    EXPECT_EQ(mode_of(answer), no_mode) << path;
    EXPECT_TRUE(answer.outputs.empty()) << path;
  }
}

TEST_F(Render, NamesEveryTemplateThatFails) {
  files_["product/templates/bad.tera"] = "{{";
  job_.templates.push_back({"templates/bad.tera", "bad.py", "", {}, true, ""});
  job_.templates.push_back({"templates/absent.tera", "absent.py", "", {}, true, ""});
  const auto answer = run();
  EXPECT_EQ(mode_of(answer), FailureMode::template_syntax_error);
  EXPECT_EQ(answer.finding->detail.size(), 2u);
}

}  // namespace
}  // namespace tcps::stages
