// tcps-audit witness and monitor against logs that are honest, rewritten and rolled back.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <regex>
#include <thread>

#include "actors/ledger/tlog/testing/served_log.h"
#include "actors/ledger/tlog/tile.h"
#include "actors/ledger/tlog/witness.h"
#include "nodes/http/server.h"
#include "tests/audit/audit_process.h"
#include "tests/support/factory_process.h"
#include "tests/support/places.h"

namespace tcps::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using tlog::AddCheckpoint;
using tlog::ServedLog;

struct Answer {
  int status = 0;  // 0: none came
  std::string head, body;
};

Answer send_raw(uint16_t port, const std::string& request) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Answer answer;
  std::string bytes;
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    char part[4096];
    for (ssize_t count; (count = recv(descriptor, part, sizeof part, 0)) > 0;) bytes.append(part, count);
  }
  close(descriptor);
  const size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.head = bytes.substr(0, end);
  answer.body = bytes.substr(end + 4);
  answer.status = std::stoi(bytes.substr(9, 3));
  return answer;
}

Answer post(uint16_t port, const std::string& body, const std::string& target = "/add-checkpoint") {
  return send_raw(port, "POST " + target + " HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body);
}

// Requests about the log's first `to` entries.
AddCheckpoint request(ServedLog& log, uint64_t from, uint64_t to) {
  class Nodes final : public tlog::TileReader {
   public:
    explicit Nodes(ServedLog& log) : log_(log) {}
    Result<Bytes> tile(const tlog::TileAddress& address) override {
      auto now = address;
      now.width = tlog::width_at(address.level, address.index, log_.entries.size());
      return log_.get(tlog::tile_path(now));
    }

   private:
    ServedLog& log_;
  } tiles(log);
  tlog::TileHashReader nodes(log.entries.size(), tiles);
  const Digest root = to == 0 ? tlog::empty_root() : *tlog::root_at(to, nodes);
  AddCheckpoint request{from, {}, *tlog::sign_checkpoint({log.origin, to, root, {}}, log.key, log.signer)};
  if (from > 0 && from <= to) request.proof = *tlog::consistency_proof(from, to, nodes);
  return request;
}

class WitnessProcess {
 public:
  WitnessProcess(const std::string& folder, const std::string& log_key)
      : log_path_(folder + "/witness.log"), folder_(folder), log_key_(log_key) {}

  bool start() {
    write_whole(log_path_, "");
    child_ = Child::start({test::programs_folder() + "/bin/tcps-audit", "witness", "--name",
                           "witness.example", "--state", folder_ + "/state", "--log", log_key_},
                          {}, log_path_);
    const auto limit = std::chrono::steady_clock::now() + seconds(20);
    std::smatch match;
    while (std::chrono::steady_clock::now() < limit && child_->running()) {
      const std::string text = read_whole(log_path_);
      static const std::regex form(R"(127\.0\.0\.1:(\d+)\nkey (\S+)\n)");
      if (std::regex_search(text, match, form)) {
        port = static_cast<uint16_t>(std::stoi(match[1]));
        key = tlog::NoteKey::parse(match[2].str()).value();
        return true;
      }
      std::this_thread::sleep_for(milliseconds(5));
    }
    return false;
  }
  Child& child() { return *child_; }
  std::string said() const { return read_whole(log_path_); }
  // The size that it remembers.
  uint64_t remembered(ServedLog& log) {
    const Answer answer = post(port, request(log, 0, 1).encode());
    return answer.status == 409 ? std::stoull(answer.body) : 0;
  }

  uint16_t port = 0;
  std::optional<tlog::NoteKey> key;

 private:
  std::string log_path_, folder_, log_key_;
  std::unique_ptr<Child> child_;
};

class AuditWitness : public testing::Test {
 protected:
  AuditWitness() { log.grow(600); }
  TemporaryFolder folder;
  ServedLog log;
  WitnessProcess witness{folder.path(), log.key.format()};
};

TEST_F(AuditWitness, CosignsWhatContinuesWhatItCosigned) {
  ASSERT_TRUE(witness.start());
  uint64_t size = 0;
  for (const uint64_t next : {3u, 3u, 256u, 600u}) {
    const auto submitted = request(log, size, next);
    const Answer answer = post(witness.port, submitted.encode());
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_THAT(answer.body, StartsWith("\u2014 witness.example "));
    const auto note = tlog::Note::parse(submitted.checkpoint.note.encode() + answer.body);
    ASSERT_TRUE(note.has_value());
    EXPECT_TRUE(tlog::cosigned_at(*note, *witness.key).has_value());
    size = next;
  }
}

TEST_F(AuditWitness, RefusesWithTheStatusOfTheSpecification) {
  ASSERT_TRUE(witness.start());
  ASSERT_EQ(post(witness.port, request(log, 0, 300).encode()).status, 200);
  const Answer conflict = post(witness.port, request(log, 200, 400).encode());
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.body, "300\n");
  EXPECT_THAT(conflict.head, HasSubstr("Content-Type: text/x.tlog.size"));
  auto broken = request(log, 300, 400);
  std::swap(broken.proof.front(), broken.proof.back());
  EXPECT_EQ(post(witness.port, broken.encode()).status, 422);
  ServedLog other;
  other.grow(10);
  EXPECT_EQ(post(witness.port, request(other, 0, 10).encode()).status, 403) << "the same origin, another key";
  other.origin = "other.example/log";
  EXPECT_EQ(post(witness.port, request(other, 0, 10).encode()).status, 404);
  EXPECT_EQ(post(witness.port, "old x\n").status, 400);
  EXPECT_EQ(post(witness.port, request(log, 400, 300).encode()).status, 400);
  const std::string head = "POST /add-checkpoint HTTP/1.1\r\nConnection: close\r\n";
  EXPECT_EQ(send_raw(witness.port, head + "Content-Length: 200000\r\n\r\n").status, 413);
  EXPECT_EQ(post(witness.port, "", "/elsewhere").status, 404);
  EXPECT_EQ(send_raw(witness.port, "GET /add-checkpoint HTTP/1.1\r\nConnection: close\r\n\r\n").status, 405);
  EXPECT_EQ(send_raw(witness.port, "garbage\r\n\r\n").status, 400);
  EXPECT_EQ(witness.remembered(log), 300u);
}

