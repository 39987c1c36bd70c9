#include "actors/engines/channels/marketplace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/temporary_folder.h"

namespace tcps::channels {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::TemporaryFolder;

class Marketplaces : public testing::Test {
 protected:
  MarketplaceRelease release(const std::string& version, const std::string& content = "bytes") {
    return {"product",
            version,
            1'000,
            {folder_.write("in/product.tar.gz", content), folder_.write("in/SHA256SUMS", "sums")}};
  }
  TemporaryFolder folder_;
  Marketplace marketplace_{folder_.at("market")};
};

TEST_F(Marketplaces, ListWhatWasPublished) {
  const auto published = marketplace_.publish(release("1.0"));
  ASSERT_TRUE(published.has_value()) << published.error().message;
  EXPECT_FALSE(published->already_there);
  EXPECT_EQ(published->url, "product/1.0/release.json");
  ASSERT_TRUE(marketplace_.publish(release("1.1", "more")).has_value());

  const auto index = json::parse(folder_.read("market/index.json"));
  const auto& versions = index.at("skus").at("product").at("versions");
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].at("version"), "1.0");
  EXPECT_EQ(versions[0].at("released"), "1970-01-01T00:16:40Z");
  const auto& file = versions[0].at("files")[1];
  EXPECT_EQ(file.at("url"), "product/1.0/product.tar.gz");
  EXPECT_EQ(file.at("sha256"), Digest::of("bytes").hex());
  EXPECT_EQ(file.at("size"), 5);
  EXPECT_EQ(folder_.read("market/" + file.at("url").get<std::string>()), "bytes");
}

TEST_F(Marketplaces, TakeTheSameReleaseTwiceAndRefuseAnotherUnderItsVersion) {
  ASSERT_TRUE(marketplace_.publish(release("1.0")).has_value());
  auto again = release("1.0");
  again.released_unix_s = 2'000;
  const auto same = marketplace_.publish(again);
  ASSERT_TRUE(same.has_value());
  EXPECT_TRUE(same->already_there);
  EXPECT_EQ(same->listing.released_unix_s, 1'000);
  const auto other = marketplace_.publish(release("1.0", "changed"));
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
  EXPECT_EQ(folder_.read("market/product/1.0/product.tar.gz"), "bytes");
}

TEST_F(Marketplaces, MendTheIndexWhenACrashLeftItBehind) {
  ASSERT_TRUE(marketplace_.publish(release("1.0")).has_value());
  fs::remove(folder_.at("market/index.json"));
  folder_.write("market/.staging/half", "left by a crash");
  ASSERT_TRUE(marketplace_.publish(release("1.0")).has_value());
  EXPECT_TRUE(json::parse(folder_.read("market/index.json")).at("skus").contains("product"));
  EXPECT_FALSE(fs::exists(folder_.at("market/.staging")));
}

TEST_F(Marketplaces, GiveReleasesBackAndNoticeTampering) {
  ASSERT_TRUE(marketplace_.publish(release("1.0")).has_value());
  const auto fetched = marketplace_.fetch("product", "1.0", folder_.at("out"));
  ASSERT_TRUE(fetched.has_value());
  EXPECT_EQ(fetched->files.size(), 2u);
  EXPECT_EQ(folder_.read("out/product.tar.gz"), "bytes");
  folder_.write("market/product/1.0/product.tar.gz", "evil!");
  EXPECT_EQ(marketplace_.fetch("product", "1.0", folder_.at("out")).error().code, ErrorCode::corrupt);
  EXPECT_FALSE(fs::exists(folder_.at("out/product.tar.gz")));
  folder_.write(
      "market/product/1.0/release.json",
      R"({"sku":"product","version":"1.0","released_unix_s":1,"files":[{"name":"../x","sha256":"","size":1}]})");
  EXPECT_EQ(marketplace_.fetch("product", "1.0", folder_.at("out")).error().code, ErrorCode::corrupt);
}

TEST_F(Marketplaces, RefuseNamesAndFilesThatCannotBeListed) {
  const auto code = [this](const MarketplaceRelease& release) {
    const auto published = marketplace_.publish(release);
    return published ? std::string() : std::string(to_string(published.error().code));
  };
  const std::string invalid(to_string(ErrorCode::invalid));
  for (const auto* name : {"", "..", ".hidden", "a/b", "-x", "a b"}) {
    auto odd = release("1.0");
    odd.sku = name;
    EXPECT_EQ(code(odd), invalid) << name;
    EXPECT_EQ(code(release(name)), invalid) << name;
    EXPECT_EQ(marketplace_.find("product", name).error().code, ErrorCode::invalid);
  }
  auto empty = release("1.0");
  empty.files.clear();
  EXPECT_EQ(code(empty), invalid);
  auto twice = release("1.0");
  twice.files.push_back(folder_.write("other/SHA256SUMS", "x"));
  EXPECT_EQ(code(twice), invalid);
  auto reserved = release("1.0");
  reserved.files = {folder_.write("in/release.json", "x")};
  EXPECT_EQ(code(reserved), invalid);
  auto missing = release("1.0");
  missing.files.push_back(folder_.at("missing"));
  EXPECT_EQ(code(missing), to_string(ErrorCode::not_found));
  EXPECT_EQ(marketplace_.find("product", "9.9").error().code, ErrorCode::not_found);
}

TEST_F(Marketplaces, LetManyPublishersShareAFolder) {
  const auto file = folder_.write("in/file", "x");
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        Marketplace mine(folder_.at("market"));
        good += mine.publish({"product", "1." + std::to_string(i / 2), 1, {file}}).has_value();
      });
    }
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(json::parse(folder_.read("market/index.json")).at("skus").at("product").at("versions").size(),
            4u);
}

}  // namespace
}  // namespace tcps::channels
