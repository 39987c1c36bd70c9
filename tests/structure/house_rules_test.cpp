#include "tests/structure/house_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/structure/source_files.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tcps::structure {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string joined(const Objections& objections) {
  std::string text;
  for (const auto& objection : objections) text += "\n  " + objection;
  return text;
}

// This tree.
const fs::path house = test::source_folder();

TEST(House, HasOnlyTheAgreedTopLevel) {
  EXPECT_TRUE(check_top_level(house).empty()) << joined(check_top_level(house));
}
TEST(House, IncludesOnlyWhatTheMapAllows) {
  EXPECT_TRUE(check_includes(house).empty()) << joined(check_includes(house));
}
TEST(House, KeepsItsFilesSmall) { EXPECT_TRUE(check_sizes(house).empty()) << joined(check_sizes(house)); }
TEST(House, LeavesNothingForLater) {
  EXPECT_TRUE(check_left_overs(house).empty()) << joined(check_left_overs(house));
}
TEST(House, HasNoDeadLinks) {
  EXPECT_TRUE(check_document_links(house).empty()) << joined(check_document_links(house));
}
TEST(House, ListsEveryDecision) {
  EXPECT_TRUE(check_adr_index(house).empty()) << joined(check_adr_index(house));
}
TEST(House, DrawsItsArrowsAsTheyAre) { EXPECT_TRUE(check_map(house).empty()) << joined(check_map(house)); }
TEST(House, IsSeenWhole) { EXPECT_THAT(project_files(house), testing::Contains("messages/digest.h")); }

// A small house that breaks a rule.
class BrokenHouse : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) { folder_.write(file, text); }

  test::TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

TEST_F(BrokenHouse, IsToldOfAForbiddenIncludeWithItsLine) {
  write("messages/digest.h", "#pragma once\n\n#  include <caf/all.hpp>\n#include <string>\n");
  EXPECT_THAT(check_includes(root_),
              ElementsAre(HasSubstr("messages/digest.h:3: messages/ may not use CAF")));
}

TEST_F(BrokenHouse, IsToldOfAnOwnHeaderThatIsNotFirst) {
  write("messages/ids.h", "#pragma once\n");
  write("messages/ids.cpp", "#include <string>\n#include \"messages/ids.h\"\n");
  EXPECT_THAT(check_includes(root_), ElementsAre(HasSubstr("messages/ids.cpp: its own header")));
}

TEST_F(BrokenHouse, IsToldOfLongFilesAtTheFirstLineBeyondTheLimit) {
  const auto lines = [](int count) {
    std::string s;
    while (count-- > 0) s += "//\n";
    return s;
  };
  write("bus/a.cpp", lines(500));
  write("bus/b.cpp", lines(501));
  write("bus/c.h", lines(250));
  write("bus/d.h", lines(251));
  write("bus/e_test.cpp", lines(700));
  write("bus/f_test.cpp", lines(701));
  EXPECT_THAT(check_sizes(root_),
              ElementsAre(HasSubstr("bus/b.cpp"), HasSubstr("bus/d.h"), HasSubstr("bus/f_test.cpp")));
}

TEST_F(BrokenHouse, IsToldOfWhatWasLeftForLater) {
  write("nodes/a.cpp", std::string("// TO") + "DO: finish\n");
  write("deploy/b", std::string("\n# FIX") + "ME\n");
  write("nodes/c.cpp", "mkdtemp(\"folder-XXXXXX\")\n");
  EXPECT_THAT(check_left_overs(root_), ElementsAre(HasSubstr("deploy/b:2"), HasSubstr("nodes/a.cpp:1")));
}

TEST_F(BrokenHouse, IsToldOfAStrangeTopLevelName) {
  write("utils/a.cpp", "");
  write("build/x", "");
  write(".ci/run", "");
  write("LICENSE", "");
  write("NOTICE", "");
  write("SECURITY.md", "");
  EXPECT_THAT(check_top_level(root_), ElementsAre(HasSubstr("utils")));
}

TEST_F(BrokenHouse, IsToldOfDeadLinksOutsideCodeOnly) {
  write(
      "docs/a.md",
      "[there](b.md#head) [gone](c.md) [far](https://example.org/x) [here](#top)\n```\n[code](d.md)\n```\n");
  write("docs/b.md", "");
  EXPECT_THAT(check_document_links(root_), ElementsAre(HasSubstr("docs/a.md: the link to c.md")));
}

TEST_F(BrokenHouse, IsToldOfFilesThatADocumentNamesAndThatAreNotThere) {
  write("docs/a.md", "`docs/a.md`, `docs/`, `docs/<name>.md`, `docs/gone.md`, `docs/far/`, `elsewhere/x`\n");
  EXPECT_THAT(check_document_links(root_), ElementsAre(HasSubstr("docs/a.md: there is no docs/gone.md"),
                                                       HasSubstr("docs/a.md: there is no docs/far/")));
}

TEST_F(BrokenHouse, IsToldOfArrowsThatTheMapDrawsWrongly) {
  write("docs/map.md",
        "| I look for | It is in |\n|---|---|\n| a rule | `actors/line/` |\n\n"
        "| Room | May include |\n|---|---|\n"
        "| `bus/nats/` | `actors/line/` |\n| `utils/` | |\n| `messages/` | |\n");
  const auto objections = check_map(root_);
  EXPECT_THAT(objections, testing::IsSupersetOf(
                              {HasSubstr("bus/nats/ may include bus/bus.h, and the map does not say so"),
                               HasSubstr("bus/nats/ may not include actors/line/"),
                               HasSubstr("there is no room utils/"), HasSubstr("the table lacks bus/sim/")}));
  EXPECT_THAT(objections, testing::Not(testing::Contains(HasSubstr("messages/"))));
}

TEST_F(BrokenHouse, IsToldOfADecisionThatTheIndexForgets) {
  write("docs/adr/README.md", "[one](0001-one.md)\n");
  write("docs/adr/0001-one.md", "");
  write("docs/adr/0002-two.md", "");
  EXPECT_THAT(check_adr_index(root_), ElementsAre(HasSubstr("0002-two.md")));
}

TEST_F(BrokenHouse, IsNotSearchedInItsBuildFolderOrDotFolders) {
  write("build/release/a.cpp", "");
  write(".git/b.cpp", "");
  EXPECT_THAT(project_files(root_), IsEmpty());
}

}  // namespace
}  // namespace tcps::structure
