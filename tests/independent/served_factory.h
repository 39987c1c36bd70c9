// A factory that made something, and the gateway before it: real processes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/http/testing/exchange.h"
#include "tests/support/factory_process.h"

namespace tcps::test {

inline std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ServedFactory : public ::testing::Test {
 protected:
  static constexpr int work_orders = 3;

  void SetUp() override {
    options_.data_folder = folder_.path() + "/factory";
    node_ = NodeProcess::start(options_);
    ASSERT_TRUE(node_->wait_ready());
    const auto factory = node_->factory();
    operator_ = std::make_unique<Operator>(factory.at("bus_url"), options_.line, factory.at("operator_key"));
    ASSERT_TRUE(operator_->publish_product(null_line(options_.line)));
    make(work_orders);
    if (!HasFatalFailure()) start_gateway();
  }

  // So many further work orders, from demand to done and into a checkpoint.
  void make(int count) {
    const size_t before = orders_.size();
    for (int i = 0; i < count; ++i) {
      const auto answer = operator_->demand("signal-" + std::to_string(orders_.size()));
      ASSERT_TRUE(answer.value("accepted", false)) << answer;
      orders_.push_back(answer.at("work_order"));
    }
    for (size_t i = before; i < orders_.size(); ++i)
      ASSERT_TRUE(operator_->wait_for_status(orders_[i], "done", std::chrono::seconds(60))) << node_->log();
    ASSERT_TRUE(operator_->wait_until([this] { return is_covered(); }, std::chrono::seconds(20)));
  }

  // The newest checkpoint covers every entry.
  bool is_covered() {
    const auto status = operator_->ask("status");
    return status.contains("checkpoint") && status["checkpoint"].is_object() &&
           status["checkpoint"]["size"] == status["synced_size"];
  }

  void start_gateway(std::vector<std::string> more = {}) {
    const std::string log = folder_.path() + "/gateway.log";
    std::filesystem::remove(log);
    std::vector<std::string> argv = {program("tcps-gateway"), "serve",  "--port", "0",       "--data",
                                     options_.data_folder,    "--rate", "1000",   "--burst", "10000"};
    argv.insert(argv.end(), more.begin(), more.end());
    gateway_ = Child::start(argv, home(), log);
    const std::string said = "listens on ";
    ASSERT_TRUE(operator_->wait_until([&] { return contents_of(log).find(said) != std::string::npos; },
                                      std::chrono::seconds(20)))
        << contents_of(log);
    const std::string text = contents_of(log);
    const size_t at = text.find(said) + said.size();
    url_ = text.substr(at, text.find('\n', at) - at);
    port_ = static_cast<uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1)));
  }

  http::testing::HttpReply get(const std::string& target,
                               const std::map<std::string, std::string>& fields = {}) {
    return http::testing::request(port_, target, fields);
  }
  nlohmann::json document(const std::string& target) {
    const auto reply = get(target);
    EXPECT_EQ(reply.status, 200u) << target << ": " << reply.body;
    return nlohmann::json::parse(reply.body, nullptr, false);
  }

  std::map<std::string, std::string> home() const {
    return {{"HOME", folder_.path()}, {"XDG_CONFIG_HOME", folder_.path()}};
  }

  struct Ran {
    int code = -1;
    std::string output;
  };
  Ran run(const std::vector<std::string>& argv, std::chrono::seconds limit = std::chrono::seconds(120)) {
    const std::string log = folder_.path() + "/run-" + std::to_string(++runs_);
    auto child = Child::start(argv, home(), log);
    const auto code = child->wait(limit);
    return {code.value_or(-1), contents_of(log)};
  }

  TemporaryFolder folder_;
  NodeOptions options_;
  std::unique_ptr<NodeProcess> node_;
  std::unique_ptr<Operator> operator_;
  std::unique_ptr<Child> gateway_;
  std::vector<std::string> orders_;
  std::string url_;
  uint16_t port_ = 0;
  int runs_ = 0;
};

}  // namespace tcps::test
