#include "actors/ledger/replication/log_rebuilding.h"

#include <fmt/format.h>

#include <filesystem>

#include "actors/ledger/tlog/outside_checkpoint.h"
#include "messages/files.h"

namespace tcps::ledger {
namespace {

namespace fs = std::filesystem;

std::string staging(const std::string& folder) { return folder + "/rebuild"; }

Status io_error(const std::string& what, const std::error_code& error) {
  if (!error) return {};
  return fail(ErrorCode::io, what + ": " + error.message());
}

Status copy_all(const PageSource& pages, Rebuild& rebuild, LedgerStore& store, uint64_t target) {
  PagesAhead ahead(pages, rebuild.next(), target, rebuild.memo());
  while (!rebuild.complete()) {
    ahead.keys_are(rebuild.state().keys());
    auto page = TCPS_TRY(ahead.next());
    auto group = TCPS_TRY(rebuild.take(std::move(page)));
    if (rebuild.complete()) group.snapshot = rebuild.state().save();
    TCPS_TRY(store.append(group));
  }
  return {};
}

}  // namespace

Status stage_log(const PageSource& pages, const LineName& line, const std::string& folder,
                 const SizedRoot& target, const std::optional<tlog::SignedCheckpoint>& certificate,
                 const std::optional<Digest>& genesis) {
  std::error_code error;
  fs::remove_all(staging(folder), error);
  fs::create_directories(staging(folder), error);
  TCPS_TRY(io_error(staging(folder), error));
  auto store = TCPS_TRY(LedgerStore::open({.data_folder = staging(folder)}));
  Rebuild rebuild(line::LineState(line), {}, target, genesis);
  TCPS_TRY(copy_all(pages, rebuild, *store, target.size));
  if (!certificate) return {};
  TCPS_TRY(rebuild.check_certified(*certificate));
  return store->add_checkpoint(*certificate);
}

Status install_staged(const std::string& folder, const std::optional<tlog::SignedCheckpoint>& certificate) {
  auto own = TCPS_TRY(tlog::read_outside_checkpoint(folder));
  {
    auto staged = TCPS_TRY(LedgerStore::open({.data_folder = staging(folder)}));
    const uint64_t size = staged->head().size;
    if (own && own->checkpoint.size > size) {
      return fail(ErrorCode::conflict,
                  fmt::format("the peer's log of {} entries is shorter than the {} that {} vouches for", size,
                              own->checkpoint.size, tlog::outside_checkpoint_path(folder)));
    }
    auto root = own ? staged->root(own->checkpoint.size) : Result<Digest>();
    if (own && !root) return fail(root.error());
    if (own && *root != own->checkpoint.root) {
      return fail(
          ErrorCode::corrupt,
          fmt::format("the peer's log differs from what {} vouches for ({} entries): one of the two was "
                      "forged; call a person",
                      tlog::outside_checkpoint_path(folder), own->checkpoint.size));
    }
  }
  std::error_code error;
  fs::remove_all(folder + "/ledger.old", error);
  if (fs::exists(folder + "/ledger")) fs::rename(folder + "/ledger", folder + "/ledger.old", error);
  TCPS_TRY(io_error(folder + "/ledger", error));
  fs::rename(staging(folder) + "/ledger", folder + "/ledger", error);
  TCPS_TRY(io_error(folder + "/ledger", error));
  // Before the old ledger goes, and before a checkpoint vouches for the new one.
  TCPS_TRY(sync_folder(folder));
  if (certificate) {
    TCPS_TRY(tlog::write_outside_checkpoint(folder, *certificate));
  }
  fs::remove_all(staging(folder), error);
  fs::remove_all(folder + "/ledger.old", error);
  return {};
}

Status extend_log(const PageSource& pages, LedgerStore& store, line::LineState fold,
                  const SizedRoot& target) {
  auto edge = TCPS_TRY(right_edge(store));
  Rebuild rebuild(std::move(fold), std::move(edge), target, std::nullopt);
  return copy_all(pages, rebuild, store, target.size);
}

}  // namespace tcps::ledger
