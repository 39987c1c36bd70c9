#include "actors/stages/common/manifest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/stages/common/testing/memory_object_store.h"

namespace tcps::stages {
namespace {

const std::string digest_text = Digest::of("x").to_string();

std::string one_file(const std::string& name, const std::string& entry) {
  return "{\"files\":{\"" + name + "\":" + entry + "}}";
}
std::string entry(const std::string& digest, const std::string& size, const std::string& mode) {
  return "{\"digest\":" + digest + ",\"size\":" + size + ",\"mode\":" + mode + "}";
}

TEST(ArtifactManifest, ReadsBackWhatItWrote) {
  Manifest manifest;
  ASSERT_TRUE(manifest.add(Stage::render, "src/x.cpp", {Digest::of("x"), 1, false}).has_value());
  ASSERT_TRUE(manifest.add(Stage::build, "bin/server", {Digest::of("server"), 6, true}).has_value());
  MemoryObjectStore store;
  const auto digest = manifest.store(store);
  ASSERT_TRUE(digest.has_value());
  EXPECT_EQ(*Manifest::load(store, *digest), manifest);
  EXPECT_EQ(manifest.to_json(), "{\"files\":{\"build/bin/server\":{\"digest\":\"" +
                                    Digest::of("server").to_string() +
                                    "\",\"mode\":\"755\",\"size\":6},\"render/src/x.cpp\":{\"digest\":\"" +
                                    digest_text + "\",\"mode\":\"644\",\"size\":1}}}");
}

TEST(ArtifactManifest, IsEmptyWhereNothingWasHandedOn) {
  MemoryObjectStore store;
  EXPECT_TRUE(Manifest::load(store, Digest{})->files().empty());
  EXPECT_EQ(Manifest::load(store, Digest::of("absent")).error().code, ErrorCode::not_found);
}

TEST(ArtifactManifest, RefusesWhatIsNotExactlyAManifest) {
  const auto good = entry("\"" + digest_text + "\"", "1", "\"644\"");
  ASSERT_TRUE(Manifest::parse(one_file("build/a", good)).has_value());
  const std::vector<std::string> hostile = {
      "",
      "[]",
      "{}",
      "{\"files\":[]}",
      "{\"files\":{},\"more\":1}",
      one_file("a", good),
      one_file("nostage/a", good),
      one_file("build/", good),
      one_file("build//a", good),
      one_file("build/../a", good),
      one_file("build/a/./b", good),
      one_file("build/a\\\\b", good),
      one_file("build/a\\u0007", good),
      one_file("build//etc/passwd", good),
      one_file("build/" + std::string(1025, 'a'), good),
      one_file("build/a", "{}"),
      one_file("build/a", entry("\"sha256:00\"", "1", "\"644\"")),
      one_file("build/a", entry("\"" + Digest::of("x").hex() + "\"", "1", "\"644\"")),
      one_file("build/a", entry("\"" + Digest{}.to_string() + "\"", "1", "\"644\"")),
      one_file("build/a", entry("\"" + digest_text + "\"", "-1", "\"644\"")),
      one_file("build/a", entry("\"" + digest_text + "\"", "1.5", "\"644\"")),
      one_file("build/a", entry("\"" + digest_text + "\"", "9007199254740993", "\"644\"")),
      one_file("build/a", entry("\"" + digest_text + "\"", "1", "\"777\"")),
      one_file("build/a", entry("\"" + digest_text + "\"", "1", "644")),
  };
  for (const auto& text : hostile) {
    const auto parsed = Manifest::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid) << text;
  }
}

TEST(ArtifactManifest, KeepsReportsApartFromTheProduct) {
  Manifest manifest;
  ASSERT_TRUE(manifest.add(Stage::build, "bin/a", {Digest::of("a"), 1, true}).has_value());
  ASSERT_TRUE(manifest.add(Stage::build, ".tcps/build.log", {Digest::of("log"), 3, false}).has_value());
  ASSERT_TRUE(manifest.add(Stage::release, "b", {Digest::of("b"), 1, false}).has_value());
  const auto files = manifest.product_files(Stage::build);
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files.begin()->first, "bin/a");
  EXPECT_NE(manifest.find(Stage::build, ".tcps/build.log"), nullptr);
}

TEST(ArtifactManifest, HoldsOneFileOfAName) {
  Manifest manifest;
  ASSERT_TRUE(manifest.add(Stage::build, "a", {Digest::of("a"), 1, false}).has_value());
  EXPECT_TRUE(manifest.add(Stage::build, "a", {Digest::of("a"), 1, false}).has_value());
  EXPECT_EQ(manifest.add(Stage::build, "a", {Digest::of("b"), 1, false}).error().code, ErrorCode::conflict);
}

RC_GTEST_PROP(ArtifactManifestProperty, AnyManifestReadsBack,
              (const std::map<std::string, std::string>& files)) {
  Manifest manifest;
  for (const auto& [path, text] : files) {
    const bool added =
        manifest.add(Stage::build, path, {Digest::of(text), text.size(), text.size() % 2 == 0}).has_value();
    RC_ASSERT(added == is_product_path(path));
  }
  const auto back = Manifest::parse(manifest.to_json());
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == manifest);
}

RC_GTEST_PROP(ArtifactManifestProperty, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  const auto parsed = Manifest::parse(bytes);
  if (parsed) RC_ASSERT(*Manifest::parse(parsed->to_json()) == *parsed);
}

}  // namespace
}  // namespace tcps::stages
