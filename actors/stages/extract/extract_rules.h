// Stage 4, Extract, as rules: asks the validated ontology each query and checks its rows. Run by tcps-engine.
//
// Rows go to "<query>.json": an array of objects, one for each row, keys in order. Every query is asked even
// when one before it failed, so that one Andon call names them all; only a timeout ends the run.
//
// Findings: F4.1 a query exceeds its time or its bound on rows, F4.2 it has no rows, F4.3 its rows break the
// JSON Schema (or that is none), F4.4 it is no query that the engine can ask (file:line); without mode: a
// file that cannot be read.
#pragma once

#include "actors/stages/knowledge/answer.h"
#include "actors/stages/knowledge/jobs.h"

namespace tcps::stages {

// Called before each query, so that the process can bound what the engine's own deadline does not see.
using BeforeQuery = std::function<void(const QueryJob& query)>;

// The finding of a query that was stopped from outside.
Finding query_overstayed(const QueryJob& query);

// Reads in/ontology.nt. Fields: queries_executed, total_execution_time_ms, validation.
JobAnswer extract(const ExtractJob& job, const ReadFile& read, const SteadyClock& now_ms,
                  const BeforeQuery& before);

}  // namespace tcps::stages
