// A log written anew from pages: into a folder beside the replica's own, checked whole, and only then put in
// its place. A crash at any point leaves the old log, or none and the way to start again.
#pragma once

#include "actors/ledger/replication/pages_ahead.h"

namespace tcps::ledger {

// Writes <folder>/rebuild. With a certificate, it must be that of a majority of the replicas that the log
// names. Errors: those of the source, of Rebuild and of the disk; the folder's own log is as it was.
Status stage_log(const PageSource& pages, const LineName& line, const std::string& folder,
                 const SizedRoot& target, const std::optional<tlog::SignedCheckpoint>& certificate,
                 const std::optional<Digest>& genesis);

// Puts the staged log in place of <folder>/ledger, which nobody has open. Errors: conflict, when the staged
// log is shorter than the certificate that this replica keeps outside; corrupt, when it differs from it; io.
Status install_staged(const std::string& folder, const std::optional<tlog::SignedCheckpoint>& certificate);

// Appends what `store` lacks of the target. Errors: likewise.
Status extend_log(const PageSource& pages, LedgerStore& store, line::LineState fold, const SizedRoot& target);

}  // namespace tcps::ledger
