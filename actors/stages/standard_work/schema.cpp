#include "actors/stages/standard_work/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "actors/stages/standard_work/standard_work.h"
#include "actors/stages/standard_work/values.h"
#include "messages/stage.h"
#include "messages/text.h"
#include "messages/vocabulary.h"

namespace tcps::line_toml {
namespace {

using enum Kind;
using enum Form;

constexpr double second = 1000, minute = 60 * second, hour = 60 * minute;
constexpr std::string_view build_systems = "cmake|make|rebar3|npm|cargo|go|python|custom";
constexpr std::string_view stage_names = joined_words<Stage>;
constexpr std::string_view bucket_names = joined_words<Bucket>;
constexpr std::string_view procedure_kinds = joined_words<ProcedureKind>;

// clang-format off
constexpr auto all_keys = std::to_array<Key>({
    {"line.name", token, one, 0, 0, {}, true, {},
     "the line's name: part of its stream, subjects and log origin"},
    {"line.sku", token, one, 0, 0, {}, false, "(`line.name`)", "the product this line makes"},
    {"line.title", text, one, 0, 0, {}, false, "(`line.name`)", "one line for people"},
    {"line.description", text, one, 0, 0, {}, false, "\"\"",
     "what the product is for; goes into the marketplace listing"},
    {"line.pool", token, one, 0, 0, {}, false, "\"any\"", "kind of worker that the cards need"},
    {"line.initial_version", version, one, 0, 0, {}, false, "\"1.0.0\"", "version of the first release"},

    {"wip.limit", integer, one, 1, 10000, {}, false, "3",
     "work orders in production at once on the whole line"},

    {"backlog.limit", integer, one, 1, 1000000, {}, false, "1000",
     "accepted work orders that may wait for planning; when full, intake refuses"},

    {"stage.<stage>.wip", integer, one, 1, 10000, {}, false, "(`wip.limit`)",
     "cards of the stage in work at once over all nodes"},
    {"stage.<stage>.workers", integer, one, 1, 256, {}, false, "1", "workers of the stage on each node"},
    {"stage.<stage>.slo", duration, one, 100, 24 * hour, {}, false, "(Standard Work)",
     "deadline of one work order at the stage"},
    {"stage.<stage>.pool", token, one, 0, 0, {}, false, "(`line.pool`)",
     "kind of worker that the stage's cards need"},

    {"heijunka.reliability", integer, one, 0, 1000, {}, false, "2",
     "slots of the bucket in each cycle of the schedule"},
    {"heijunka.security", integer, one, 0, 1000, {}, false, "2", "as above"},
    {"heijunka.features", integer, one, 0, 1000, {}, false, "1", "as above"},
    {"heijunka.compliance", integer, one, 0, 1000, {}, false, "1", "as above"},
    {"heijunka.debt", integer, one, 0, 1000, {}, false, "1", "as above; at least one bucket has a slot"},

    {"demand.<source>.file", path, one, 0, 0, {}, false, "(none: by the bus only)",
     "recorded demand signals, a JSON array"},
    {"demand.<source>.bucket", choice, one, 0, 0, bucket_names, false,
     "(`security` for source `security`, `reliability` for `github`, else `features`)",
     "bucket of a signal that names none"},

    {"knowledge.ontology", glob, list, 0, 0, {}, true, {}, "Turtle files of the product's ontology"},
    {"knowledge.shapes", glob, list, 0, 0, {}, false, "[]", "SHACL shapes that the ontology must satisfy"},
    {"knowledge.work_order_shapes", glob, list, 0, 0, {}, false, "[]",
     "SHACL shapes that every work order must satisfy at pull"},
    {"knowledge.iterations", integer, one, 2, 10, {}, false, "3",
     "times the ontology is loaded and compared"},

    {"query[].name", token, one, 0, 0, {}, true, {},
     "the query's name, and its variable in templates (`-` becomes `_`)"},
    {"query[].file", path, one, 0, 0, {}, true, {}, "SPARQL SELECT query"},
    {"query[].schema", path, one, 0, 0, {}, false, "(none)",
     "JSON Schema of the result, an array of row objects"},
    {"query[].timeout", duration, one, 100, hour, {}, false, "\"30s\"", "longest run of the query"},
    {"query[].allow_empty", boolean, one, 0, 0, {}, false, "false",
     "whether no rows is a result rather than a failure"},
    {"query[].features", token, list, 0, 0, {}, false, "[]",
     "run only for work orders of these features; empty: for all"},

    {"render.templates", path, one, 0, 0, {}, false, "\"templates\"",
     "folder in which include, import and extends look names up"},

    {"template[].file", path, one, 0, 0, {}, true, {}, "Tera template"},
    {"template[].data", token, list, 0, 0, {}, false, "[]", "queries whose rows the template sees"},
    {"template[].output", path, one, 0, 0, {}, true, {},
     "file to write; with `for_each` it may hold `{{ row.<column> }}`"},
    {"template[].for_each", token, one, 0, 0, {}, false, "(none)",
     "query whose rows each render one file, as `row`"},
    {"template[].marker", boolean, one, 0, 0, {}, false, "true",
     "write and check the generated-file marker line"},
    {"template[].comment", text, one, 0, 0, {}, false, "(by the output's suffix)",
     "comment opener of the marker line, as `%%`"},
    {"template[].features", token, list, 0, 0, {}, false, "[]",
     "render only for work orders of these features; empty: for all"},

    {"build.system", choice, one, 0, 0, build_systems, false, "\"custom\"", "the product's build system"},
    {"build.prepare", text, commands, 0, 0, {}, false, "[]",
     "commands that check, offline, that the dependencies are there"},
    {"build.commands", text, commands, 0, 0, {}, false, "(by `build.system`)",
     "commands that build; needed when the system is `custom`"},
    {"build.compiler_version", text, argv, 0, 0, {}, false, "(none)",
     "command whose first line of output names the compiler"},
    {"build.lock", path, list, 0, 0, {}, false, "[]", "dependency lock files, recorded by digest"},
    {"build.outputs", glob, list, 0, 0, {}, false, "[]", "files to collect; needed for real procedures"},
    {"build.repeat", integer, one, 1, 10, {}, false, "3", "clean builds that must agree byte for byte"},
    {"build.environment", text, table, 0, 0, {}, false, "{}", "environment variables of the build"},
    {"build.timeout", duration, one, 100, 24 * hour, {}, false, "(the stage's SLO)",
     "longest run of one build"},

    {"test.flaky_reruns", integer, one, 0, 10, {}, false, "1",
     "how often a failed suite runs again to tell a flaky test from a broken one"},
    {"test.environment", text, table, 0, 0, {}, false, "{}", "environment variables of every suite"},
    {"test.unit.framework", text, one, 0, 0, {}, true, {},
     "framework named in the receipt: `googletest`, `eunit`"},
    {"test.unit.commands", text, commands, 0, 0, {}, true, {}, "commands that run the suite"},
    {"test.unit.junit", glob, list, 0, 0, {}, false, "[]",
     "JUnit XML reports that the commands write; without any, each command counts as one test"},
    {"test.unit.timeout", duration, one, 100, 24 * hour, {}, false, "(the stage's SLO)",
     "longest run of the suite"},
    {"test.integration.framework", text, one, 0, 0, {}, true, {}, "as for `test.unit`"},
    {"test.integration.commands", text, commands, 0, 0, {}, true, {}, "as for `test.unit`"},
    {"test.integration.junit", glob, list, 0, 0, {}, false, "[]", "as for `test.unit`"},
    {"test.integration.timeout", duration, one, 100, 24 * hour, {}, false, "(the stage's SLO)",
     "as for `test.unit`"},
    {"test.property.framework", text, one, 0, 0, {}, true, {}, "as for `test.unit`: `rapidcheck`, `proper`"},
    {"test.property.commands", text, commands, 0, 0, {}, true, {}, "as for `test.unit`"},
    {"test.property.junit", glob, list, 0, 0, {}, false, "[]",
     "as for `test.unit`; one test case is one property"},
    {"test.property.timeout", duration, one, 100, 24 * hour, {}, false, "(the stage's SLO)",
     "as for `test.unit`"},
    {"test.property.tests_per_property", integer, one, 1, 1000000, {}, false, "1000",
     "cases per property; the suite gets it as `TCPS_TESTS_PER_PROPERTY`"},
    {"test.coverage.commands", text, commands, 0, 0, {}, true, {},
     "commands that write the coverage report after the suites"},
    {"test.coverage.report", path, one, 0, 0, {}, true, {}, "the report: gcovr's JSON summary"},
    {"test.coverage.threshold_lines", number, one, 0, 100, {}, false, "80", "least line coverage in percent"},

    {"release.name", text, one, 0, 0, {}, false, "\"{{ sku }}-{{ version }}\"",
     "name of the release and its tarball; a template over `sku`, `version`, `line`, `work_order`"},
    {"release.commands", text, commands, 0, 0, {}, false, "[]",
     "commands that prepare the release from the build"},
    {"release.files[].from", glob, one, 0, 0, {}, true, {},
     "files to pack, among build outputs and repository"},
    {"release.files[].to", target, one, 0, 0, {}, true, {}, "where they go in the tarball"},
    {"release.required", glob, list, 0, 0, {}, false, "[]",
     "paths that the tarball must hold, such as `erts-*/bin/erl`"},
    {"release.image.entrypoint", text, argv, 0, 0, {}, true, {}, "program that the image starts"},
    {"release.image.cmd", text, list, 0, 0, {}, false, "[]", "its default arguments"},
    {"release.image.environment", text, table, 0, 0, {}, false, "{}", "environment variables of the image"},
    {"release.image.labels", text, table, 0, 0, {}, false, "{}", "labels of the image"},
    {"release.image.working_directory", absolute_path, one, 0, 0, {}, false, "\"/\"",
     "folder in which the program starts"},

    {"publish.channels", choice, list, 0, 0, "oci|marketplace", false, "(those whose tables are present)",
     "channels in the order of publication"},
    {"publish.attempts", integer, one, 1, 10, {}, false, "3", "tries for each channel, with a growing pause"},
    {"publish.oci.registry", registry, one, 0, 0, {}, false, "\"embedded\"",
     "registry to push to: the factory's own, or another"},
    {"publish.oci.repository", path, one, 0, 0, {}, false, "(`line.sku`)", "repository in the registry"},
    {"publish.marketplace.directory", place, one, 0, 0, {}, false, "\"embedded\"",
     "folder of the marketplace listing: the factory's own, or another"},

    {"verify.smoke[].name", text, one, 0, 0, {}, true, {}, "the check's name in the receipt"},
    {"verify.smoke[].command", text, argv, 0, 0, {}, true, {},
     "command run in a clean folder holding the published files; exit code 0 passes"},
    {"verify.image_command", text, argv, 0, 0, {}, false, "(none)",
     "command run in the pulled image; its output must hold the version"},
    {"verify.entitlement[].name", text, one, 0, 0, {}, true, {}, "the case's name in the receipt"},
    {"verify.entitlement[].command", text, argv, 0, 0, {}, true, {},
     "command that checks one entitlement case; exit code 0 passes"},

    {"andon.escalate_after", duration, list, second, 7 * 24 * hour, {}, false, "[\"15m\", \"1h\"]",
     "times after the raise at which an unanswered call goes a level up; ascending"},
    {"andon.stop_stage_after", integer, one, 1, 100, {}, false, "3",
     "failures of one mode in a row that stop the stage"},

    {"artifacts.keep", duration, one, 0, 100 * 365 * 24 * hour, {}, false, "\"0s\"",
     "how long a closed work order's artifacts are kept, from its last entry on; `0s`: for ever"},
    {"artifacts.never_swept", choice, list, 0, 0, stage_names, false, "[\"release\", \"publish\"]",
     "stages whose outputs are kept for ever all the same"},

    {"sandbox.memory_mib", integer, one, 16, 1048576, {}, false, "2048", "memory of one procedure, in MiB"},
    {"sandbox.processes", integer, one, 1, 65536, {}, false, "256", "processes and threads of one procedure"},
    {"sandbox.read_only", absolute_path, list, 0, 0, {}, false, "[]",
     "further paths of the node that procedures may read"},
    {"sandbox.network", boolean, one, 0, 0, {}, false, "false",
     "only `false`: with a network a build is neither repeatable nor explained by its receipt"},

    {"procedures.kind", choice, one, 0, 0, procedure_kinds, false, "\"real\"",
     "`null` replaces every procedure by one that does nothing, to measure the factory alone"},
});
// clang-format on

constexpr auto optional_tables =
    std::to_array<std::string_view>({"knowledge", "test.unit", "test.integration", "test.property",
                                     "test.coverage", "release.image", "publish.oci", "publish.marketplace"});

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case text:
      return "text";
    case token:
      return "token";
    case path:
      return "path";
    case glob:
      return "glob";
    case target:
      return "path or folder";
    case absolute_path:
      return "absolute path";
    case place:
      return "`embedded` or absolute path";
    case registry:
      return "`embedded` or host:port";
    case boolean:
      return "boolean";
    case integer:
      return "integer";
    case number:
      return "number";
    case duration:
      return "duration";
    case version:
      return "version";
    case choice:
      return "choice";
  }
  return "";
}

}  // namespace

