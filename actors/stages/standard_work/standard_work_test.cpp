#include "actors/stages/standard_work/standard_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/support/places.h"
#include "tests/support/smallest_line.h"

namespace tcps {
namespace {

using namespace std::chrono_literals;
using test::smallest_line;
using testing::ElementsAre;
using testing::HasSubstr;

// Every key of docs/formats/line-toml.md, each away from its default.
const std::string fullest = R"([line]
name = "transport"
sku = "erlmcp-transport"
title = "Transport"
description = "Carries messages."
pool = "erlang"
initial_version = "0.7.0"
[wip]
limit = 5
[backlog]
limit = 50
[stage.build]
wip = 2
workers = 4
slo = "90s"
pool = "linux-arm64"
[heijunka]
reliability = 3
security = 4
features = 5
compliance = 6
debt = 0
[demand.marketplace]
file = "demand/marketplace/installs.json"
bucket = "debt"
[demand.security]
[knowledge]
ontology = ["ontology/*.ttl"]
shapes = ["shapes/*.ttl"]
work_order_shapes = ["work_orders/*.ttl"]
iterations = 2
[[query]]
name = "transport-config"
file = "sparql/transport_config.rq"
schema = "schemas/transport_config.json"
timeout = "5s"
allow_empty = true
features = ["http2", "quic"]
[[query]]
name = "dependencies"
file = "sparql/dependencies.rq"
[render]
templates = "tera"
[[template]]
file = "tera/transport.erl.tera"
data = ["transport-config"]
output = "src/{{ row.module }}.erl"
for_each = "transport-config"
marker = false
comment = "%%"
features = ["http2"]
[build]
system = "rebar3"
prepare = [["rebar3", "deps"]]
commands = [["rebar3", "compile"]]
compiler_version = ["erl", "-version"]
lock = ["rebar.lock"]
outputs = ["ebin/*.beam"]
repeat = 2
environment = { LANG = "C", EMPTY = "" }
timeout = "8m"
[test]
flaky_reruns = 0
environment = { A_1 = "x" }
[test.unit]
framework = "eunit"
commands = [["rebar3", "eunit"]]
junit = ["reports/*.xml"]
timeout = "1m"
[test.integration]
framework = "common_test"
commands = [["rebar3", "ct"]]
junit = ["ct/*.xml"]
timeout = "2m"
[test.property]
framework = "proper"
commands = [["rebar3", "proper"]]
junit = ["proper.xml"]
timeout = "3m"
tests_per_property = 100
[test.coverage]
commands = [["gcovr"]]
report = "coverage.json"
threshold_lines = 87.5
[release]
name = "{{ sku }}_{{ version }}"
commands = [["rebar3", "release"]]
required = ["erts-*/bin/erl"]
[[release.files]]
from = "rel/**"
to = "lib/"
[release.image]
entrypoint = ["/bin/transport"]
cmd = ["serve", ""]
environment = { PORT = "1" }
labels = { "org.opencontainers.image.title" = "transport" }
working_directory = "/srv"
[publish]
channels = ["marketplace", "oci"]
attempts = 5
[publish.oci]
registry = "localhost:5000"
repository = "tcps/transport"
[publish.marketplace]
directory = "/srv/market"
[verify]
image_command = ["/bin/transport", "--version"]
[[verify.smoke]]
name = "starts"
command = ["bin/transport", "--check"]
[[verify.entitlement]]
name = "expired licence is refused"
command = ["bin/entitled", "--expired"]
[andon]
escalate_after = ["1m", "5m", "1h"]
stop_stage_after = 2
[artifacts]
keep = "720h"
never_swept = ["publish"]
[sandbox]
memory_mib = 512
processes = 32
read_only = ["/opt/erlang"]
network = false
[procedures]
kind = "null"
)";

// The one problem that parsing reports, or all of them joined.
std::string problems(const std::string& text) {
  auto work = StandardWork::parse(text, "line.toml");
  return work ? "" : work.error().message;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(StandardWork, BeginsWithAPreReleaseWhereItSaysSo) {
  auto work = StandardWork::parse("[line]\nname = \"hello\"\ninitial_version = \"2.0.0-rc.1\"\n" +
                                      smallest_line.substr(smallest_line.find("[build]")),
                                  "line.toml");
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(work->initial_version, "2.0.0-rc.1");
}

TEST(StandardWork, FillsInTheDefaultsOfTheLaw) {
  auto work = StandardWork::parse(smallest_line, "line.toml");
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(work->digest, Digest::of(smallest_line));
  EXPECT_EQ(work->sku, "hello");
  EXPECT_EQ(work->pool.str(), "any");
  EXPECT_EQ(work->initial_version, "1.0.0");
  EXPECT_EQ(work->wip_limit, 3u);
  EXPECT_EQ(work->backlog_limit, 1000u);
  for (Stage stage : all_stages) {
    EXPECT_EQ(work->stage(stage).slo, standard_slo(stage));
    EXPECT_EQ(work->stage(stage).wip, 3u);
    EXPECT_EQ(work->stage(stage).workers, 1u);
    EXPECT_EQ(work->stage(stage).pool.str(), "any");
  }
  EXPECT_THAT(work->slots, ElementsAre(2, 2, 1, 1, 1));
  ASSERT_EQ(work->demand.size(), 4u);
  EXPECT_EQ(work->demand.at("security").bucket, Bucket::security);
  EXPECT_EQ(work->demand.at("github").bucket, Bucket::reliability);
  EXPECT_FALSE(work->knowledge);
  EXPECT_THAT(work->build.commands, ElementsAre(ElementsAre("make")));
  EXPECT_EQ(work->build.repeat, 3u);
  EXPECT_EQ(work->release.name, "{{ sku }}-{{ version }}");
  EXPECT_TRUE(work->publish.channels.empty());
  EXPECT_THAT(work->andon.escalate_after, ElementsAre(15min, 1h));
  EXPECT_EQ(work->artifacts.keep, 0s) << "for ever";
  EXPECT_THAT(work->artifacts.never_swept, ElementsAre(Stage::release, Stage::publish));
  EXPECT_EQ(work->sandbox.memory_mib, 2048u);
}

TEST(StandardWork, ReadsFlowDemandAndKnowledge) {
  auto work = StandardWork::parse(fullest, "line.toml");
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(work->sku, "erlmcp-transport");
  EXPECT_EQ(work->stage(Stage::build).wip, 2u);
  EXPECT_EQ(work->stage(Stage::build).slo, 90s);
  EXPECT_EQ(work->stage(Stage::build).pool.str(), "linux-arm64");
  EXPECT_EQ(work->stage(Stage::test).pool.str(), "erlang");
  EXPECT_EQ(work->stage(Stage::test).wip, 5u);
  EXPECT_EQ(work->slots_of(Bucket::compliance), 6u);
  ASSERT_EQ(work->demand.size(), 2u);
  EXPECT_EQ(work->demand.at("marketplace").bucket, Bucket::debt);
  EXPECT_EQ(work->demand.at("marketplace").file, "demand/marketplace/installs.json");
  EXPECT_EQ(work->demand.at("security").bucket, Bucket::security);
  ASSERT_EQ(work->queries.size(), 2u);
  EXPECT_EQ(work->queries[0].timeout, 5s);
  EXPECT_EQ(work->queries[1].timeout, 30s);
  EXPECT_TRUE(work->queries[0].allow_empty);
  ASSERT_EQ(work->templates.size(), 1u);
  EXPECT_EQ(work->templates[0].for_each, "transport-config");
  EXPECT_FALSE(work->templates[0].marker);
  EXPECT_EQ(work->template_folder, "tera");
}

TEST(StandardWork, ReadsBuildTestReleaseAndPublish) {
  auto work = StandardWork::parse(fullest, "line.toml");
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(work->build.environment.at("LANG"), "C");
  EXPECT_EQ(work->build.timeout, 8min);
  ASSERT_TRUE(work->test.property);
  EXPECT_EQ(work->test.property->tests_per_property, 100u);
  ASSERT_TRUE(work->test.coverage);
  EXPECT_DOUBLE_EQ(work->test.coverage->threshold_lines, 87.5);
  ASSERT_TRUE(work->release.image);
  EXPECT_THAT(work->release.image->cmd, ElementsAre("serve", ""));
  EXPECT_EQ(work->release.image->working_directory, "/srv");
  EXPECT_THAT(work->publish.channels, ElementsAre(Channel::marketplace, Channel::oci));
  EXPECT_EQ(work->publish.oci_registry, "localhost:5000");
  EXPECT_EQ(work->publish.marketplace_directory, "/srv/market");
  ASSERT_EQ(work->verify.entitlement.size(), 1u);
  EXPECT_EQ(work->andon.stop_stage_after, 2u);
  EXPECT_EQ(work->artifacts.keep, 720h);
  EXPECT_THAT(work->artifacts.never_swept, ElementsAre(Stage::publish));
  EXPECT_EQ(work->procedures, ProcedureKind::null);
}

TEST(StandardWork, NeedsOnlyANameForNullProcedures) {
  EXPECT_EQ(problems("[line]\nname = \"bench\"\n[procedures]\nkind = \"null\"\n"), "");
}

TEST(StandardWork, ReportsEveryProblemInTheOrderOfTheText) {
  auto message = problems("[line]\nname = \"Hello\"\n[wip]\nlimit = 0\nlimits = 3\n" +
                          smallest_line.substr(smallest_line.find("[build]")));
  EXPECT_EQ(message,
            "line.toml:2:8: line.name: 'Hello' is not a token; use 1 to 64 of a-z, 0-9 and '-', not starting "
            "with '-'\n"
            "line.toml:4:9: wip.limit: 0 is out of range; use 1..10000\n"
            "line.toml:5:1: wip.limits: unknown key; did you mean 'limit'?");
}

TEST(StandardWork, NamesThePlaceOfASyntaxError) {
  EXPECT_THAT(problems("[line]\nname = \n"), HasSubstr("line.toml:2:"));
  EXPECT_THAT(problems("\xff\xfe"), HasSubstr("line.toml:1:1"));
}

TEST(StandardWork, RefusesAFileBeyondItsBound) {
  EXPECT_THAT(problems(smallest_line + std::string(1 << 20, '#')), HasSubstr("at most 1048576"));
}

TEST(StandardWork, TellsWhichRequiredKeysAreMissing) {
  auto message = problems("");
  for (auto text :
       {"line: is missing; add [line]", "build.outputs:", "build.commands:", "test:", "release:"}) {
    EXPECT_THAT(message, HasSubstr(text));
  }
}

struct Fault {
  std::string from, to, expected;
  friend void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.expected; }
};

class StandardWorkFault : public testing::TestWithParam<Fault> {};

TEST_P(StandardWorkFault, IsReportedAloneWithItsKeyAndRemedy) {
  auto message = problems(replaced(fullest, GetParam().from, GetParam().to));
  EXPECT_THAT(message, HasSubstr(GetParam().expected));
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Keys, StandardWorkFault,
    testing::ValuesIn(std::vector<Fault>{
        Fault{"[stage.build]", "[stage.buidl]", "stage.buidl: unknown key; did you mean 'build'?"},
        Fault{"slo = \"90s\"", "slo = \"90\"", "stage.build.slo: '90' is not a duration"},
        Fault{"slo = \"90s\"", "slo = 90", "stage.build.slo: must be of type duration"},
        Fault{"slo = \"90s\"", "slo = \"25h\"", "stage.build.slo: '25h' is out of range; use 100ms..24h"},
        Fault{"limit = 5\n", "limit = \"5\"\n",
              "wip.limit: must be of type integer, not text; remove the quotes"},
        Fault{"limit = 50\n", "limit = 1000001\n", "backlog.limit: 1000001 is out of range"},
        Fault{"bucket = \"debt\"", "bucket = \"dept\"",
              "demand.marketplace.bucket: 'dept' is not known; use one of reliability"},
        Fault{"initial_version = \"0.7.0\"", "initial_version = \"0.7\"",
              "line.initial_version: '0.7' is not a semantic version"},
        Fault{
            "initial_version = \"0.7.0\"", "initial_version = \"0.7.0+build.5\"",
            "line.initial_version: '0.7.0+build.5' has build metadata, which neither counts in the order of "
            "versions nor fits the tag of an image; leave the '+' and what follows it out"},
        Fault{"initial_version = \"0.7.0\"", "initial_version = \"0.7.0-rc.01\"",
              "line.initial_version: '0.7.0-rc.01' is not a semantic version: its pre-release is malformed"},
        Fault{"ontology = [\"ontology/*.ttl\"]", "ontology = [\"../*.ttl\"]",
              "knowledge.ontology: '../*.ttl' is not a glob"},
        Fault{"ontology = [\"ontology/*.ttl\"]", "ontology = []",
              "knowledge.ontology: is empty; name at least one glob"},
        Fault{"ontology = [\"ontology/*.ttl\"]", "ontology = \"a.ttl\"",
              "knowledge.ontology: must be a list of glob; write it in [ ]"},
        Fault{"ontology = [\"ontology/*.ttl\"]\n", "",
              "knowledge.ontology: is missing; add it, a list of glob"},
        Fault{"commands = [[\"rebar3\", \"compile\"]]", "commands = [\"rebar3 compile\"]",
              "build.commands: a command must be a list"},
        Fault{"commands = [[\"rebar3\", \"compile\"]]", "commands = [[\"rebar3\", 1]]",
              "build.commands: every argument must be text"},
        Fault{"marker = false", "marker = \"no\"", "template[1].marker: must be of type boolean"},
        Fault{"registry = \"localhost:5000\"", "registry = \"localhost\"",
              "publish.oci.registry: 'localhost' is neither 'embedded' nor host:port"},
        Fault{"directory = \"/srv/market\"", "directory = \"market\"",
              "publish.marketplace.directory: 'market' is neither"},
        Fault{"threshold_lines = 87.5", "threshold_lines = 101",
              "test.coverage.threshold_lines: 101 is out of range; use 0..100"},
        Fault{"environment = { PORT = \"1\" }", "environment = { PORT = 1 }",
              "release.image.environment.PORT: must be text"}}));

INSTANTIATE_TEST_SUITE_P(
    Rules, StandardWorkFault,
    testing::ValuesIn(std::vector<Fault>{
        Fault{"reliability = 3\nsecurity = 4\nfeatures = 5\ncompliance = 6\n",
              "reliability = 0\nsecurity = 0\nfeatures = 0\ncompliance = 0\n",
              "heijunka: gives no bucket a slot"},
        Fault{"name = \"dependencies\"", "name = \"transport-config\"",
              "query[2].name: 'transport-config' names an earlier query too"},
        Fault{"data = [\"transport-config\"]", "data = [\"row\"]",
              "template[1].data: no query is named 'row'; add a [[query]]"},
        Fault{"for_each = \"transport-config\"", "for_each = \"transport-confg\"",
              "template[1].for_each: no query is named 'transport-confg'; did you mean 'transport-config'?"},
        Fault{"src/{{ row.module }}.erl", "src/a.erl", "template[1].output: would be one file for all rows"},
        Fault{"for_each = \"transport-config\"\n", "", "template[1].output: holds {{ }} without rows"},
        Fault{"LANG = \"C\"", "\"A B\" = \"C\"",
              "build.environment: 'A B' is not the name of an environment variable"},
        Fault{"to = \"lib/\"", "to = \"lib\"", "release.files[1].to: must be a folder"},
        Fault{"[\"marketplace\", \"oci\"]", "[\"oci\", \"oci\"]", "publish.channels: names a channel twice"},
        Fault{"repository = \"tcps/transport\"", "repository = \"tcps/Transport\"",
              "publish.oci.repository: 'tcps/Transport' is not an image repository"},
        Fault{"[\"1m\", \"5m\", \"1h\"]", "[\"5m\", \"5m\"]", "andon.escalate_after: is not ascending"},
        Fault{"network = false", "network = true",
              "sandbox.network: is refused: with a network a build is neither repeatable"},
        Fault{"[\"/opt/erlang\"]", "[\"/\"]", "sandbox.read_only: '/' would show the whole node"}}));

TEST(StandardWork, NeedsKnowledgeForQueriesAndTemplates) {
  auto message =
      problems(smallest_line +
               "[[query]]\nname = \"q\"\nfile = \"q.rq\"\n[[template]]\nfile = \"t\"\noutput = \"o\"\n");
  EXPECT_THAT(message, HasSubstr("query: needs an ontology"));
  EXPECT_THAT(message, HasSubstr("template: needs extracted data"));
}

TEST(StandardWork, RefusesTwoTemplatesOfOneOutputAndReservedQueryNames) {
  auto message =
      problems(smallest_line +
               "[knowledge]\nontology = [\"a.ttl\"]\n[[query]]\nname = \"work-order\"\nfile = \"q.rq\"\n"
               "[[template]]\nfile = \"t\"\noutput = \"o\"\n[[template]]\nfile = \"u\"\noutput = \"o\"\n");
  EXPECT_THAT(message, HasSubstr("query[1].name: 'work-order' is a name that every template has already"));
  EXPECT_THAT(message, HasSubstr("template[2].output: 'o' is written by an earlier template too"));
}

TEST(StandardWork, RefusesATemplateWhoseQueryDoesNotAlwaysRun) {
  auto message = problems(replaced(fullest, "features = [\"http2\"]", "features = [\"http3\"]"));
  EXPECT_THAT(message,
              HasSubstr("template[1].data: query 'transport-config' does not run for every work order"));
  EXPECT_THAT(message, HasSubstr("template[1].for_each: query 'transport-config' does not run for every"));
}

TEST(StandardWork, RefusesAValueInTheRoomOfATable) {
  EXPECT_EQ(problems("render = 1\n" + smallest_line),
            "line.toml:1:10: render: must be a table; write [render]");
  EXPECT_THAT(problems("query = 1\n" + smallest_line),
              HasSubstr("query: must be an array of tables; write [[query]]"));
}

TEST(StandardWork, NeedsAnImageForWhatUsesOne) {
  auto message = problems(smallest_line + "[publish.oci]\n[verify]\nimage_command = [\"x\"]\n");
  EXPECT_THAT(message, HasSubstr("publish.oci: has no image to push"));
  EXPECT_THAT(message, HasSubstr("verify.image_command: has no image to run in"));
}

TEST(StandardWork, NeedsTheTableOfEachChannel) {
  EXPECT_THAT(problems(smallest_line + "[publish]\nchannels = [\"oci\"]\n"),
              HasSubstr("publish.channels: names a channel without a table; add [publish.oci]"));
}

TEST(StandardWork, BoundsListsAndReports) {
  std::string many = "[sandbox]\nread_only = [";
  for (int i = 0; i < 257; ++i) many += "\"/a\",";
  EXPECT_THAT(problems(smallest_line + many + "]\n"),
              HasSubstr("sandbox.read_only: has 257 items; use at most 256"));
  std::string unknown = smallest_line;
  for (int i = 0; i < 1000; ++i) unknown += "key" + std::to_string(i) + " = 1\n";
  auto message = problems(unknown);
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 199);
}

