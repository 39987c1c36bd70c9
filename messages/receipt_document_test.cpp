// docs/formats/receipt.md lists the fields that every receipt has: those of the schema, and no others.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <map>

#include "messages/proto/line.pb.h"
#include "messages/stage.h"
#include "tests/support/document_table.h"

namespace tcps {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAreArray;

// The fields of the stages stand beside the others, and have a table of their own.
bool is_spread(const FieldDescriptor& field) { return field.name() == "stage_fields"; }

std::vector<std::string> field_names(const Descriptor& message) {
  std::vector<std::string> names;
  for (int i = 0; i < message.field_count(); ++i) {
    if (!is_spread(*message.field(i))) names.push_back(message.field(i)->name());
  }
  return names;
}

// Each field that the page lists, with the words that its meaning names as code.
std::multimap<std::string, std::vector<std::string>> listed() {
  std::multimap<std::string, std::vector<std::string>> fields;
  for (const auto& row : test::document_table("formats/receipt.md", "| Field | Meaning |")) {
    for (const auto& name : test::code_words(row.at(0))) fields.emplace(name, test::code_words(row.at(1)));
  }
  return fields;
}

TEST(ReceiptDocument, ListsTheFieldsOfTheSchemaOnceEach) {
  std::vector<std::string> names;
  for (const auto& [name, words] : listed()) names.push_back(name);
  EXPECT_THAT(names, UnorderedElementsAreArray(field_names(*proto::Receipt::descriptor())));
}

TEST(ReceiptDocument, NamesWhatIsInsideAField) {
  const auto fields = listed();
  for (const auto& [field, inside] : {std::pair("log", proto::LogOrigin::descriptor()),
                                      {"next", proto::NextStation::descriptor()},
                                      {"failure", proto::Failure::descriptor()}}) {
    ASSERT_EQ(fields.count(field), 1u) << field;
    EXPECT_EQ(proto::Receipt::descriptor()->FindFieldByName(field)->message_type(), inside);
    EXPECT_THAT(fields.find(field)->second, IsSupersetOf(field_names(*inside))) << field;
  }
}

TEST(ReceiptDocument, HasARowOfFieldsForEachStage) {
  std::vector<std::string> stages;
  for (const auto& row : test::document_table("formats/receipt.md", "| Stage | Fields |")) {
    stages.push_back(row.at(0));
    EXPECT_FALSE(test::code_words(row.at(1)).empty()) << row.at(0);
  }
  EXPECT_EQ(stages, word_texts<Stage>());
}

}  // namespace
}  // namespace tcps
