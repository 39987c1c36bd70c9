// Stage 3, Generate, as rules: loads the ontology, checks it against the shapes, and shows that loading it is
// deterministic. Run by tcps-engine.
//
// Determinism: the files are read anew `iterations` times, each time in another order, and the digests of the
// canonical form (RDFC-1.0) must agree. A graph that has no canonical form within bounds counts as not shown
// to be deterministic.
//
// Findings: F3.1 a shape is violated (names the focus node, the path and the message) or ill-formed, F3.2 a
// file is no Turtle (file:line), F3.3 a prefix is not declared, F3.4 two loads differ; without mode: no file,
// or one that cannot be read.
#pragma once

#include "actors/stages/knowledge/answer.h"
#include "actors/stages/knowledge/jobs.h"

namespace tcps::stages {

// Fields: ontology, shacl_validation, determinism. Outputs: the report once shapes were checked, the ontology
// when everything passed.
JobAnswer generate(const GenerateJob& job, const ReadFile& read);

}  // namespace tcps::stages
