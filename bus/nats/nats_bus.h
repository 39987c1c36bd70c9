// The port of bus/bus.h on NATS JetStream. nats.c is used in this folder alone; who needs a server of its own
// starts it by nats_server.h.
//
// One connection, one reply inbox shared by all requests, one timer thread; every subscription has a delivery
// thread of its own (nats.c's). The connection is kept up for ever once it has been up: publishes made while
// it is down wait in a bounded buffer or end in `timeout`, consumers and followings continue by themselves.
#pragma once

#include <memory>
#include <string>

#include "bus/bus.h"

namespace tcps::bus {

struct NatsOptions {
  std::string url = "nats://127.0.0.1:4222";  // several servers of one cluster: separated by commas
  std::string name = "tcps";                  // shown by the server's monitoring
  std::string credentials_file;               // a user's .creds file; empty: none
  std::string tls_ca_file;                    // naming any TLS file, or a tls:// url, asks for TLS
  std::string tls_certificate_file;           // a client certificate needs both the chain and the key
  std::string tls_key_file;
  Milliseconds connect_timeout{2'000};
  Milliseconds reconnect_wait{250};
  Milliseconds ping_interval{5'000};    // a server that misses two pings is given up
  Milliseconds request_timeout{5'000};  // of publishes and of the blocking calls
};

// Blocks until connected. Errors: unavailable (no server there, or it refused the credentials), invalid
// (options).
Result<std::unique_ptr<Bus>> connect_nats(const NatsOptions& options);

}  // namespace tcps::bus