TEST_F(AuditWitness, ALogRewrittenWithItsOwnKeyIsNotCosigned) {
  ASSERT_TRUE(witness.start());
  ASSERT_EQ(post(witness.port, request(log, 0, 300).encode()).status, 200);
  log.entries.resize(100);
  log.grow(600, "rewritten");
  EXPECT_EQ(post(witness.port, request(log, 300, 300).encode()).status, 409);
  EXPECT_THAT(witness.said(), HasSubstr("ALARM: SPLIT VIEW"));
  EXPECT_EQ(post(witness.port, request(log, 300, 600).encode()).status, 422);
  EXPECT_THAT(witness.said(), HasSubstr("ALARM: INCONSISTENT"));
}

TEST_F(AuditWitness, ALogRewrittenShorterIsCaughtAtOnce) {
  ASSERT_TRUE(witness.start());
  ASSERT_EQ(post(witness.port, request(log, 0, 300).encode()).status, 200);
  EXPECT_EQ(post(witness.port, request(log, 299, 400).encode()).status, 409);
  EXPECT_EQ(witness.said().find("ALARM"), std::string::npos)
      << "who only forgot what was cosigned does not lie";
  log.entries.resize(100);
  log.grow(200, "rewritten");
  const auto shorter = request(log, 0, 200);
  EXPECT_EQ(post(witness.port, shorter.encode()).status, 409);
  EXPECT_THAT(witness.said(), HasSubstr("ALARM: ROLLBACK: " + log.origin +
                                        " shows a checkpoint of 200 entries after one of 300"));
  EXPECT_EQ(read_whole(folder.path() + "/state/" + Digest::of(log.origin).hex().substr(0, 32) +
                       "/offending-checkpoint"),
            shorter.checkpoint.note.encode());
  EXPECT_EQ(witness.remembered(log), 300u);
}

TEST_F(AuditWitness, RemembersWhatItAnsweredWheneverItIsKilled) {
  std::atomic<uint64_t> answered = 0;
  for (int round = 0; round < 8; ++round) {
    ASSERT_TRUE(witness.start()) << round;
    const uint64_t kept = witness.remembered(log);
    EXPECT_GE(kept, answered) << "a checkpoint that it cosigned is forgotten";
    EXPECT_LE(kept, answered + 1);
    answered = kept;
    std::atomic<bool> ended = false;
    // After a while, in every other round counted from its second answer on.
    std::thread killer([&, delay = milliseconds(3 + 7 * round), counts = round % 2 == 1, due = kept + 2] {
      while (counts && answered < due && !ended) std::this_thread::yield();
      std::this_thread::sleep_for(delay);
      witness.child().signal(SIGKILL);
    });
    while (answered < 599 && post(witness.port, request(log, answered, answered + 1).encode()).status == 200)
      ++answered;
    ended = true;
    killer.join();
    ASSERT_TRUE(witness.child().wait(seconds(10)).has_value());
  }
  EXPECT_GE(answered, 8u);
}

TEST_F(AuditWitness, DoesNotGoOnFromAStateThatWasChanged) {
  ASSERT_TRUE(witness.start());
  ASSERT_EQ(post(witness.port, request(log, 0, 300).encode()).status, 200);
  witness.child().signal(SIGTERM);
  EXPECT_EQ(witness.child().wait(seconds(10)), std::optional(0));
  const std::string state =
      folder.path() + "/state/" + Digest::of(log.origin).hex().substr(0, 32) + "/checkpoint";
  write_whole(state, request(log, 0, 5).checkpoint.note.encode());
  EXPECT_FALSE(witness.start());
  EXPECT_EQ(witness.child().wait(seconds(10)), std::optional(1));
}

