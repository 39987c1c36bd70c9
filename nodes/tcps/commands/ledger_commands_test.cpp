#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/ledger/tlog/checkpoint.h"
#include "actors/ledger/tlog/merkle.h"
#include "messages/canonical_json.h"
#include "messages/dsse.h"
#include "nodes/tcps/testing/commands_fixture.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

class LedgerCommandsTest : public StoppedFactoryTest {
 protected:
  std::vector<json> lines() const {
    std::vector<json> documents;
    std::istringstream text(printed.str());
    for (std::string line; std::getline(text, line);) documents.push_back(json::parse(line));
    return documents;
  }
};

TEST_F(LedgerCommandsTest, FindEntriesByAnyField) {
  const auto count = [&](std::vector<std::string> filter) {
    filter.insert(filter.begin(), {"ledger", "find", "--json"});
    EXPECT_EQ(run(filter), Exit::ok) << errors;
    return document()["entries"].size();
  };
  EXPECT_EQ(count({"--kind", "receipt"}), 11u);
  EXPECT_EQ(count({"--kind", "receipt", "--status", "failed"}), 1u);
  EXPECT_EQ(count({"--failure-mode", "F1.1"}), 1u);
  EXPECT_EQ(count({"--stage", "build", "--bucket", "security", "--sku", "transport"}), 1u);
  EXPECT_EQ(count({"--node", "node-2"}), 0u);
  EXPECT_EQ(count({"--work-order", done, "--from", "2026-01-26T10:06:00Z", "--to", "2026-01-26T10:07:59Z"}),
            2u);
  EXPECT_EQ(count({"--artifact", Digest::of("thing").to_string(), "--kind", "receipt"}), 11u);
  EXPECT_EQ(run({"ledger", "find", "--from", "yesterday"}), Exit::usage);
  EXPECT_NE(errors.find("'from'"), std::string::npos) << errors;
}

TEST_F(LedgerCommandsTest, StreamEveryPageAsJsonLines) {
  EXPECT_EQ(run({"ledger", "find", "--all", "--json"}), Exit::ok) << errors;
  const auto rows = lines();
  EXPECT_EQ(run({"ledger", "stats", "--json"}), Exit::ok);
  EXPECT_EQ(rows.size(), document()["entries"]);
  EXPECT_EQ(document()["stages"]["pull"], (json{{"completed", 1}, {"failed", 1}}));
  EXPECT_EQ(run({"receipt", "list", "--all", "--newest-first", "--json"}), Exit::ok);
  EXPECT_EQ(lines().size(), 11u);
  EXPECT_EQ(run({"receipt", "list", "--all"}), Exit::ok);
  const std::string text = printed.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 12) << "one head, eleven rows";
  EXPECT_EQ(run({"ledger", "find", "--all", "--page", "00"}), Exit::usage);
}

TEST_F(LedgerCommandsTest, PageWhereOneListEnded) {
  EXPECT_EQ(run({"ledger", "find", "--kind", "receipt", "--limit", "6"}), Exit::ok);
  const std::string text = printed.str();
  const size_t token = text.find("--page ");
  ASSERT_NE(token, std::string::npos);
  EXPECT_EQ(run({"ledger", "find", "--kind", "receipt", "--limit", "6", "--json", "--page",
                 text.substr(token + 7, text.find('\n', token) - token - 7)}),
            Exit::ok);
  EXPECT_EQ(document()["entries"].size(), 5u);
}

TEST_F(LedgerCommandsTest, ProveThatAnEntryIsInTheLogInTheFormThatOthersCheck) {
  EXPECT_EQ(run({"ledger", "proof", done, "--stage", "build", "--json"}), Exit::ok) << errors;
  const json proof = document();
  std::vector<Digest> path;
  for (const json& hash : proof["proof"])
    path.push_back(*Digest::from_raw(*from_base64(hash.get<std::string>())));
  const auto digest = [&](const char* name) {
    return *Digest::from_raw(*from_base64(proof[name].get<std::string>()));
  };
  EXPECT_TRUE(
      tlog::verify_inclusion(proof["leafIdx"], proof["treeSize"], digest("leafHash"), path, digest("root")));
  EXPECT_EQ(run({"ledger", "checkpoint", "--json"}), Exit::ok);
  EXPECT_EQ(document()["size"], proof["treeSize"]) << "of the newest checkpoint";
  EXPECT_EQ(run({"ledger", "proof", "3"}), Exit::ok);
  EXPECT_NE(printed.str().find("PASS"), std::string::npos);
}

TEST_F(LedgerCommandsTest, PrintACheckpointThatCanBeKeptAsItIs) {
  EXPECT_EQ(run({"ledger", "checkpoint"}), Exit::ok) << errors;
  const std::string kept = printed.str(), said = errors;
  const auto checkpoint = tlog::SignedCheckpoint::parse(kept);
  ASSERT_TRUE(checkpoint.has_value()) << checkpoint.error().message << "\n" << kept;
  EXPECT_EQ(checkpoint->note.encode(), kept);
  EXPECT_EQ(run({"ledger", "checkpoint", "--json"}), Exit::ok);
  EXPECT_EQ(errors, "");
  EXPECT_EQ(document()["note"], kept);
  EXPECT_EQ(said, "signed by " + document()["key"].get<std::string>() + "\n");
}

