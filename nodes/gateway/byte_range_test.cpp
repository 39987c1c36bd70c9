#include "nodes/gateway/byte_range.h"

#include <gtest/gtest.h>

namespace tcps::gateway {
namespace {

using enum ByteRange::Kind;

TEST(ByteRange, IsOneRangeOfTheFile) {
  EXPECT_EQ(byte_range_of("bytes=0-0", 10), (ByteRange{part, 0, 1}));
  EXPECT_EQ(byte_range_of("bytes=2-5", 10), (ByteRange{part, 2, 4}));
  EXPECT_EQ(byte_range_of("bytes=2-", 10), (ByteRange{part, 2, 8}));
  EXPECT_EQ(byte_range_of("bytes=9-9", 10), (ByteRange{part, 9, 1}));
  EXPECT_EQ(byte_range_of("bytes=-3", 10), (ByteRange{part, 7, 3}));
  EXPECT_EQ(byte_range_of("Bytes=0-", 1), (ByteRange{part, 0, 1})) << "units are written in either case";
}

TEST(ByteRange, EndsWithTheFile) {
  EXPECT_EQ(byte_range_of("bytes=2-99", 10), (ByteRange{part, 2, 8}));
  EXPECT_EQ(byte_range_of("bytes=-99", 10), (ByteRange{part, 0, 10}));
  EXPECT_EQ(byte_range_of("bytes=0-99999999999999999999999", 10), (ByteRange{part, 0, 10}));
}

TEST(ByteRange, CannotBeSatisfiedWhereTheFileHasNoSuchBytes) {
  for (const char* range : {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"})
    EXPECT_EQ(byte_range_of(range, 10), ByteRange{unsatisfiable}) << range;
  EXPECT_EQ(byte_range_of("bytes=0-", 0), ByteRange{unsatisfiable});
  EXPECT_EQ(byte_range_of("bytes=-5", 0), ByteRange{unsatisfiable});
}

TEST(ByteRange, IsTheWholeForWhatIsNotUnderstood) {
  for (const char* range : {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "bytes=a-b",
                            "bytes=1-b", "bytes= 1-2", "bytes=+1-2", "bytes=1--2", "bytes=--2", "lines=0-1",
                            "bytes:0-1", "bytes=0x1-2", "bytes=1-2 "})
    EXPECT_EQ(byte_range_of(range, 10), ByteRange{}) << range;
}

}  // namespace
}  // namespace tcps::gateway