// The log over HTTP.
class LogServer {
 public:
  explicit LogServer(ServedLog& log) {
    auto listening = http::Server::start({}, [&log](const http::Request& request) -> http::Reply {
      auto file = log.get(request.target.substr(std::string("/logs/a/").size()));
      http::Response response;
      response.status = file ? 200 : 404;
      response.body = file.value_or("none\n");
      return response;
    });
    server_ = std::move(*listening);
  }
  std::string url() const { return server_->url() + "/logs/a"; }

 private:
  std::unique_ptr<http::Server> server_;
};

class AuditMonitor : public testing::Test {
 protected:
  Ran look() {
    const LogServer server(log);  // the log changes between the lives of servers only
    return run_audit(
        {"monitor", server.url(), "--key", log.key.format(), "--state", folder.path() + "/seen", "--once"});
  }
  TemporaryFolder folder;
  ServedLog log;
};

TEST_F(AuditMonitor, FollowsAnHonestLog) {
  for (const uint64_t size : {1u, 300u, 300u, 1000u}) {
    log.grow(size);
    const Ran ran = look();
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(std::to_string(size) + " entries"));
  }
}

TEST_F(AuditMonitor, ShoutsAtRollbackAndRewriteAndKeepsTheEvidence) {
  log.grow(500);
  ASSERT_EQ(look().exit_code, 0);
  log.entries.resize(400);
  log.publish();
  const Ran rollback = look();
  EXPECT_EQ(rollback.exit_code, 1);
  EXPECT_THAT(rollback.err, HasSubstr("ALARM: ROLLBACK"));
  EXPECT_EQ(read_whole(folder.path() + "/seen/offending-checkpoint"), log.files["checkpoint"]);
  log.grow(600, "rewritten");
  const Ran rewritten = look();
  EXPECT_EQ(rewritten.exit_code, 1);
  EXPECT_THAT(rewritten.err, HasSubstr("another tree than was seen"));
  // The checkpoint that was seen, above a log that is shorter.
  log.entries.resize(300);
  log.files.clear();
  log.publish();
  log.files["checkpoint"] = read_whole(folder.path() + "/seen/checkpoint");
  const Ran hollow = look();
  EXPECT_EQ(hollow.exit_code, 1);
  EXPECT_THAT(hollow.err, HasSubstr("ALARM: ROLLBACK: the log no longer shows the 500 entries"));
  log.grow(600, "rewritten");
  log.entries[450] = "changed";
  log.files["tile/entries/001"][700] ^= 1;
  EXPECT_EQ(look().exit_code, 1);
}

TEST_F(AuditMonitor, ALogThatCannotBeReadIsNotJudged) {
  log.grow(10);
  log.files.erase("checkpoint");
  EXPECT_EQ(look().exit_code, 2);
  const std::string key = log.key.format(), seen = folder.path() + "/seen";
  EXPECT_EQ(run_audit({"monitor", "http://127.0.0.1:1", "--key", key, "--state", seen, "--once"}).exit_code,
            2);
  EXPECT_EQ(run_audit({"monitor", "ftp://x", "--key", key, "--state", seen, "--once"}).exit_code, 2);
  EXPECT_EQ(run_audit({"monitor", "http://x", "--state", seen, "--once"}).exit_code, 2) << "without a key";
}

TEST_F(AuditMonitor, DoesNotBeginWithoutAPauseOrAKey) {
  log.grow(10);
  const LogServer server(log);
  const std::string no_key = folder.path() + "/no-key", seen = folder.path() + "/seen";
  write_whole(no_key, "\n\n");
  const Ran keyless = run_audit({"monitor", server.url(), "--key", no_key, "--state", seen, "--once"});
  EXPECT_EQ(keyless.exit_code, 2) << keyless.out;
  EXPECT_THAT(keyless.err, HasSubstr("holds no key"));
  for (const char* interval : {"nan", "-nan", "NAN", "-1", "inf", "0"}) {
    const Ran ran = run_audit({"monitor", server.url(), "--key", log.key.format(), "--state", seen, "--once",
                               std::string("--interval=") + interval});
    EXPECT_EQ(ran.exit_code, 2) << interval << ran.out;
  }
}

TEST_F(AuditMonitor, StartsFromACheckpointThatTheAuditorKept) {
  log.grow(300);
  const std::string kept = folder.path() + "/kept";
  write_whole(kept, log.files["checkpoint"]);
  log.entries.resize(10);
  log.grow(400, "rewritten");
  const LogServer server(log);
  const Ran ran = run_audit({"monitor", server.url(), "--key", log.key.format(), "--state",
                             folder.path() + "/new", "--checkpoint", kept, "--once"});
  EXPECT_EQ(ran.exit_code, 1) << ran.out;
}

}  // namespace
}  // namespace tcps::test
