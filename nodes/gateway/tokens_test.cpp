#include "nodes/gateway/tokens.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace tcps::gateway {
namespace {

constexpr const char* now = "2026-01-26T10:00:00Z";

class TokensTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  std::string path = folder.path() + "/gateway.tokens";
};

TEST_F(TokensTest, AreKeptAsHashesOnly) {
  TokenList list;
  const auto token = list.add("ann", now);
  ASSERT_TRUE(token.has_value()) << token.error().message;
  EXPECT_EQ(token->size(), 5u + 64u);
  EXPECT_EQ(list.format().find(*token), std::string::npos);
  ASSERT_TRUE(save_tokens(list, path).has_value());
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto read = load_tokens(path);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_NE(read->find(*token), nullptr);
  EXPECT_EQ(read->find(*token)->name, "ann");
  EXPECT_EQ(read->find(*token)->scope, auditor_scope);
}

TEST_F(TokensTest, AreToldApart) {
  TokenList list;
  const auto ann = *list.add("ann", now), bob = *list.add("bob", now);
  EXPECT_NE(ann, bob);
  EXPECT_EQ(list.find(bob)->name, "bob");
  for (const std::string& wrong :
       {std::string(), std::string("x"), ann + "0", ann.substr(1), list.entries()[0].hash.to_string()})
    EXPECT_EQ(list.find(wrong), nullptr) << wrong;
  EXPECT_EQ(list.add("ann", now).error().code, ErrorCode::conflict);
  EXPECT_EQ(list.add("Ann B", now).error().code, ErrorCode::invalid);
  EXPECT_EQ(list.revoke("carl").error().code, ErrorCode::not_found);
}

TEST_F(TokensTest, AreRevokedUnderARunningGateway) {
  TokenList list;
  const auto ann = *list.add("ann", now), bob = *list.add("bob", now);
  ASSERT_TRUE(save_tokens(list, path).has_value());
  TokenFile file(path);
  EXPECT_EQ(file.check(ann), TokenFile::Admission::admitted);
  EXPECT_EQ(file.check("tcps_wrong"), TokenFile::Admission::unknown);
  ASSERT_TRUE(list.revoke("ann").has_value());
  ASSERT_TRUE(save_tokens(list, path).has_value());
  EXPECT_EQ(file.check(ann), TokenFile::Admission::unknown);
  EXPECT_EQ(file.check(bob), TokenFile::Admission::admitted);
  std::filesystem::remove(path);
  EXPECT_EQ(file.check(bob), TokenFile::Admission::unknown) << "without the file nobody is admitted";
}

TEST_F(TokensTest, OfAnotherScopeAreNotAuditors) {
  const std::string token = "tcps_secret";
  std::ofstream(path) << "# by hand\n\nann " << Digest::of(token).to_string() << " publisher " << now << "\n";
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(TokenFile(path).check(token), TokenFile::Admission::without_scope);
}

TEST_F(TokensTest, AFileThatOthersCanReadOrThatIsMalformedAdmitsNobody) {
  TokenList list;
  const auto ann = *list.add("ann", now);
  ASSERT_TRUE(save_tokens(list, path).has_value());
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(load_tokens(path).error().code, ErrorCode::refused);
  EXPECT_EQ(TokenFile(path).check(ann), TokenFile::Admission::unknown);
  EXPECT_EQ(load_tokens(folder.path() + "/absent").error().code, ErrorCode::not_found);
  for (const char* text : {"ann", "ann sha256:12 auditor x", "Ann! sha256:0 auditor", "a b c d e f"})
    EXPECT_EQ(TokenList::parse(text).error().code, ErrorCode::invalid) << text;
}

}  // namespace
}  // namespace tcps::gateway
