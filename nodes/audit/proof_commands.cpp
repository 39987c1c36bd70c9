// tcps-audit proof ...
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "actors/ledger/tlog/merkle.h"
#include "messages/canonical_json.h"
#include "messages/files.h"
#include "nodes/audit/commands.h"

namespace tcps::audit {
namespace {

using nlohmann::json;

constexpr size_t proof_bytes_max = 1u << 20;

// A proof file's members; the first that cannot be read is the error. A hash that is base64 of other than 32
// bytes can be read, but no proof holds with it.
class ProofFile {
 public:
  static Result<ProofFile> read(const std::string& path) {
    auto bytes = TCPS_TRY(read_input(path, proof_bytes_max));
    auto document = parse_json(bytes);
    if (!document) return fail(document.error().at(path));
    if (!document->is_object()) return fail(ErrorCode::invalid, path + ": must be a JSON object");
    return ProofFile(path, std::move(*document));
  }

  uint64_t number(const char* name) {
    const auto member = document_.find(name);
    if (member == document_.end() || !member->is_number_unsigned())
      return wrong(name, "must be a whole number, not negative"), 0;
    return member->get<uint64_t>();
  }
  std::optional<Digest> hash(const char* name) {
    const auto member = document_.find(name);
    if (member == document_.end()) return wrong(name, "is missing"), std::nullopt;
    return hash_of(*member, name);
  }
  // Nothing when one of the hashes has a wrong length.
  std::optional<std::vector<Digest>> hashes(const char* name) {
    const auto member = document_.find(name);
    if (member == document_.end()) return wrong(name, "is missing"), std::nullopt;
    std::vector<Digest> hashes;
    if (member->is_null()) return hashes;
    if (!member->is_array()) return wrong(name, "must be a list of hashes"), std::nullopt;
    bool whole = true;
    for (const json& element : *member) {
      const auto hash = hash_of(element, name);
      if (hash) hashes.push_back(*hash);
      whole = whole && hash.has_value();
    }
    return whole ? std::optional(std::move(hashes)) : std::nullopt;
  }
  const Status& status() const { return status_; }

 private:
  ProofFile(std::string path, json document) : path_(std::move(path)), document_(std::move(document)) {}

  std::optional<Digest> hash_of(const json& value, const char* name) {
    auto raw = value.is_string() ? from_base64(value.get_ref<const std::string&>())
                                 : Result<Bytes>(tl::unexpect, Error{ErrorCode::invalid, {}});
    if (!raw) return wrong(name, "must be base64"), std::nullopt;
    const auto digest = Digest::from_raw(*raw);
    return digest ? std::optional(*digest) : std::nullopt;
  }
  void wrong(const char* name, const char* what) {
    if (status_) status_ = fail(ErrorCode::invalid, fmt::format("{}: '{}' {}", path_, name, what));
  }

  std::string path_;
  json document_;
  Status status_;
};

Exit say(const Program& program, bool good, const std::string& holds, const std::string& fails) {
  program.line(good ? "good: " + holds : "BAD: " + fails);
  program.document({{"verdict", good ? "PASS" : "FAIL"}, {"what", good ? holds : fails}});
  return good ? Exit::ok : Exit::failed;
}

Outcome inclusion(const Program& program, const std::string& path) {
  auto file = TCPS_TRY(ProofFile::read(path));
  const uint64_t index = file.number("leafIdx"), size = file.number("treeSize");
  const auto leaf = file.hash("leafHash"), root = file.hash("root");
  const auto proof = file.hashes("proof");
  TCPS_TRY(file.status());
  const bool good = leaf && root && proof && tlog::verify_inclusion(index, size, *leaf, *proof, *root);
  return say(program, good, fmt::format("the leaf is number {} of the tree of {}", index, size),
             fmt::format("it is not proven that the leaf is number {} of the tree of {}", index, size));
}

Outcome consistency(const Program& program, const std::string& path) {
  auto file = TCPS_TRY(ProofFile::read(path));
  const uint64_t size_old = file.number("size1"), size_new = file.number("size2");
  const auto root_old = file.hash("root1"), root_new = file.hash("root2");
  const auto proof = file.hashes("proof");
  TCPS_TRY(file.status());
  const bool good = root_old && root_new && proof &&
                    tlog::verify_consistency(size_old, size_new, *proof, *root_old, *root_new);
  return say(program, good, fmt::format("the tree of {} continues that of {}", size_new, size_old),
             fmt::format("it is not proven that the tree of {} continues that of {}", size_new, size_old));
}

}  // namespace

void add_proof_commands(Program& program) {
  CLI::App* group = program.group("proof", "check one proof given as JSON");
  const auto add = [&](const char* name, const char* about,
                       Outcome (*check)(const Program&, const std::string&), const char* fields) {
    auto path = std::make_shared<std::string>();
    program.command(group, name, about, [&program, check, path] { return check(program, *path); })
        ->add_option("file", *path, fields)
        ->required();
  };
  add("inclusion", "that a leaf is in a tree", inclusion,
      "JSON object with leafIdx, treeSize, leafHash, root, proof; hashes in base64");
  add("consistency", "that a tree continues an older one", consistency,
      "JSON object with size1, size2, root1, root2, proof; hashes in base64");
}

}  // namespace tcps::audit
