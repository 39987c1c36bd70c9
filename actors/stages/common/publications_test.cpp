#include "actors/stages/common/publications.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/engines/channels/marketplace.h"
#include "actors/engines/channels/oci_image.h"
#include "messages/testing/version_generator.h"

namespace tcps::stages {
namespace {

TEST(Publications, ReadBackAsWritten) {
  const std::vector<Publication> list{
      {Channel::oci, "embedded", "team/hello", "1.0.0", "", Digest::of("image")},
      {Channel::marketplace, "/srv/market", "hello", "1.0.0", "hello-1.0.0.tar.gz", Digest::of("tar")}};
  EXPECT_EQ(*parse_publications(to_json(list)), list);
  EXPECT_TRUE(parse_publications(to_json({}))->empty());
}

TEST(Publications, AreRefusedWhenMalformed) {
  for (const auto* text :
       {"", "{}", "[]", R"({"publications":{}})", R"({"publications":[{}]})",
        R"({"publications":[{"channel":"ftp","place":"","name":"","version":"","file":"","digest":""}]})"}) {
    ASSERT_FALSE(parse_publications(text).has_value()) << text;
    EXPECT_EQ(parse_publications(text).error().code, ErrorCode::invalid);
  }
}

RC_GTEST_PROP(PublicationsProperty, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  const auto parsed = parse_publications(bytes);
  if (parsed) RC_ASSERT(*parse_publications(to_json(*parsed)) == *parsed);
}

TEST(Publications, FindTheEmbeddedChannelsOfTheNode) {
  Workshop workshop;
  EXPECT_EQ(registry_at(workshop, "embedded").error().code, ErrorCode::unavailable);
  EXPECT_EQ(marketplace_at(workshop, "embedded").error().code, ErrorCode::unavailable);
  workshop.oci_registry = "127.0.0.1:5000";
  workshop.marketplace_directory = "/m";
  EXPECT_EQ(*registry_at(workshop, "embedded"), "127.0.0.1:5000");
  EXPECT_EQ(*marketplace_at(workshop, "embedded"), "/m");
  EXPECT_EQ(*registry_at(workshop, "registry.example:443"), "registry.example:443");
}

// Release and publish name image and folder by the version as it is.
RC_GTEST_PROP(AssignableVersionProperty, IsATagOfAnImageAndANameInTheMarketplace, ()) {
  const auto version = *test::any_assignable_version();
  RC_ASSERT(channels::is_image_tag(version));
  RC_ASSERT(channels::is_release_name(version));
}

}  // namespace
}  // namespace tcps::stages
