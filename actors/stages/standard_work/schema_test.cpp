#include "actors/stages/standard_work/schema.h"
#include "tests/support/places.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace tcps::line_toml {
namespace {

// The rows of the document's key tables: those whose first cell is a key in backquotes and that have five
// cells.
std::set<std::string> document_rows() {
  std::ifstream document(test::source_folder() + "/docs/formats/line-toml.md");
  EXPECT_TRUE(document.is_open());
  std::set<std::string> rows;
  for (std::string line; std::getline(document, line);) {
    bool has_five_cells = std::count(line.begin(), line.end(), '|') == 6;
    if (line.starts_with("| `") && has_five_cells) rows.insert(line);
  }
  return rows;
}

TEST(LineTomlDocument, HasTheRowOfEveryKeyAndNoOther) {
  auto rows = document_rows();
  for (const Key& key : keys())
    EXPECT_EQ(rows.erase(markdown_row(key)), 1u) << "missing row:\n" << markdown_row(key);
  for (const auto& row : rows) ADD_FAILURE() << "the parser does not know this row:\n" << row;
}

TEST(Schema, NamesEveryKeyOnceAndSaysWhatItMeans) {
  std::set<std::string_view> paths;
  for (const Key& key : keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_FALSE(key.meaning.empty()) << key.path;
    EXPECT_NE(key.required, !key.default_value.empty()) << key.path << " is either required or has a default";
  }
}

TEST(Schema, GivesEveryNumberAndDurationARange) {
  for (const Key& key : keys()) {
    bool has_range = key.kind == Kind::integer || key.kind == Kind::number || key.kind == Kind::duration;
    EXPECT_EQ(has_range, key.maximum > key.minimum) << key.path;
    EXPECT_EQ(key.kind == Kind::choice, !key.choices.empty()) << key.path;
  }
}

}  // namespace
}  // namespace tcps::line_toml
