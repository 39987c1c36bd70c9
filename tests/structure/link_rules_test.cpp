#include "tests/structure/link_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tcps::structure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Links, AreWhatIsIncluded) { EXPECT_THAT(check_links(test::source_folder()), IsEmpty()); }
TEST(Links, KeepTestDoublesOutOfPrograms) {
  EXPECT_THAT(check_test_doubles(test::source_folder()), IsEmpty());
}

// A small house: `words` (a header and a source), and `bus`, which may come to use it.
class LinkedHouse : public testing::Test {
 protected:
  LinkedHouse() {
    write("messages/CMakeLists.txt", "tcps_library(words\n  SOURCES word.cpp)  # the language\n");
    write("messages/word.h", "#pragma once\n#include <string>\n");
    write("messages/word.cpp", "#include \"messages/word.h\"\n");
    write("bus/line.h", "#pragma once\n");
    write("bus/line.cpp", "#include \"bus/line.h\"\n");
  }

  void write(const std::string& file, const std::string& text) { folder_.write(file, text); }
  void bus(const std::string& arguments) {
    write("bus/CMakeLists.txt", "tcps_library(bus SOURCES line.cpp " + arguments + ")\n");
  }
  Objections objections() const { return check_links(folder_.path()); }

  static constexpr auto uses_word = "#pragma once\n#include \"messages/word.h\"\n";

  test::TemporaryFolder folder_;
};

TEST_F(LinkedHouse, MaySayWhatItIncludes) {
  bus("LINK words");
  write("bus/line.h", uses_word);
  EXPECT_THAT(objections(), IsEmpty());

  bus("USE words fmt::fmt");
  write("bus/line.h", "#pragma once\n");
  write("bus/line.cpp", "#include \"bus/line.h\"\n#include <fmt/format.h>\n#include \"messages/word.h\"\n");
  EXPECT_THAT(objections(), IsEmpty());
}

TEST_F(LinkedHouse, IsToldOfALibraryThatItIncludesAndDoesNotName) {
  bus("");
  write("bus/line.h", uses_word);
  EXPECT_THAT(
      objections(),
      ElementsAre(HasSubstr("bus/line.h:2: a header of bus includes what is of words: name it under LINK")));

  write("bus/line.h", "#pragma once\n");
  write("bus/line.cpp", "#include \"bus/line.h\"\n#include \"messages/word.h\"\n");
  EXPECT_THAT(objections(),
              ElementsAre(HasSubstr("bus/line.cpp:2: bus includes what is of words: name it under USE")));
}

TEST_F(LinkedHouse, IsToldOfAHeadersLibraryThatIsOnlyUsed) {
  bus("USE words");
  write("bus/line.h", uses_word);
  EXPECT_THAT(objections(), ElementsAre(HasSubstr("name it under LINK, not USE")));
}

TEST_F(LinkedHouse, IsToldOfALinkThatOnlyItsSourcesInclude) {
  bus("LINK words");
  write("bus/line.cpp", "#include \"bus/line.h\"\n#include \"messages/word.h\"\n");
  EXPECT_THAT(objections(),
              ElementsAre(HasSubstr("bus/CMakeLists.txt: bus names words under LINK, but only its sources")));
}

TEST_F(LinkedHouse, IsToldOfWhatItNamesAndDoesNotInclude) {
  bus("LINK words USE fmt::fmt");
  EXPECT_THAT(objections(),
              ElementsAre(HasSubstr("bus names words under LINK and includes nothing of it"),
                          HasSubstr("bus names fmt::fmt under USE and includes nothing of it")));
}

TEST_F(LinkedHouse, IsToldOfWhatItNamesTwice) {
  bus("LINK words USE words");
  write("bus/line.h", uses_word);
  EXPECT_THAT(objections(), ElementsAre(HasSubstr("bus names words under LINK and under USE")));
}

TEST_F(LinkedHouse, NamesLibrariesOfOthersToo) {
  bus("");
  write("bus/line.h", "#pragma once\n#include <boost/asio/ssl/context.hpp>\n");
  EXPECT_THAT(objections(), ElementsAre(HasSubstr("Boost::headers"), HasSubstr("OpenSSL::SSL")));
}

TEST_F(LinkedHouse, CountsAHeaderWithoutASourceAsTheLibraryOfItsFolder) {
  bus("");
  write("bus/port.h", uses_word);
  EXPECT_THAT(objections(), ElementsAre(HasSubstr("bus/port.h:2: a header of bus")));
}

