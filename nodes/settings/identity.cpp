#include "nodes/settings/identity.h"

#include <filesystem>

#include "actors/line/fold/line_state.h"
#include "nodes/signing/socket_signer.h"

namespace tcps::node {
namespace {

constexpr uint32_t first_wip_limit = 3;  // until the product's standard work says otherwise
constexpr uint32_t first_backlog_limit = 1000;

proto::PublicKeyEntry entry(const PublicKey& key, const std::string& owner,
                            std::initializer_list<Role> roles) {
  proto::PublicKeyEntry out;
  out.set_key_id(key.id().to_string());
  out.set_public_key(key.base64());
  out.set_owner(owner);
  for (auto role : roles) out.add_roles(std::string(to_string(role)));
  return out;
}

}  // namespace

proto::PublicKeyEntry node_key_entry(const NodeId& node, const PublicKey& key) {
  return entry(key, node.str(),
               {Role::station, Role::intake, Role::planner, Role::supervisor, Role::replica});
}

Result<std::shared_ptr<PrivateKey>> load_or_make_key(const std::string& data_folder,
                                                     const std::string& name) {
  auto folder = std::filesystem::path(data_folder) / "keys";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::io, "folder " + folder.string() + " cannot be made: " + error.message());
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  auto path = (folder / (name + ".pem")).string();
  if (!std::filesystem::exists(path)) {
    TCPS_TRY(PrivateKey::generate().save(path));
  }
  return PrivateKey::load(path);
}

Result<std::shared_ptr<Signer>> node_signer(const std::string& data_folder,
                                            const std::string& signer_socket) {
  if (signer_socket.empty()) return load_or_make_key(data_folder, "node");
  return signer::SocketSigner::connect(signer_socket);
}

Result<Bytes> make_genesis(const LineName& line, const NodeId& node, const PublicKey& node_key,
                           PrivateKey& operator_key, int64_t created_unix_ms) {
  proto::Genesis genesis;
  genesis.set_line(line.str());
  genesis.set_rules_version(line::rules_version);
  *genesis.add_keys() = entry(operator_key.public_key(), "operator", {Role::root, Role::operator_});
  *genesis.add_keys() = node_key_entry(node, node_key);
  genesis.set_wip_limit(first_wip_limit);
  genesis.set_backlog_limit(first_backlog_limit);
  genesis.set_created(to_iso8601(created_unix_ms));
  return seal_message(genesis, {}, operator_key);
}

}  // namespace tcps::node
