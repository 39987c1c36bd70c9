// The end of `tcps run`: what became of every work order, and the verified chain.
#pragma once

#include <string>
#include <vector>

#include "messages/exit.h"
#include "nodes/client/line_access.h"
#include "nodes/view/output.h"

namespace tcps::cli {

struct RunOrder {
  std::string id;
  bool known = false;  // the demand was recognised from before
};

// Where people find what a work order's publish receipt lists: "marketplace: <folder>", "image: <reference>".
std::vector<std::string> release_places(const nlohmann::json& work_order, const std::string& marketplace);

// Exit::failed when a work order was not done, demand was refused, or the chain does not verify.
Outcome report_run(client::LineAccess& line, const std::vector<RunOrder>& orders, bool some_refused,
                   view::Output& out);

}  // namespace tcps::cli