TEST_F(LinkedHouse, DecidesUnderHeadersWhereAFolderHasTwoLibraries) {
  write("bus/CMakeLists.txt",
        "tcps_library(bus SOURCES line.cpp)\ntcps_library(port HEADERS port.h LINK words)\n");
  write("bus/port.h", uses_word);
  EXPECT_THAT(objections(), IsEmpty());

  write("bus/other.h", "#pragma once\n");
  EXPECT_THAT(objections(), ElementsAre(HasSubstr("bus/other.h: bus/CMakeLists.txt has several libraries")));
}

TEST_F(LinkedHouse, CountsAHeaderInTestingAsTheTestingLibrary) {
  write("bus/CMakeLists.txt",
        "tcps_library(bus SOURCES line.cpp)\n"
        "tcps_library(bus_testing HEADERS testing/fake.h LINK words)\n"
        "tcps_test(bus_test SOURCES line_test.cpp LINK bus)\n");
  write("bus/testing/fake.h", uses_word);
  write("bus/line_test.cpp",
        "#include \"bus/line.h\"\n#include <gtest/gtest.h>\n#include \"bus/testing/fake.h\"\n");
  EXPECT_THAT(objections(),
              ElementsAre(HasSubstr(
                  "bus/line_test.cpp:3: bus_test includes what is of bus_testing: name it under LINK")));
}

TEST_F(LinkedHouse, NamesForAProgramAllThatItsFilesInclude) {
  bus("");
  write("nodes/CMakeLists.txt",
        "tcps_executable(run SOURCES main.cpp commands.cpp LINK words tcps_allocator)\n");
  write("nodes/main.cpp", "#include \"nodes/commands.h\"\n");
  write("nodes/commands.h", uses_word);
  write("nodes/commands.cpp", "#include \"nodes/commands.h\"\n#include \"bus/line.h\"\n");
  EXPECT_THAT(
      objections(),
      ElementsAre(HasSubstr("nodes/commands.cpp:2: run includes what is of bus: name it under LINK")));
}

TEST_F(LinkedHouse, IsToldOfAHeaderThatBelongsToAProgram) {
  bus("");
  write("nodes/CMakeLists.txt", "tcps_executable(run SOURCES main.cpp)\n");
  write("nodes/main.cpp", "#include \"nodes/options.h\"\n");
  write("nodes/options.h", "#pragma once\n");
  EXPECT_THAT(objections(), IsEmpty());

  write("bus/line.cpp", "#include \"bus/line.h\"\n#include \"nodes/options.h\"\n");
  EXPECT_THAT(objections(),
              ElementsAre(HasSubstr(
                  "bus/line.cpp:2: bus includes \"nodes/options.h\", which belongs to no library")));
}

TEST_F(LinkedHouse, KnowsTheHeadersThatProtocMakes) {
  bus("");
  write("messages/CMakeLists.txt",
        "tcps_library(words SOURCES word.cpp)\ntcps_proto(schema FILES proto/word.proto)\n");
  write("bus/line.h", "#pragma once\n#include \"messages/proto/word.pb.h\"\n");
  EXPECT_THAT(objections(), ElementsAre(HasSubstr("a header of bus includes what is of schema")));
}

TEST_F(LinkedHouse, CompilesNoTestDoubleIntoAProduct) {
  write("bus/CMakeLists.txt",
        "tcps_library(bus SOURCES line.cpp testing/fake.cpp)\ntcps_library(bus_testing SOURCES "
        "testing/other.cpp)\n");
  EXPECT_THAT(
      check_test_doubles(folder_.path()),
      ElementsAre(HasSubstr("bus/testing/fake.cpp: compiled into bus, which is not named *_testing")));
}

TEST_F(LinkedHouse, LinksTestDoublesToTestsAlone) {
  write("bus/CMakeLists.txt",
        "tcps_library(bus SOURCES line.cpp USE support)\n"
        "tcps_library(bus_testing SOURCES testing/other.cpp LINK support)\n"
        "tcps_test(bus_test SOURCES line_test.cpp LINK bus_testing)\n"
        "tcps_executable(run SOURCES main.cpp LINK bus bus_testing)\n");
  write("tests/support/CMakeLists.txt", "tcps_library(support SOURCES support.cpp)\n");
  EXPECT_THAT(
      check_test_doubles(folder_.path()),
      UnorderedElementsAre(HasSubstr("bus/CMakeLists.txt: bus links support, which only tests may"),
                           HasSubstr("bus/CMakeLists.txt: run links bus_testing, which only tests may")));
}

}  // namespace
}  // namespace tcps::structure
