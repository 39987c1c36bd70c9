// Places where a test may kill this process, to see that what follows a crash there is right. TCPS_FAILPOINT
// names one place; without it a failpoint costs one comparison. The places: <stage>.started, .finished
// (artifacts stored, outcome sealed), .published (the bus has the outcome), .closed (the fold has it, the
// card is not acknowledged), and plan.published.
#pragma once

#include <string_view>

namespace tcps {

// Kills the process with SIGKILL when TCPS_FAILPOINT is "<scope>.<place>"; stops it with SIGSTOP, once, when
// it is "<scope>.<place>:stop".
void failpoint(std::string_view scope, std::string_view place);

}  // namespace tcps
