#include "messages/digest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <unordered_set>

namespace tcps {
namespace {

// FIPS 180-2, appendix B.1.
constexpr std::string_view digest_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, IsSha256) {
  EXPECT_EQ(Digest::of("abc").hex(), digest_of_abc);
  EXPECT_EQ(Digest::of("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, OfPartsTellsListsWithTheSameConcatenationApart) {
  EXPECT_NE(Digest::of_parts({"ab", "c"}), Digest::of_parts({"a", "bc"}));
  EXPECT_NE(Digest::of_parts({"ab"}), Digest::of_parts({"ab", ""}));
  EXPECT_EQ(Digest::of_parts({"a"}), Digest::of(std::string("\0\0\0\0\0\0\0\1a", 9)));
}

TEST(Digest, IsWrittenAndReadWithItsAlgorithm) {
  const Digest digest = Digest::of("abc");
  EXPECT_EQ(digest.to_string(), "sha256:" + std::string(digest_of_abc));
  EXPECT_EQ(Digest::parse(digest.to_string()), digest);
  EXPECT_EQ(Digest::parse(digest_of_abc), digest);
  EXPECT_EQ(Digest::from_raw(digest.raw()), digest);
}

TEST(Digest, RefusesTextThatIsNotOne) {
  const std::string hex(digest_of_abc);
  for (const std::string& text : {std::string(), std::string("sha256:"), hex.substr(1), hex + "0",
                                  "sha1:" + hex, "sha256:sha256:" + hex, std::string("g").append(hex, 1),
                                  std::string("B").append(hex, 1), " " + hex}) {
    const auto parsed = Digest::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
  }
  EXPECT_FALSE(Digest::from_raw("short").has_value());
}

TEST(Digest, IsEmptyOnlyWhenNothingWasDigested) {
  EXPECT_TRUE(Digest().empty());
  EXPECT_FALSE(Digest::of("").empty());
}

TEST(Digest, CanBeAKeyOfAHashedSet) {
  const std::unordered_set<Digest> set = {Digest::of("a"), Digest::of("b"), Digest::of("a")};
  EXPECT_EQ(set.size(), 2u);
}

TEST(Hasher, GivesTheSameDigestHoweverTheBytesAreSplit) {
  Hasher hasher;
  hasher.update("a");
  hasher.update("");
  hasher.update("bc");
  EXPECT_EQ(hasher.finish(), Digest::of("abc"));
}

TEST(DigestOfFile, DigestsMoreThanOneBufferAndNamesAMissingFile) {
  const auto path =
      std::filesystem::temp_directory_path() / ("tcps-digest-" + Digest::of("file").hex().substr(0, 8));
  const std::string bytes(700'001, 'x');
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(digest_of_file(path), Digest::of(bytes));
  std::filesystem::remove(path);
  const auto missing = digest_of_file(path);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::io);
  EXPECT_NE(missing.error().message.find(path.string()), std::string::npos);
}

TEST(DigestOfFile, RefusesAFolder) {
  EXPECT_EQ(digest_of_file(std::filesystem::temp_directory_path()).error().code, ErrorCode::io);
}

// RFC 4648, section 10.
TEST(Base64, MatchesTheVectorsOfItsRfc) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), Bytes(bytes));
  }
}

TEST(Base64, ReadsEitherAlphabetButNotBothAtOnce) {
  EXPECT_EQ(from_base64("+/+/"), from_base64("-_-_").value());
  EXPECT_FALSE(from_base64("+/-_").has_value());
}

TEST(Base64, RefusesWhatHasASecondSpelling) {
  for (std::string_view text : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm8=\n",
                                "Zm9\n", "Zm\x80v", "=Zm9"}) {
    EXPECT_FALSE(from_base64(text).has_value()) << text;
  }
}

TEST(Hex, RefusesOddLengthUpperCaseAndOtherCharacters) {
  EXPECT_EQ(from_hex("00ff7a"), Bytes("\x00\xff\x7a", 3));
  for (std::string_view text : {"0", "0G", "FF", "0x", " 0"})
    EXPECT_FALSE(from_hex(text).has_value()) << text;
}

RC_GTEST_PROP(Base64, ReadsBackWhatItWrote, (const std::string& bytes)) {
  RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
}

RC_GTEST_PROP(Base64, HasOneSpellingForEachText, (const std::string& bytes)) {
  RC_PRE(!bytes.empty());
  std::string text = to_base64(bytes);
  text[*rc::gen::inRange<size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  const auto read = from_base64(text);
  const bool is_url_alphabet = text.find_first_of("-_") != std::string::npos;
  if (read && !is_url_alphabet) RC_ASSERT(to_base64(*read) == text);
}

RC_GTEST_PROP(Hex, ReadsBackWhatItWrote, (const std::string& bytes)) {
  RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
}

}  // namespace
}  // namespace tcps
