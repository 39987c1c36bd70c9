#include "bus/contract/harness.h"
#include "bus/sim/sim_bus.h"

namespace tcps::bus::contract {
namespace {

class SimHarness : public Harness {
 public:
  std::unique_ptr<Bus> attach(const std::string& name) override { return network_.attach(name); }
  bool until(const std::function<bool()>& condition, Milliseconds limit) override {
    return network_.run_until(condition, limit);
  }
  void pass(Milliseconds duration) override {
    if (duration.count() > 0) network_.run_for(duration);  // a handler that yields does not step the network
  }
  void crash_server() override { network_.crash_server(false); }
  void restart_server() override { network_.restart_server(); }
  void delete_stream(Bus&, const std::string& stream) override { network_.delete_stream(stream); }
  void corrupt_object(Bus&, const std::string& bucket, const Digest& digest) override {
    network_.corrupt_object(bucket, digest);
  }

 private:
  SimNetwork network_;
};

}  // namespace

std::unique_ptr<Harness> make_sim_harness() { return std::make_unique<SimHarness>(); }

}  // namespace tcps::bus::contract