std::span<const Key> keys() { return all_keys; }

bool is_optional_table(std::string_view path) {
  return std::find(optional_tables.begin(), optional_tables.end(), path) != optional_tables.end();
}

std::string type_text(const Key& key) {
  switch (key.form) {
    case one:
      return std::string(kind_text(key.kind));
    case list:
      return fmt::format("list of {}", kind_text(key.kind));
    case argv:
      return "command";
    case commands:
      return "list of commands";
    case table:
      return "table of text";
  }
  return "";
}

std::string range_text(const Key& key) {
  switch (key.kind) {
    case integer:
    case number:
      return fmt::format("{:.15g}..{:.15g}", key.minimum, key.maximum);
    case duration:
      return fmt::format("{}..{}", format_duration(std::chrono::milliseconds(int64_t(key.minimum))),
                         format_duration(std::chrono::milliseconds(int64_t(key.maximum))));
    case choice: {
      std::string out;
      for (auto choice : split(key.choices, '|'))
        out += fmt::format("{}`{}`", out.empty() ? "" : ", ", choice);
      return out;
    }
    default:
      return "";
  }
}

std::string markdown_row(const Key& key) {
  std::string standard = key.required ? "**required**" : std::string(key.default_value);
  if (!standard.empty() && standard.front() == '(') {
    standard = standard.substr(1, standard.size() - 2);
  } else if (!key.required) {
    standard = fmt::format("`{}`", standard);
  }
  return fmt::format("| `{}` | {} | {} | {} | {} |", key.path, type_text(key), range_text(key), standard,
                     key.meaning);
}

}  // namespace tcps::line_toml