TEST(StandardWork, LoadsAFileAndNamesWhatIsMissing) {
  auto missing = StandardWork::load("/nonexistent/line.toml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  auto path = testing::TempDir() + "standard_work_test_line.toml";
  std::ofstream(path) << smallest_line;
  auto work = StandardWork::load(path);
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(work->digest, Digest::of(smallest_line));
  std::filesystem::remove(path);
  EXPECT_EQ(StandardWork::load(testing::TempDir()).error().code, ErrorCode::invalid);
}

TEST(StandardWork, AcceptsEveryExampleLineOfTheRepository) {
  auto folder = std::filesystem::path(test::source_folder()) / "config/lines";
  ASSERT_TRUE(std::filesystem::exists(folder));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto path = entry.path() / "line.toml";
    if (!std::filesystem::exists(path)) continue;
    auto work = StandardWork::load(path.string());
    EXPECT_TRUE(work) << work.error().message;
  }
}

TEST(StandardWork, AcceptsTheExampleOfItsDocument) {
  std::ifstream document(test::source_folder() + "/docs/formats/line-toml.md");
  std::string text((std::istreambuf_iterator<char>(document)), {});
  size_t begin = text.find("```toml\n") + 8;
  auto work = StandardWork::parse(text.substr(begin, text.find("```", begin) - begin), "line-toml.md");
  EXPECT_TRUE(work) << work.error().message;
}

TEST(Features, ServeEveryWorkOrderWhenThereAreNone) {
  EXPECT_TRUE(serves({}, "anything"));
  EXPECT_TRUE(serves({"a", "b"}, "b"));
  EXPECT_FALSE(serves({"a"}, ""));
}

RC_GTEST_PROP(StandardWork, SurvivesAnyTextAndAnyDamage, (const std::string& junk)) {
  RC_ASSERT_FALSE(StandardWork::parse(junk, "line.toml").has_value());
  std::string damaged = fullest;
  size_t at = *rc::gen::inRange<size_t>(0, damaged.size());
  damaged.replace(at, *rc::gen::inRange<size_t>(0, 20), junk);
  auto work = StandardWork::parse(damaged, "line.toml");
  bool is_explained = work.has_value() || work.error().message.starts_with("line.toml:");
  RC_ASSERT(is_explained);
}

}  // namespace
}  // namespace tcps
