#include "actors/engines/channels/oci_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/engines/archive/archive.h"
#include "actors/engines/sandbox/posix_process_runner.h"
#include "tests/support/temporary_folder.h"

namespace tcps::channels {
namespace {

using test::TemporaryFolder;

class OciImage : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("rootfs/app/version", "1.2.3\n");
    settings_.tag = "1.2.3";
    settings_.created_unix_s = 1'000'000'000;
    settings_.entrypoint = {"/app/run"};
    settings_.environment = {{"A", "1"}};
    settings_.labels = {{"org.opencontainers.image.version", "1.2.3"}};
    ASSERT_TRUE(archive::pack_tree(folder_.at("rootfs"), folder_.at("layer.tar.gz")).has_value());
  }
  std::string tool(std::vector<std::string> argv) {
    ProcessSpec spec;
    spec.argv = std::move(argv);
    spec.environment = minimal_environment();
    auto result = runner_.run(spec);
    EXPECT_TRUE(result && result->ok()) << (result ? result->error_output : result.error().message);
    return result ? result->output : "";
  }
  TemporaryFolder folder_;
  ImageSettings settings_;
  PosixProcessRunner runner_;
};

TEST_F(OciImage, IsReadBySkopeoWithOurDigestAndSettings) {
  const auto image = write_image(folder_.at("layer.tar.gz"), folder_.at("oci"), settings_);
  ASSERT_TRUE(image.has_value()) << image.error().message;
  const auto seen = nlohmann::json::parse(tool({"skopeo", "inspect", "oci:" + folder_.at("oci") + ":1.2.3"}));
  EXPECT_EQ(seen.at("Digest"), image->manifest.to_string());
  EXPECT_EQ(seen.at("Created"), "2001-09-09T01:46:40Z");
  EXPECT_EQ(seen.at("Labels").at("org.opencontainers.image.version"), "1.2.3");
  EXPECT_EQ(seen.at("Layers")[0], image->layer.to_string());
  EXPECT_EQ(seen.at("Env")[0], "A=1");
}

TEST_F(OciImage, IsUnpackedByUmociToWhatWasPacked) {
  ASSERT_TRUE(write_image(folder_.at("layer.tar.gz"), folder_.at("oci"), settings_).has_value());
  const auto rootfs = unpack_image(runner_, folder_.at("oci"), "1.2.3", folder_.at("bundle"));
  ASSERT_TRUE(rootfs.has_value()) << rootfs.error().message;
  EXPECT_EQ(*rootfs, folder_.at("bundle/rootfs"));
  EXPECT_EQ(folder_.read("bundle/rootfs/app/version"), "1.2.3\n");
}

TEST_F(OciImage, HasTheSameDigestsWhenMadeAgain) {
  const auto one = write_image(folder_.at("layer.tar.gz"), folder_.at("one"), settings_);
  const auto two = write_image(folder_.at("layer.tar.gz"), folder_.at("two"), settings_);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->manifest, two->manifest);
  EXPECT_EQ(folder_.read("one/index.json"), folder_.read("two/index.json"));
  settings_.created_unix_s += 1;
  EXPECT_NE(write_image(folder_.at("layer.tar.gz"), folder_.at("three"), settings_)->manifest, one->manifest);
}

TEST_F(OciImage, RefusesWhatItCannotMakeAnImageOf) {
  folder_.write("noise.tar.gz", "no gzip");
  EXPECT_EQ(write_image(folder_.at("noise.tar.gz"), folder_.at("a"), settings_).error().code,
            ErrorCode::corrupt);
  const auto whole = folder_.read("layer.tar.gz");
  folder_.write("cut.tar.gz", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(write_image(folder_.at("cut.tar.gz"), folder_.at("b"), settings_).error().code,
            ErrorCode::corrupt);
  EXPECT_EQ(write_image(folder_.at("missing.tar.gz"), folder_.at("c"), settings_).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(write_image(folder_.at("layer.tar.gz"), folder_.at("rootfs"), settings_).error().code,
            ErrorCode::conflict);
  settings_.tag = "no tag";
  EXPECT_EQ(write_image(folder_.at("layer.tar.gz"), folder_.at("d"), settings_).error().code,
            ErrorCode::invalid);
}

TEST_F(OciImage, IsNotUnpackedWhenItsLayerWasChanged) {
  const auto image = write_image(folder_.at("layer.tar.gz"), folder_.at("oci"), settings_);
  ASSERT_TRUE(image.has_value());
  auto bytes = folder_.read("layer.tar.gz");
  bytes[bytes.size() / 2] ^= 1;
  folder_.write("oci/blobs/sha256/" + image->layer.hex(), bytes);
  EXPECT_EQ(unpack_image(runner_, folder_.at("oci"), "1.2.3", folder_.at("bundle")).error().code,
            ErrorCode::corrupt);
  EXPECT_EQ(unpack_image(runner_, folder_.at("oci"), "9", folder_.at("other")).error().code,
            ErrorCode::corrupt);
  EXPECT_EQ(unpack_image(runner_, folder_.at("none"), "1", folder_.at("other")).error().code,
            ErrorCode::not_found);
}

}  // namespace
}  // namespace tcps::channels
