#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/engines/channels/oci_registry.h"
#include "actors/engines/sandbox/testing/scripted_process_runner.h"
#include "tests/support/temporary_folder.h"

namespace tcps::channels {
namespace {

using std::chrono::milliseconds;
using test::TemporaryFolder;

class RegistryRules : public testing::Test {
 protected:
  RegistryRules() {
    const auto manifest = Digest::of("our manifest").to_string();
    folder_.write("layout/index.json",
                  R"({"schemaVersion":2,"manifests":[{"digest":")" + manifest +
                      R"(","annotations":{"org.opencontainers.image.ref.name":"1.0"}}]})");
  }
  OciRegistry registry() {
    OciRegistry::Options options;
    options.sleep = [this](milliseconds time) { pauses_.push_back(time.count()); };
    return {runner_, options};
  }

  TemporaryFolder folder_;
  ScriptedProcessRunner runner_;
  std::vector<int64_t> pauses_;
  ImageReference reference_{"127.0.0.1:5000", "team/product", "1.0"};
};

TEST_F(RegistryRules, PublishesANewTagAndReadsItBack) {
  runner_.on("inspect", exited(1, "", "manifest unknown: manifest unknown"), 1);
  runner_.on("copy", exited(0));
  runner_.on("inspect", exited(0, "our manifest"));
  const auto pushed = registry().push(folder_.at("layout"), reference_);
  ASSERT_TRUE(pushed.has_value()) << pushed.error().message;
  EXPECT_EQ(pushed->digest, Digest::of("our manifest"));
  EXPECT_FALSE(pushed->already_there);
}

TEST_F(RegistryRules, DoesNotPushWhatIsThere) {
  runner_.on("inspect", exited(0, "our manifest"));
  const auto pushed = registry().push(folder_.at("layout"), reference_);
  ASSERT_TRUE(pushed.has_value());
  EXPECT_TRUE(pushed->already_there);
  EXPECT_EQ(runner_.commands().size(), 1u);
}

TEST_F(RegistryRules, CallsAnotherImageUnderTheTagAConflict) {
  runner_.on("inspect", exited(0, "their manifest"));
  const auto pushed = registry().push(folder_.at("layout"), reference_);
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().code, ErrorCode::conflict);
  EXPECT_THAT(pushed.error().message, testing::HasSubstr("increment the version"));
}

TEST_F(RegistryRules, NoticesThatItLostARaceForTheTag) {
  runner_.on("inspect", exited(1, "", "manifest unknown"), 1);
  runner_.on("copy", exited(0));
  runner_.on("inspect", exited(0, "their manifest"));
  EXPECT_EQ(registry().push(folder_.at("layout"), reference_).error().code, ErrorCode::conflict);
}

TEST_F(RegistryRules, RetriesAnUnreachableRegistryWithGrowingPausesAndThenSaysSo) {
  runner_.on("inspect", exited(1, "", "dial tcp 127.0.0.1:5000: connect: connection refused"));
  const auto pushed = registry().push(folder_.at("layout"), reference_);
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().code, ErrorCode::unavailable);
  EXPECT_THAT(pauses_, testing::ElementsAre(200, 400, 800));
}

TEST_F(RegistryRules, SucceedsWhenTheRegistryComesBack) {
  runner_.on("inspect", exited(1, "", "connection refused"), 2);
  runner_.on("inspect", exited(0, "our manifest"));
  EXPECT_TRUE(registry().digest_of(reference_).has_value());
  EXPECT_THAT(pauses_, testing::ElementsAre(200, 400));
}

TEST_F(RegistryRules, DoesNotRetryRefusalsOrUnknownOutcomes) {
  runner_.on("inspect", exited(1, "", "unauthorized: authentication required"), 1);
  runner_.on("inspect", timed_out());
  EXPECT_EQ(registry().digest_of(reference_).error().code, ErrorCode::refused);
  EXPECT_EQ(registry().digest_of(reference_).error().code, ErrorCode::timeout);
  EXPECT_THAT(pauses_, testing::IsEmpty());
}

TEST_F(RegistryRules, SpeaksPlainHttpToLoopbackOnly) {
  runner_.on("inspect", exited(0, "m"));
  for (const auto* host : {"127.0.0.1:5000", "localhost", "[::1]:80"}) {
    EXPECT_TRUE(registry().digest_of({host, "a", "1"}).has_value());
    EXPECT_THAT(runner_.commands().back(), testing::HasSubstr("--tls-verify=false")) << host;
  }
  for (const auto* host : {"registry.example.com", "127.0.0.1.example.com:5000", "localhost.example.com"}) {
    EXPECT_TRUE(registry().digest_of({host, "a", "1"}).has_value());
    EXPECT_THAT(runner_.commands().back(), testing::Not(testing::HasSubstr("tls-verify"))) << host;
  }
}

TEST_F(RegistryRules, RefusesMalformedReferencesBeforeStartingAnything) {
  const std::vector<ImageReference> malformed{{"", "a", "1"},    {"h", "", "1"},     {"h", "A", "1"},
                                              {"h", "a", ""},    {"h", "a", "-x"},   {"-h", "a", "1"},
                                              {"h", "/a", "1"},  {"h", "a//b", "1"}, {"h/x", "a", "1"},
                                              {"h", "a b", "1"}, {"h", "a", "x:y"}};
  for (const auto& reference : malformed) {
    EXPECT_EQ(registry().push(folder_.at("layout"), reference).error().code, ErrorCode::invalid)
        << reference.to_string();
    EXPECT_EQ(registry().pull(reference, folder_.at("x")).error().code, ErrorCode::invalid);
  }
  EXPECT_TRUE(runner_.commands().empty());
}

TEST_F(RegistryRules, RefusesLayoutsWithoutTheImage) {
  EXPECT_EQ(registry().push(folder_.at("missing"), reference_).error().code, ErrorCode::not_found);
  auto other = reference_;
  other.tag = "2.0";
  EXPECT_EQ(registry().push(folder_.at("layout"), other).error().code, ErrorCode::not_found);
  folder_.write("odd/index.json",
                R"({"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"1.0"},"digest":7}]})");
  EXPECT_EQ(registry().push(folder_.at("odd"), reference_).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace tcps::channels
