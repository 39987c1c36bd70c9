#include "messages/demand_sources.h"

#include <gtest/gtest.h>

#include <set>

namespace tcps {
namespace {

TEST(DemandSources, AreFourEachWithItsBucket) {
  std::set<std::string_view> names;
  for (const auto& [source, bucket] : standard_sources) {
    names.insert(source);
    EXPECT_EQ(standard_bucket(source), bucket) << source;
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"customers", "github", "marketplace", "security"}));
}

TEST(DemandSources, BringReliabilityAndSecurityAndElseFeatures) {
  EXPECT_EQ(standard_bucket("github"), Bucket::reliability);
  EXPECT_EQ(standard_bucket("security"), Bucket::security);
  for (const std::string_view source : {"marketplace", "customers", "elsewhere", "GitHub", ""})
    EXPECT_EQ(standard_bucket(source), Bucket::features) << source;
}

}  // namespace
}  // namespace tcps
