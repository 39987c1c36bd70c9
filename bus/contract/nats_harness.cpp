#include <stdlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "bus/contract/harness.h"
#include "bus/nats/nats_bus.h"
#include "bus/nats/nats_server.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tcps::bus::contract {
namespace {

class NatsHarness : public Harness {
 public:
  NatsHarness() {
    NatsServerOptions options;
    options.store_folder = folder_.path();
    options.candidates = {test::programs_folder() + "/nats-server/nats-server"};
    auto server = NatsServerProcess::start(options);
    EXPECT_TRUE(server) << server.error().message;
    if (server) server_ = std::move(*server);
  }

  std::unique_ptr<Bus> attach(const std::string& name) override {
    if (!server_) return nullptr;
    NatsOptions options;
    options.url = server_->url();
    options.name = name;
    options.reconnect_wait = Milliseconds(50);
    options.request_timeout = Milliseconds(3'000);
    auto bus = connect_nats(options);
    EXPECT_TRUE(bus) << bus.error().message;
    return bus ? std::move(*bus) : nullptr;
  }
  bool until(const std::function<bool()>& condition, Milliseconds limit) override {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      pass(Milliseconds(2));
    }
    return true;
  }
  void pass(Milliseconds duration) override { std::this_thread::sleep_for(duration); }
  void crash_server() override { server_->kill_hard(); }
  void restart_server() override {
    auto started = server_->start_again();
    EXPECT_TRUE(started) << started.error().message;
  }
  void delete_stream(Bus& bus, const std::string& stream) override {
    api(bus, "STREAM.DELETE." + stream, "");
  }

  // Puts other bytes of the same length where the object's one chunk was.
  void corrupt_object(Bus& bus, const std::string& bucket, const Digest& digest) override {
    const auto name = "OBJ_" + bucket;
    auto base64 = to_base64(digest.hex());
    auto meta_answer =
        api(bus, "STREAM.MSG.GET." + name, R"({"last_by_subj":"$O.)" + bucket + ".M." + base64 + R"("})");
    auto meta = nlohmann::json::parse(*from_base64(meta_answer["message"]["data"].get<std::string>()));
    const std::string chunk = "$O." + bucket + ".C." + meta["nuid"].get<std::string>();
    api(bus, "STREAM.PURGE." + name, R"({"filter":")" + chunk + R"("})");
    bus.send(chunk, Bytes(meta["size"].get<size_t>(), 'x'));
  }

 private:
  nlohmann::json api(Bus& bus, const std::string& call, const std::string& body) {
    auto answers = std::make_shared<Seen<Bytes>>();
    bus.request("$JS.API." + call, body, Milliseconds(3'000),
                [answers](Result<Bytes> reply) { answers->add(reply ? *reply : reply.error().message); });
    EXPECT_TRUE(until([&] { return answers->size() == 1; }, Milliseconds(5'000)));
    auto parsed = nlohmann::json::parse(answers->at(0), nullptr, false);
    EXPECT_TRUE(parsed.is_object() && !parsed.contains("error")) << answers->at(0);
    return parsed;
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<NatsServerProcess> server_;
};

}  // namespace

std::unique_ptr<Harness> make_nats_harness() { return std::make_unique<NatsHarness>(); }

}  // namespace tcps::bus::contract
