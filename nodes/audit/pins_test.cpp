#include "nodes/audit/pins.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace tcps::audit {
namespace {

constexpr const char* pinned_key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

class PinnedKeys : public testing::Test {
 protected:
  std::string file_of(const std::string& text) {
    const std::string path = folder.path() + "/keys";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  test::TemporaryFolder folder;
};

TEST_F(PinnedKeys, AreGivenAsTheyAreOrInAFile) {
  const std::string text = pinned_key;
  EXPECT_EQ(read_keys({text})->size(), 1u);
  EXPECT_EQ(read_keys({file_of("# an auditor's\n\n" + text + "\n" + text)})->size(), 2u);
  EXPECT_EQ(read_keys({text, file_of(text + "\n")})->size(), 2u);
  EXPECT_TRUE(read_keys({})->empty());
  EXPECT_EQ(read_keys({folder.path() + "/absent"}).error().code, ErrorCode::not_found);
}

TEST_F(PinnedKeys, AreNotNoneWhereAFileOfThemIsGiven) {
  for (const char* text : {"", "\n", "\n\n\n", "# none yet\n", " \n"}) {
    const std::string path = file_of(text);
    for (const auto& given : {std::vector<std::string>{path}, {pinned_key, path}}) {
      const auto keys = read_keys(given);
      ASSERT_FALSE(keys.has_value()) << '"' << text << '"';
      EXPECT_EQ(keys.error().code, ErrorCode::invalid);
    }
  }
  const std::string path = file_of("\n");
  EXPECT_EQ(read_keys({path}).error().message, path + " holds no key");
  PinOptions options;
  options.keys = {path};
  EXPECT_EQ(read_pins(options).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace tcps::audit
