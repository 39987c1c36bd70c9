#include "nodes/tcpsd/log_rebuilding.h"

#include <fmt/format.h>

#include <filesystem>

#include "actors/ledger/outside_checkpoint.h"

namespace tcps::node {
namespace {

namespace fs = std::filesystem;

std::string staging(const std::string& folder) { return folder + "/rebuild"; }

Status io_error(const std::string& what, const std::error_code& error) {
  if (!error) return {};
  return fail(ErrorCode::io, what + ": " + error.message());
}

Status copy_all(const PageSource& pages, ledger::Rebuild& rebuild, ledger::LedgerStore& store,
                uint64_t target) {
  PagesAhead ahead(pages, rebuild.next(), target, rebuild.memo());
  while (!rebuild.complete()) {
    ahead.keys_are(rebuild.state().keys());
    auto page = ahead.next();
    if (!page) return fail(page.error());
    auto group = rebuild.take(std::move(*page));
    if (!group) return fail(group.error());
    if (rebuild.complete()) group->snapshot = rebuild.state().save();
    if (auto head = store.append(*group); !head) return fail(head.error());
  }
  return {};
}

}  // namespace

Status stage_log(const PageSource& pages, const LineName& line, const std::string& folder,
                 const ledger::SizedRoot& target, const std::optional<merkle::SignedCheckpoint>& certificate,
                 const std::optional<Digest>& genesis) {
  std::error_code error;
  fs::remove_all(staging(folder), error);
  fs::create_directories(staging(folder), error);
  if (auto made = io_error(staging(folder), error); !made) return made;
  auto store = ledger::LedgerStore::open({.data_folder = staging(folder)});
  if (!store) return fail(store.error());
  ledger::Rebuild rebuild(line::LineState(line), {}, target, genesis);
  if (auto copied = copy_all(pages, rebuild, **store, target.size); !copied) return copied;
  if (!certificate) return {};
  if (auto certified = rebuild.check_certified(*certificate); !certified) return certified;
  return (*store)->add_checkpoint(*certificate);
}

Status install_staged(const std::string& folder, const std::optional<merkle::SignedCheckpoint>& certificate) {
  auto own = ledger::read_outside_checkpoint(folder);
  if (!own) return fail(own.error());
  {
    auto staged = ledger::LedgerStore::open({.data_folder = staging(folder)});
    if (!staged) return fail(staged.error());
    const uint64_t size = (*staged)->head().size;
    if (*own && (*own)->checkpoint.size > size) {
      return fail(ErrorCode::conflict,
                  fmt::format("the peer's log of {} entries is shorter than the {} that {} vouches for", size,
                              (*own)->checkpoint.size, ledger::outside_checkpoint_path(folder)));
    }
    auto root = *own ? (*staged)->root((*own)->checkpoint.size) : Result<Digest>();
    if (*own && !root) return fail(root.error());
    if (*own && *root != (*own)->checkpoint.root) {
      return fail(
          ErrorCode::corrupt,
          fmt::format("the peer's log differs from what {} vouches for ({} entries): one of the two was "
                      "forged; call a person",
                      ledger::outside_checkpoint_path(folder), (*own)->checkpoint.size));
    }
  }
  std::error_code error;
  fs::remove_all(folder + "/ledger.old", error);
  if (fs::exists(folder + "/ledger")) fs::rename(folder + "/ledger", folder + "/ledger.old", error);
  if (auto moved = io_error(folder + "/ledger", error); !moved) return moved;
  fs::rename(staging(folder) + "/ledger", folder + "/ledger", error);
  if (auto moved = io_error(folder + "/ledger", error); !moved) return moved;
  if (certificate) {
    if (auto written = ledger::write_outside_checkpoint(folder, *certificate); !written) return written;
  }
  fs::remove_all(staging(folder), error);
  fs::remove_all(folder + "/ledger.old", error);
  return {};
}

Status extend_log(const PageSource& pages, ledger::LedgerStore& store, line::LineState fold,
                  const ledger::SizedRoot& target) {
  auto edge = ledger::right_edge(store);
  if (!edge) return fail(edge.error());
  ledger::Rebuild rebuild(std::move(fold), std::move(*edge), target, std::nullopt);
  return copy_all(pages, rebuild, store, target.size);
}

}  // namespace tcps::node
