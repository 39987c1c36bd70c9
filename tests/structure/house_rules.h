// The rules of the house that a compiler does not check, over a source tree on disk: includes, sizes,
// folders, left-overs, links of the documents. Each rule returns what it objects to, one sentence per place;
// an empty answer is a pass.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tcps::structure {

using Objections = std::vector<std::string>;

Objections check_top_level(const std::filesystem::path& root);  // only the names that were agreed on
Objections check_includes(const std::filesystem::path& root);   // include_rules.h; the own header comes first
Objections check_sizes(const std::filesystem::path& root);      // sources 500 lines, headers 250, tests 700
Objections check_left_overs(const std::filesystem::path& root);  // no notes of work still to be done
// Every relative link of a *.md file leads somewhere, and every `folder/file` of the house that it names is
// there.
Objections check_document_links(const std::filesystem::path& root);
Objections check_adr_index(
    const std::filesystem::path& root);  // every decision is linked from docs/adr/README.md
// The arrows of docs/map.md, its table "Room | May include", are those of include_rules.h.
Objections check_map(const std::filesystem::path& root);

}  // namespace tcps::structure
