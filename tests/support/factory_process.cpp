#include "tests/support/factory_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "actors/line/following/sealed_message.h"
#include "actors/stages/standard_work/standard_work.h"
#include "bus/nats/nats_server.h"
#include "messages/canonical_json.h"
#include "messages/subjects.h"
#include "nodes/wiring/bus_connection.h"
#include "tests/support/places.h"

namespace tcps::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "\"" : ", \"") + text + "\"";
  return "[" + list + "]";
}

}  // namespace

std::string program(const std::string& name) { return test::programs_folder() + "/bin/" + name; }

std::string nats_server_binary() {
  auto found = bus::find_nats_server("", {test::programs_folder() + "/nats-server/nats-server"});
  if (!found) {
    std::fprintf(stderr, "%s\n", found.error().message.c_str());
    std::abort();
  }
  return *found;
}

std::unique_ptr<Child> Child::start(std::vector<std::string> argv,
                                    const std::map<std::string, std::string>& environment,
                                    const std::string& log_path) {
  std::vector<char*> arguments;
  for (auto& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_t pid = fork();
  TCPS_CHECK(pid >= 0);
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  return std::unique_ptr<Child>(new Child(pid));
}

Child::~Child() {
  if (!running()) return;
  signal(SIGCONT);
  signal(SIGKILL);
  wait(std::chrono::seconds(5));
}

void Child::signal(int number) const { kill(pid_, number); }

bool Child::running() { return !wait(milliseconds(0)).has_value(); }

std::optional<int> Child::wait(milliseconds limit) {
  auto until = steady_clock::now() + limit;
  while (!ended_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (steady_clock::now() >= until) {
      break;
    } else {
      std::this_thread::sleep_for(milliseconds(5));
    }
  }
  return ended_;
}

std::unique_ptr<NodeProcess> NodeProcess::start(const NodeOptions& options) {
  auto node = std::make_unique<NodeProcess>();
  node->options_ = options;
  std::filesystem::create_directories(options.data_folder);
  std::error_code ignored;
  std::filesystem::remove(options.data_folder + "/factory.json", ignored);
  node->config_path_ = options.data_folder + "/tcpsd.toml";
  std::ofstream config(node->config_path_);
  config << fmt::format(
      "[node]\nid = \"{}\"\ndata = \"{}\"\nsigner = \"{}\"\nshutdown_grace_ms = 3000\n[bus]\nurl = "
      "\"{}\"\nembedded_binary = \"{}\"\nack_wait_ms = {}\n"
      "stream_mib = 256\nobjects_mib = 256\n[channels]\nregistry = \"none\"\nmarketplace = "
      "\"none\"\n[ledger]\ncheckpoint_interval_ms = 200\n"
      "trim_interval_ms = 1000\n{}\n[[line]]\nname = \"{}\"\nfound = {}\nstages = {}\n{}\n",
      options.id, options.data_folder, options.signer, options.bus_url,
      options.bus_url.empty() ? nats_server_binary() : "", options.ack_wait_ms, options.extra_toml,
      options.line, options.found, quoted_list(options.stages), options.extra_line_toml);
  config.close();
  std::map<std::string, std::string> environment;
  if (!options.failpoint.empty()) environment["TCPS_FAILPOINT"] = options.failpoint;
  node->child_ = Child::start({program("tcpsd"), "--config", node->config_path_}, environment,
                              options.data_folder + "/tcpsd.log");
  return node;
}

bool NodeProcess::wait_ready(milliseconds limit) {
  auto until = steady_clock::now() + limit;
  while (steady_clock::now() < until && child_->running()) {
    const auto announced =
        nlohmann::json::parse(read_file(options_.data_folder + "/factory.json"), nullptr, false);
    if (announced.is_object() && announced.value("ready", false)) return true;
    std::this_thread::sleep_for(milliseconds(20));
  }
  std::fprintf(stderr, "%s is not ready:\n%s\n", options_.id.c_str(), log().c_str());
  return false;
}

nlohmann::json NodeProcess::factory() const {
  return nlohmann::json::parse(read_file(options_.data_folder + "/factory.json"));
}

std::string NodeProcess::log() const { return read_file(options_.data_folder + "/tcpsd.log"); }

nlohmann::json NodeProcess::key_entry() const {
  auto out = options_.data_folder + "/key.json";
  std::filesystem::remove(out);
  auto child = Child::start({program("tcpsd"), "--config", config_path_, "--print-key"}, {}, out);
  child->wait(std::chrono::seconds(10));
  return nlohmann::json::parse(read_file(out));
}

std::string null_line(const std::string& line, int wip_limit) {
  return fmt::format(
      "[line]\nname = \"{}\"\nsku = \"null-product\"\ntitle = \"Null\"\n[procedures]\nkind = "
      "\"{}\"\n[wip]\nlimit = {}\n",
      line, to_string(ProcedureKind::null), wip_limit);
}

Operator::Operator(const std::string& bus_url, const std::string& line, const std::string& operator_key_path)
    : line_(LineName::literal(line)) {
  auto connected = wiring::connect_bus({bus_url, "operator", {}, {}});
  TCPS_CHECK(connected.has_value());
  bus_ = std::move(*connected);
  auto key = PrivateKey::load(operator_key_path);
  TCPS_CHECK(key.has_value());
  key_ = *key;
}

Result<Bytes> Operator::request(const std::string& subject, const std::string& body, milliseconds timeout) {
  auto answered = std::make_shared<std::promise<Result<Bytes>>>();
  auto answer = answered->get_future();
  bus_->request(subject, body, timeout,
                [answered](Result<Bytes> reply) { answered->set_value(std::move(reply)); });
  return answer.get();
}

nlohmann::json Operator::ask(const std::string& query, const nlohmann::json& body) {
  // A chain takes as long as it is; other answers come at once or, from a node that just died, never.
  const milliseconds patience = query == "verify-chain" ? milliseconds(120'000) : milliseconds(1'000);
  auto reply = request(ledger_subject(line_, query), body.dump(), patience);
  for (int i = 0; i < 10 && !reply && reply.error().code == ErrorCode::timeout; ++i) {
    reply = request(ledger_subject(line_, query), body.dump(), patience);
  }
  auto json = reply ? parse_json(*reply) : Result<nlohmann::json>(fail(reply.error()));
  return json ? *json
              : nlohmann::json{
                    {"error", {{"code", to_string(json.error().code)}, {"message", json.error().message}}}};
}

Result<uint64_t> Operator::decide(Predicate predicate) {
  auto status = ask("status");
  if (status.contains("error")) return fail(ErrorCode::unavailable, status.dump());
  epoch_ = status.value("epoch", 1u);
  std::visit(
      [&](auto& message) {
        if constexpr (requires { message.mutable_log(); }) {
          *message.mutable_log() =
              line::log_origin(line_, status.at("genesis"), status.at("position").get<uint64_t>());
        }
      },
      predicate);
  auto sealed = TCPS_TRY(line::seal_predicate(line_, predicate, {}, {}, *key_));
  auto ack = TCPS_TRY(publish_raw(sealed.subject, sealed.bytes));
  auto verdict = ask("verdict", {{"sequence", ack.sequence}});
  if (verdict.value("admitted", false)) return ack.sequence;
  return fail(ErrorCode::refused, verdict.dump());
}

Result<uint64_t> Operator::add_key(const nlohmann::json& entry) {
  proto::KeyAdded added;
  auto& key = *added.mutable_key();
  key.set_key_id(entry["key_id"]);
  key.set_public_key(entry["public_key"]);
  key.set_owner(entry["owner"]);
  for (const auto& role : entry["roles"]) key.add_roles(role);
  return decide(added);
}

Result<uint64_t> Operator::publish_product(const std::string& line_toml, uint32_t wip_limit,
                                           uint32_t backlog_limit) {
  auto objects = TCPS_TRY(bus_->objects(object_bucket(line_), 0, 1));
  auto digest = Digest::of(line_toml);
  TCPS_TRY(objects->put(digest, line_toml));
  proto::ProductChanged product;
  product.set_standard_work(digest.to_string());
  product.set_sku("null-product");
  product.set_wip_limit(wip_limit);
  product.set_backlog_limit(backlog_limit);
  product.set_pool("any");
  return decide(product);
}

nlohmann::json Operator::demand(const std::string& signal_id, const std::string& source) {
  auto body =
      nlohmann::json{{"signal_id", signal_id}, {"source", source}, {"type", "request"}, {"title", signal_id}}
          .dump();
  // Intake opens when the product's standard work is in force; until then nobody answers.
  // A stopped node in the queue group swallows requests: asking again is safe.
  auto until = steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    auto reply = request(intake_subject(line_, source), body, milliseconds(1'000));
    auto json = reply ? parse_json(*reply) : Result<nlohmann::json>(fail(reply.error()));
    if (json) return *json;
    bool again = json.error().code == ErrorCode::unavailable || json.error().code == ErrorCode::timeout;
    if (!again || steady_clock::now() > until) {
      return {{"accepted", false}, {"reason", json.error().message}};
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
}

void Operator::send_demand(const std::string& signal_id) {
  auto body = nlohmann::json{{"signal_id", signal_id}, {"type", "request"}}.dump();
  wait_until([&] { return ask("status").contains("roles") && !ask("status")["roles"].empty(); },
             std::chrono::seconds(5));
  for (int i = 0; i < 20; ++i) {
    bus_->send(intake_subject(line_, "customers"), body);
    std::this_thread::sleep_for(milliseconds(50));
  }
}

Result<bus::PublishAck> Operator::publish_raw(const std::string& subject, const Bytes& bytes) {
  auto answered = std::make_shared<std::promise<Result<bus::PublishAck>>>();
  auto answer = answered->get_future();
  bus_->publish({stream_name(line_, epoch_), subject, bytes, {}, std::nullopt},
                [answered](Result<bus::PublishAck> ack) { answered->set_value(std::move(ack)); });
  return answer.get();
}

bool Operator::wait_until(const std::function<bool()>& condition, milliseconds limit) {
  auto until = steady_clock::now() + limit;
  while (!condition()) {
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(milliseconds(50));
  }
  return true;
}

bool Operator::wait_for_status(const std::string& work_order, const std::string& status, milliseconds limit) {
  return wait_until(
      [&] {
        return ask("work-order", {{"id", work_order}}).value("status", "") == status;
      },
      limit);
}

}  // namespace tcps::test
