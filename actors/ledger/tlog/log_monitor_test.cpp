#include "actors/ledger/tlog/log_monitor.h"

#include <gtest/gtest.h>

#include "actors/ledger/tlog/testing/served_log.h"

namespace tcps::tlog {
namespace {

class LogMonitorTest : public testing::Test {
 protected:
  // "grown", "same", or what is wrong.
  std::string look() {
    auto grown = monitor.look();
    if (!grown) return grown.error().message;
    return *grown ? "grown" : "same";
  }
  bool lies(const std::string& what) {
    const auto grown = monitor.look();
    return !grown && grown.error().code == ErrorCode::corrupt &&
           grown.error().message.find(what) != std::string::npos;
  }
  ServedLog log;
  LogMonitor monitor{log, {log.key}};
};

TEST_F(LogMonitorTest, FollowsAGrowingLog) {
  for (const uint64_t size : {1u, 5u, 256u, 300u, 1000u, 70'000u}) {
    log.grow(size);
    EXPECT_EQ(look(), "grown") << size;
    EXPECT_EQ(look(), "same") << size;
    EXPECT_EQ(monitor.remembered()->checkpoint.size, size);
  }
}

TEST_F(LogMonitorTest, ARollbackASplitViewAndARewrittenLogAreLies) {
  log.grow(300);
  ASSERT_EQ(look(), "grown");
  log.entries.resize(200);
  log.publish();
  EXPECT_TRUE(lies("ROLLBACK"));
  log.grow(300, "other");
  EXPECT_TRUE(lies("SPLIT VIEW"));
  log.grow(400, "other");
  EXPECT_TRUE(lies("another tree than was seen"));
  EXPECT_EQ(monitor.remembered()->checkpoint.size, 300u) << "what was seen first stays";
}

TEST_F(LogMonitorTest, EveryServedFileIsHeldToTheCheckpoint) {
  log.grow(600);
  const auto good = log.files;
  ASSERT_TRUE(LogMonitor(log, {log.key}).look().has_value());
  for (const auto& [path, bytes] : good) {
    log.files = good;
    log.files[path][bytes.size() / 2] ^= 1;
    const auto grown = LogMonitor(log, {log.key}).look();
    ASSERT_FALSE(grown.has_value()) << path;
    EXPECT_EQ(grown.error().code, ErrorCode::corrupt) << path;
    log.files = good;
    log.files[path].resize(bytes.size() - 3);
    EXPECT_FALSE(LogMonitor(log, {log.key}).look().has_value()) << path;
  }
}

TEST_F(LogMonitorTest, TakesAFullFileWhereThePartialOneIsGone) {
  log.grow(100);
  ASSERT_EQ(look(), "grown");
  log.grow(300);
  std::erase_if(log.files, [](const auto& file) { return file.first.find(".p/100") != std::string::npos; });
  EXPECT_EQ(look(), "grown");
}

TEST_F(LogMonitorTest, WithoutAKeyNothingIsTakenForSigned) {
  log.grow(10);
  LogMonitor keyless(log, {});
  const auto grown = keyless.look();
  ASSERT_FALSE(grown.has_value());
  EXPECT_EQ(grown.error().code, ErrorCode::invalid);
  EXPECT_FALSE(keyless.remembered().has_value());
}

TEST_F(LogMonitorTest, AMissingFileIsNoLie) {
  log.grow(300);
  log.files.erase("tile/entries/000");
  const auto grown = monitor.look();
  ASSERT_FALSE(grown.has_value());
  EXPECT_EQ(grown.error().code, ErrorCode::not_found);
}

TEST_F(LogMonitorTest, ALogMadeShorterBelowItsCheckpointIsARollbackAtOnce) {
  log.grow(600);
  ASSERT_EQ(look(), "grown");
  const auto seen = log.files;
  for (const char* gone : {"tile/entries/002.p/88", "tile/0/002.p/88", "tile/1/000.p/2"}) {
    log.files = seen;
    log.files.erase(gone);
    EXPECT_TRUE(lies("ROLLBACK")) << gone;
  }
  // All of a shorter log, under the checkpoint of the longer one.
  log.entries.resize(400);
  log.files.clear();
  log.publish();
  log.files["checkpoint"] = seen.at("checkpoint");
  EXPECT_TRUE(lies("ROLLBACK"));
  log.files = seen;
  EXPECT_EQ(look(), "same") << "what was seen is there";
}

TEST_F(LogMonitorTest, ALogRewrittenBelowItsCheckpointIsALieAtOnce) {
  log.grow(600);
  ASSERT_EQ(look(), "grown");
  const auto checkpoint = log.files["checkpoint"];
  log.entries[599] = "rewritten";
  log.publish();
  log.files["checkpoint"] = checkpoint;
  EXPECT_TRUE(lies("another tree than was seen"));
  log.entries[599] = "entry599";
  log.publish();
  log.files["checkpoint"] = checkpoint;
  ASSERT_EQ(look(), "same");
  log.files["tile/entries/002.p/88"].back() ^= 1;
  EXPECT_TRUE(lies("is not what the entries hash to"));
}

TEST_F(LogMonitorTest, EveryPinnedKeyMustHaveSigned) {
  auto witness = PrivateKey::generate();
  const auto key = *NoteKey::make("w", NoteKeyType::cosignature, witness.public_key());
  LogMonitor strict(log, {log.key, key});
  log.grow(10);
  const auto unsigned_look = strict.look();
  ASSERT_FALSE(unsigned_look.has_value());
  EXPECT_NE(unsigned_look.error().message.find("is not signed by w"), std::string::npos);
  auto note = *Note::parse(log.files["checkpoint"]);
  note.signatures.push_back(*cosign_note(note.text, key, 1'800'000'000, witness));
  log.files["checkpoint"] = note.encode();
  EXPECT_TRUE(strict.look().has_value());
}

}  // namespace
}  // namespace tcps::tlog
