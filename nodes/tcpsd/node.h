// A node: keys, the embedded parts it was asked for (nats-server, registry, marketplace), the bus and its
// lines, started in order and stopped in reverse.
#pragma once

#include <memory>
#include <string>

#include "messages/result.h"
#include "nodes/settings/config.h"

namespace tcps::node {

class Node {
 public:
  // Blocks until every line follows its log. <data>/factory.json tells the command line of the node from the
  // beginning, and when it is ready. Errors: those of the parts; conflict, when another node works on the
  // data folder.
  static Result<std::unique_ptr<Node>> start(NodeConfig config);
  ~Node();

  // Blocks until a stop is asked for by signal or stop_soon(), or a part fails for good. Returns the reason
  // of a failure.
  Status wait();
  void stop_soon();  // from any thread
  void stop();       // blocks: lines, then bus, then embedded parts

 private:
  struct Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tcps::node
