// tcps ledger backup and restore: a line's ledger copied entry by entry, while its factory runs or stands,
// into a folder of its own; and put back into the data folder of a stopped one.
//
// A backup is <folder>/ledger and <folder>/checkpoint, as in <data>/lines/<line>, and <folder>/backup.json
// that names the line. A restore first checks all of it: every hash and signature, up to a checkpoint from
// outside the backup where there is one. It never replaces a longer ledger or another log, and keeps what it
// replaces aside.
#pragma once

#include <string>

#include "actors/ledger/store/ledger_store.h"
#include "messages/ids.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {

struct BackupReport {
  LineName line = LineName::literal("line");
  ledger::Head head;
  uint64_t copied = 0;  // entries, this time
};

// Into a folder that is absent, empty, or an earlier backup of the same log, which is brought up to date.
// Errors: conflict (something else is in the folder), corrupt (the ledger), those of the disk.
Result<BackupReport> back_up_ledger(const std::string& data_folder, const LineName& line,
                                    const std::string& folder);

struct RestoreReport {
  LineName line = LineName::literal("line");
  ledger::Head head;
  std::string aside;  // where the replaced ledger lies; empty: there was none
};

// `checkpoint`: a file from a peer or an auditor that the backup must agree with; may be empty. Errors:
// conflict (the factory runs, or the ledgers diverge), refused (the ledger in place, or a checkpoint, covers
// more than the backup), corrupt (the backup), those of the disk.
Result<RestoreReport> restore_ledger(const std::string& folder, const std::string& data_folder,
                                     const std::string& checkpoint);

void add_ledger_backup(Shell& shell, CLI::App* group);

}  // namespace tcps::cli
