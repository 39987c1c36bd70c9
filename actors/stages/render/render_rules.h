// Stage 5, Render, as rules: renders the templates over the rows of the queries, marks the files, and sees to
// it that no work of a person is overwritten. Run by tcps-engine.
//
// A template sees, as arrays of row objects, the queries that it names ('-' becomes '_'), `row` with
// for_each, and the names of the job's context. Every template is rendered even when one before it failed, so
// that one Andon call names them all.
//
// Where the repository already holds an output (products that keep generated files), marker.h tells whose it
// is: an untouched one is replaced; one whose checksum is wrong was edited by hand (F5.3), and so was one
// without checksum, unless it is what is rendered now; one without marker is in the way (F5.4), unless it is
// the same.
//
// Findings: F5.1 a template is missing or malformed (template:line:column), F5.2 data that it needs is absent
// or of the wrong kind, F5.3 a manual edit, F5.4 an output that is somebody's own file, or two outputs of one
// path; without mode: an output path that leaves the product, or more than 10,000 files.
#pragma once

#include "actors/stages/knowledge/answer.h"
#include "actors/stages/knowledge/jobs.h"

namespace tcps::stages {

inline constexpr size_t rendered_files_max = 10'000;

// Reads in/<query>.json. Fields: templates_rendered, verification. Outputs: the files at their product paths.
JobAnswer render(const RenderJob& job, const ReadFile& read);

}  // namespace tcps::stages
