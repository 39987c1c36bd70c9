// The keys of a node and of its operator, made on first start with mode 0600, and the genesis that a founding
// node begins a log with.
#pragma once

#include <memory>
#include <string>

#include "messages/keys.h"
#include "messages/line_message.h"
#include "messages/result.h"

namespace tcps::node {

// <data>/keys/<name>.pem: loaded, or made when missing. Errors: those of PrivateKey; refused when others can
// read it.
Result<std::shared_ptr<PrivateKey>> load_or_make_key(const std::string& data_folder, const std::string& name);

// The node's key: behind the socket when one is named, else of load_or_make_key(). Errors: those of either.
Result<std::shared_ptr<Signer>> node_signer(const std::string& data_folder, const std::string& signer_socket);

// What a line's genesis or an operator (`tcps node add`) says of a node's key: it may act in every role of a node.
proto::PublicKeyEntry node_key_entry(const NodeId& node, const PublicKey& key);

// A log's first message: signed by the operator's key, which is its root, and granting this node every role.
Result<Bytes> make_genesis(const LineName& line, const NodeId& node, const PublicKey& node_key,
                           PrivateKey& operator_key, int64_t created_unix_ms);

}  // namespace tcps::node
