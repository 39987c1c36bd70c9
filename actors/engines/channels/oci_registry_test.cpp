#include "actors/engines/channels/oci_registry.h"

#include <gtest/gtest.h>

#include "actors/engines/archive/archive.h"
#include "actors/engines/channels/oci_image.h"
#include "actors/engines/channels/registry_process.h"
#include "actors/engines/sandbox/posix_process_runner.h"
#include "tests/support/temporary_folder.h"

namespace tcps::channels {
namespace {

using test::TemporaryFolder;

class RealRegistry : public testing::Test {
 protected:
  void SetUp() override {
    auto started = RegistryProcess::start(runner_, folder_.at("storage"));
    ASSERT_TRUE(started.has_value()) << started.error().message;
    process_ = std::move(*started);
    reference_.registry = process_->address();
  }
  OciRegistry registry() {
    OciRegistry::Options options;
    options.retry = {2, std::chrono::milliseconds(1), std::chrono::milliseconds(1)};
    return {runner_, options};
  }
  // A layout whose image holds `content`.
  std::string layout(const std::string& name, const std::string& content, const std::string& tag) {
    folder_.write(name + "/rootfs/version", content);
    EXPECT_TRUE(
        archive::pack_tree(folder_.at(name + "/rootfs"), folder_.at(name + "/layer.tar.gz")).has_value());
    ImageSettings settings;
    settings.tag = tag;
    const auto image = write_image(folder_.at(name + "/layer.tar.gz"), folder_.at(name + "/oci"), settings);
    EXPECT_TRUE(image.has_value());
    return folder_.at(name + "/oci");
  }

  TemporaryFolder folder_;
  PosixProcessRunner runner_;
  std::unique_ptr<RegistryProcess> process_;
  ImageReference reference_{"", "team/product", "1.0"};
};

TEST_F(RealRegistry, TakesAnImageAndGivesItBackUnchanged) {
  EXPECT_EQ(registry().digest_of(reference_).error().code, ErrorCode::not_found);
  const auto pushed = registry().push(layout("one", "1.0\n", "1.0"), reference_);
  ASSERT_TRUE(pushed.has_value()) << pushed.error().message;
  EXPECT_FALSE(pushed->already_there);
  EXPECT_EQ(*registry().digest_of(reference_), pushed->digest);
  ASSERT_TRUE(registry().pull(reference_, folder_.at("pulled")).has_value());
  const auto rootfs = unpack_image(runner_, folder_.at("pulled"), "1.0", folder_.at("bundle"));
  ASSERT_TRUE(rootfs.has_value()) << rootfs.error().message;
  EXPECT_EQ(folder_.read("bundle/rootfs/version"), "1.0\n");
}

TEST_F(RealRegistry, KeepsATagForTheImageThatHadItFirst) {
  ASSERT_TRUE(registry().push(layout("one", "1.0\n", "1.0"), reference_).has_value());
  const auto again = registry().push(folder_.at("one/oci"), reference_);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->already_there);
  const auto other = registry().push(layout("two", "changed\n", "1.0"), reference_);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
}

TEST_F(RealRegistry, IsUnavailableWhenItIsGone) {
  const auto image = layout("one", "1.0\n", "1.0");
  process_->stop();
  const auto pushed = registry().push(image, reference_);
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().code, ErrorCode::unavailable);
  EXPECT_EQ(registry().pull(reference_, folder_.at("x")).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace tcps::channels
