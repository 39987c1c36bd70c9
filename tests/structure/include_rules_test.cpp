#include "tests/structure/include_rules.h"

#include <gtest/gtest.h>

#include <vector>

namespace tcps::structure {
namespace {

struct Case {
  std::string_view file;
  std::string_view name;
  bool quoted;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.file << " including " << c.name;
}

class Allowed : public testing::TestWithParam<Case> {};
class Forbidden : public testing::TestWithParam<Case> {};

TEST_P(Allowed, RaisesNoObjection) {
  EXPECT_EQ(objection_to_include(GetParam().file, GetParam().name, GetParam().quoted), std::nullopt);
}

TEST_P(Forbidden, RaisesAnObjection) {
  EXPECT_NE(objection_to_include(GetParam().file, GetParam().name, GetParam().quoted), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Includes, Allowed,
                         testing::ValuesIn(std::vector<Case>{
                             Case{"messages/digest.cpp", "openssl/evp.h", false},
                             Case{"messages/codec.h", "google/protobuf/message.h", false},
                             Case{"messages/keys.cpp", "sys/stat.h", false},
                             Case{"messages/digest_test.cpp", "rapidcheck/gtest.h", false},
                             Case{"bus/bus.h", "messages/digest.h", true},
                             Case{"bus/nats/link.cpp", "nats/nats.h", false},
                             Case{"bus/nats/link.cpp", "bus/bus.h", true},
                             Case{"actors/line/following/line_actor.h", "caf/all.hpp", false},
                             Case{"actors/line/following/line_actor_test.cpp", "caf/all.hpp", false},
                             Case{"actors/ledger/store/key_value/key_value_store.cpp", "rocksdb/db.h", false},
                             Case{"actors/stages/pull/pull.cpp", "actors/engines/rdf/graph.h", true},
                             Case{"actors/stages/pull/pull.cpp", "bus/bus.h", true},
                             Case{"actors/engines/archive/archive.cpp", "archive.h", false},
                             Case{"actors/station/station_actor_test.cpp", "bus/sim/sim_bus.h", true},
                             Case{"messages/keys_test.cpp", "tests/support/temporary_folder.h", true},
                             Case{"nodes/tcpsd/main.cpp", "bus/nats/nats_server.h", true},
                             Case{"nodes/wiring/bus_connection.cpp", "bus/nats/nats_bus.h", true},
                             Case{"nodes/tcpsd/main.cpp", "caf/all.hpp", false},
                             Case{"nodes/audit/main.cpp", "actors/ledger/tlog/merkle.h", true},
                             Case{"tests/chaos/kill_test.cpp", "nodes/tcpsd/node.h", true}}));

INSTANTIATE_TEST_SUITE_P(
    Includes, Forbidden,
    testing::ValuesIn(std::vector<Case>{
        Case{"messages/digest.h", "bus/bus.h", true}, Case{"messages/digest.h", "spdlog/spdlog.h", false},
        Case{"messages/digest.h", "boost/asio.hpp", false}, Case{"messages/ids.h", "gtest/gtest.h", false},
        Case{"bus/bus.h", "actors/line/fold/line_state.h", true}, Case{"bus/bus.h", "nats/nats.h", false},
        Case{"bus/bus.h", "bus/nats/nats_bus.h", true}, Case{"bus/sim/sim_bus.cpp", "nats/nats.h", false},
        Case{"bus/sim/sim_bus.cpp", "bus/nats/link.h", true},
        Case{"bus/nats/link.h", "bus/sim/sim_bus.h", true},
        Case{"actors/station/station_actor.cpp", "nats/nats.h", false},
        Case{"actors/station/station_actor.cpp", "bus/nats/nats_bus.h", true},
        Case{"actors/line/fold/line_state.cpp", "caf/all.hpp", false},
        Case{"actors/line/fold/line_state_test.cpp", "caf/all.hpp", false},
        Case{"actors/line/fold/line_state.h", "actors/ledger/tlog/merkle.h", true},
        Case{"actors/ledger/store/ledger_store.cpp", "rocksdb/db.h", false},
        Case{"actors/line/fold/line_state.h", "rocksdb/db.h", false},
        Case{"actors/stages/pull/pull.h", "caf/all.hpp", false},
        Case{"actors/stages/pull/pull.h", "actors/line/fold/line_state.h", true},
        Case{"actors/engines/rdf/graph.h", "bus/bus.h", true},
        Case{"actors/engines/rdf/graph.h", "actors/stages/procedure.h", true},
        Case{"actors/line/fold/line_state_test.cpp", "nodes/tcpsd/node.h", true},
        Case{"messages/keys.cpp", "tests/support/temporary_folder.h", true},
        Case{"nodes/tcps/main.cpp", "nats/nats.h", false},
        Case{"nodes/tcps/main.cpp", "bus/nats/nats_bus.h", true},
        Case{"nodes/client/line_access.cpp", "bus/nats/nats_bus.h", true},
        Case{"nodes/tcps/main.cpp", "tests/structure/house_rules.h", true},
        Case{"nodes/audit/main.cpp", "caf/all.hpp", false},
        Case{"nodes/audit/main.cpp", "actors/ledger/store/ledger_store.h", true},
        Case{"nodes/audit/main.cpp", "bus/bus.h", true},
        Case{"actors/line/fold/line_state.h", "line_state.h", true},
        // The arrows between rooms, each the wrong way round.
        Case{"actors/ledger/tlog/witness.h", "actors/ledger/chain/chain.h", true},
        Case{"actors/ledger/chain/chain.cpp", "actors/ledger/store/ledger_store.h", true},
        Case{"actors/ledger/chain/bundle.cpp", "actors/ledger/certification/certificate.h", true},
        Case{"actors/ledger/certification/certification.cpp", "actors/ledger/store/ledger_store.h", true},
        Case{"actors/ledger/store/ledger_store.cpp", "actors/ledger/queries/queries.h", true},
        Case{"actors/ledger/store/key_value/key_value_store.cpp", "actors/ledger/store/ledger_store.h", true},
        Case{"actors/ledger/store/ledger_store.cpp", "actors/line/fold/line_state.h", true},
        Case{"actors/ledger/queries/queries.cpp", "actors/ledger/replication/rebuild.h", true},
        Case{"actors/ledger/replication/rebuild.cpp", "actors/ledger/queries/queries.h", true},
        Case{"actors/line/fold/judge_work.cpp", "actors/line/following/peers.h", true},
        Case{"actors/line/following/line_actor.cpp", "actors/line/intake/intake.h", true},
        Case{"actors/supervisor/planning.cpp", "actors/station/card_desk.h", true},
        // A program in another program, and what is not the verifier's.
        Case{"nodes/tcps/commands/run_command.cpp", "nodes/tcpsd/node.h", true},
        Case{"nodes/gateway/tokens.cpp", "nodes/tcps/shell.h", true},
        Case{"nodes/client/line_access.cpp", "nodes/tcps/shell.h", true},
        Case{"nodes/http/server.cpp", "nodes/gateway/answer.h", true},
        Case{"nodes/audit/main.cpp", "actors/ledger/certification/certificate.h", true},
        Case{"nodes/audit/http/main.cpp", "actors/ledger/store/ledger_store.h", true},
        Case{"nodes/audit/fsck/main.cpp", "actors/line/fold/line_state.h", true},
        // A test double in a product.
        Case{"actors/ledger/store/ledger_store.cpp", "actors/ledger/store/key_value/testing/memory_tables.h",
             true},
        Case{"nodes/tcpsd/node.cpp", "bus/sim/sim_bus.h", true},
        Case{"nodes/wiring/bus_connection.cpp", "bus/contract/harness.h", true},
        Case{"nodes/tcpsd/node.cpp", "actors/engines/sandbox/testing/scripted_process_runner.h", true},
        Case{"messages/ids.h", "unknown/library.hpp", false}, Case{"tools/main.cpp", "string", false}}));

}  // namespace
}  // namespace tcps::structure
