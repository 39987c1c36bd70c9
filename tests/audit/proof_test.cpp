// tcps-audit proof: the shared vectors through the program.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/audit/audit_process.h"
#include "tests/support/factory_process.h"
#include "tests/support/places.h"

namespace tcps::test {
namespace {

namespace fs = std::filesystem;

// Runs the program over every vector of the kind; returns how many there are.
size_t check_vectors(const std::string& kind) {
  size_t count = 0;
  for (const auto& file :
       fs::recursive_directory_iterator(test::source_folder() + "/tests/conformance/merkle/" + kind)) {
    if (file.path().extension() != ".json") continue;
    const auto vector = nlohmann::json::parse(read_whole(file.path().string()));
    const Ran ran = run_audit({"proof", kind, "--json", file.path().string()});
    EXPECT_EQ(ran.exit_code, vector["wantErr"].get<bool>() ? 1 : 0) << file.path() << ran.err;
    EXPECT_EQ(ran.document().value("verdict", ""), ran.exit_code == 0 ? "PASS" : "FAIL") << file.path();
    ++count;
  }
  return count;
}

TEST(AuditProof, JudgesEveryInclusionVectorAsMarked) { EXPECT_EQ(check_vectors("inclusion"), 49u); }
TEST(AuditProof, JudgesEveryConsistencyVectorAsMarked) { EXPECT_EQ(check_vectors("consistency"), 43u); }

TEST(AuditProof, SaysWhichFieldItCannotRead) {
  const TemporaryFolder folder;
  const std::string good_hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  const std::pair<std::string, const char*> cases[] = {
      {"", "JSON"},
      {"[]", "must be a JSON object"},
      {R"({"leafIdx": 0})", "'treeSize' must be a whole number"},
      {R"({"leafIdx": -1, "treeSize": 1, "leafHash": "", "root": "", "proof": null})", "'leafIdx'"},
      {R"({"leafIdx": 0.5, "treeSize": 1, "leafHash": "", "root": "", "proof": null})", "'leafIdx'"},
      {R"({"leafIdx": 0, "treeSize": 1, "leafHash": "*", "root": "", "proof": null})",
       "'leafHash' must be base64"},
      {R"({"leafIdx": 0, "treeSize": 1, "leafHash": ")" + good_hash + R"(", "root": 5, "proof": null})",
       "'root'"},
      {R"({"leafIdx": 0, "treeSize": 1, "leafHash": ")" + good_hash + R"(", "root": ")" + good_hash +
           R"(", "proof": "x"})",
       "'proof' must be a list"},
      {R"({"leafIdx": 0, "treeSize": 1, "leafHash": ")" + good_hash + R"(", "root": ")" + good_hash + R"("})",
       "'proof' is missing"},
  };
  for (const auto& [text, what] : cases) {
    write_whole(folder.path() + "/proof.json", text);
    const Ran ran = run_audit({"proof", "inclusion", folder.path() + "/proof.json"});
    EXPECT_EQ(ran.exit_code, 2) << text;
    EXPECT_NE(ran.err.find(what), std::string::npos) << ran.err;
  }
  EXPECT_EQ(run_audit({"proof", "inclusion", folder.path() + "/gone.json"}).exit_code, 2);
  EXPECT_EQ(run_audit({"proof", "inclusion"}).exit_code, 2);
  EXPECT_EQ(run_audit({}).exit_code, 2);
  EXPECT_EQ(run_audit({"--help"}).exit_code, 0);
}

// Independent because of what it does not contain.
TEST(AuditProgram, LinksTheVerificationRulesAlone) {
  const std::string program = read_whole(test::programs_folder() + "/bin/tcps-audit");
  ASSERT_GT(program.size(), 100'000u);
  for (const char* library : {"librocksdb", "libnats", "libcaf", "libspdlog", "libarchive", "libraptor"})
    EXPECT_EQ(program.find(library), std::string::npos) << library;
  for (const char* room : {"actors/line/", "bus/nats/", "LedgerStore"})
    EXPECT_EQ(program.find(room), std::string::npos) << room;
  EXPECT_NE(program.find("libcrypto"), std::string::npos)
      << "the names of libraries are not where they were sought";
}

}  // namespace
}  // namespace tcps::test