TEST_F(LedgerCommandsTest, ProveThatTheLogOnlyGrew) {
  EXPECT_EQ(run({"ledger", "proof", "--old", "5", "--new", "9", "--json"}), Exit::ok) << errors;
  EXPECT_EQ(document()["size1"], 5);
  EXPECT_EQ(document()["size2"], 9);
  EXPECT_EQ(run({"ledger", "proof", "--old", "5"}), Exit::ok);
  EXPECT_NE(printed.str().find("PASS"), std::string::npos);
  EXPECT_EQ(run({"ledger", "proof"}), Exit::usage);
  EXPECT_EQ(run({"ledger", "proof", "3", "--old", "2"}), Exit::usage);
  EXPECT_EQ(run({"ledger", "proof", "100000"}), Exit::not_found);
}

TEST_F(LedgerCommandsTest, ShowAReceiptInTheFormsOfOtherTools) {
  const auto shown = [&](const char* format) {
    EXPECT_EQ(run({"receipt", "show", done, "--stage", "build", "--format", format}), Exit::ok) << errors;
    return printed.str();
  };
  const std::string envelope = shown("dsse"), statement = shown("in-toto");
  const auto read = Envelope::decode(envelope);
  ASSERT_TRUE(read.has_value()) << "exact bytes: " << read.error().message;
  EXPECT_EQ(read->payload, statement);
  const json receipt = json::parse(shown("json"));
  EXPECT_EQ(receipt["payload_digest"], Digest::of(statement).to_string());
  EXPECT_EQ(receipt["statement"], json::parse(statement));
  const json provenance = json::parse(shown("slsa"));
  EXPECT_EQ(provenance["predicateType"], "https://slsa.dev/provenance/v1");
  EXPECT_EQ(provenance["subject"], json::parse(statement)["subject"]);
  const json summary = json::parse(shown("vsa"));
  EXPECT_NE(errors.find("the summary is not signed"), std::string::npos) << errors;
  EXPECT_EQ(summary["predicateType"], "https://slsa.dev/verification_summary/v1");
  EXPECT_EQ(summary["subject"], provenance["subject"]);
  EXPECT_EQ(summary["predicate"]["verificationResult"], "PASSED");
  const json& inputs = summary["predicate"]["inputAttestations"];
  ASSERT_EQ(inputs.size(), 10u) << "a receipt of each stage";
  EXPECT_EQ(inputs[5]["digest"]["sha256"], Digest::of(envelope).hex());
  for (const char* derived : {"slsa", "vsa"})
    EXPECT_EQ(run({"receipt", "show", "0", "--format", derived}), Exit::usage) << derived;
  EXPECT_EQ(run({"receipt", "show", "0", "--format", "xml"}), Exit::usage);
}

TEST_F(LedgerCommandsTest, SignTheSummaryOfAReceiptWithTheKeyAtHand) {
  const std::string folder = home.path() + "/data/tcps/keys";
  std::filesystem::create_directories(folder);
  const auto node = PrivateKey::generate(), person = PrivateKey::generate();
  const auto sealed_by = [&](const PrivateKey& key) {
    EXPECT_EQ(run({"receipt", "show", done, "--stage", "build", "--format", "vsa"}), Exit::ok) << errors;
    const auto envelope = Envelope::decode(printed.str());
    EXPECT_TRUE(envelope.has_value()) << printed.str();
    EXPECT_NE(errors.find("signed with " + key.public_key().id().to_string()), std::string::npos) << errors;
    EXPECT_EQ(json::parse(envelope->payload)["predicateType"], "https://slsa.dev/verification_summary/v1");
    return envelope && envelope->payload_type == in_toto_payload_type &&
           verify(*envelope, 0, key.public_key());
  };
  ASSERT_TRUE(node.save(folder + "/node.pem"));
  EXPECT_TRUE(sealed_by(node));
  ASSERT_TRUE(person.save(folder + "/operator.pem"));
  EXPECT_TRUE(sealed_by(person)) << "a person's word before a node's";
}

TEST_F(LedgerCommandsTest, TraceAFileOnDiskBackToItsDemand) {
  const std::string file = home.path() + "/downloaded";
  std::ofstream(file, std::ios::binary) << "thing";
  EXPECT_EQ(run({"ledger", "trace", file}), Exit::ok) << errors;
  const std::string tree = printed.str();
  for (const char* word : {"pull", "acceptance", "demand github 1", "demand github 2", "made thing"}) {
    if (std::string_view(word) == "demand github 2") continue;  // it failed, and so made nothing
    EXPECT_NE(tree.find(word), std::string::npos) << word << "\n" << tree;
  }
  EXPECT_EQ(tree.find("demand github 2"), std::string::npos);
  EXPECT_EQ(run({"ledger", "trace", file, "--json"}), Exit::ok);
  EXPECT_EQ(document()["made_by"][0]["demand"]["signal_id"], "1");
  EXPECT_EQ(run({"ledger", "trace", Digest::of("thing").to_string(), "--format", "dot"}), Exit::ok);
  EXPECT_EQ(printed.str().find("digraph"), 0u);
  EXPECT_EQ(run({"ledger", "trace", file, "--format", "svg"}), Exit::ok);
  EXPECT_EQ(printed.str().find("<svg "), 0u);
  std::ofstream(file, std::ios::app) << "!";
  EXPECT_EQ(run({"ledger", "trace", file}), Exit::not_found) << "one byte more is another file";
  EXPECT_EQ(run({"ledger", "trace", home.path() + "/absent"}), Exit::not_found);
}

}  // namespace
}  // namespace tcps::cli
