// The IRIs that the engines know by name. Local names follow the vocabularies, in snake_case.
#pragma once

#include <string>
#include <string_view>

namespace tcps::rdf {

namespace rdf {
inline constexpr std::string_view prefix = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
inline constexpr std::string_view type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
inline constexpr std::string_view first = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
inline constexpr std::string_view rest = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
inline constexpr std::string_view nil = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";
inline constexpr std::string_view lang_string = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString";
}  // namespace rdf

namespace rdfs {
inline constexpr std::string_view class_ = "http://www.w3.org/2000/01/rdf-schema#Class";
inline constexpr std::string_view sub_class_of = "http://www.w3.org/2000/01/rdf-schema#subClassOf";
}  // namespace rdfs

namespace xsd {
inline constexpr std::string_view prefix = "http://www.w3.org/2001/XMLSchema#";
inline constexpr std::string_view string = "http://www.w3.org/2001/XMLSchema#string";
inline constexpr std::string_view boolean = "http://www.w3.org/2001/XMLSchema#boolean";
inline constexpr std::string_view integer = "http://www.w3.org/2001/XMLSchema#integer";
inline constexpr std::string_view decimal = "http://www.w3.org/2001/XMLSchema#decimal";
inline constexpr std::string_view double_ = "http://www.w3.org/2001/XMLSchema#double";
inline constexpr std::string_view float_ = "http://www.w3.org/2001/XMLSchema#float";
inline constexpr std::string_view date_time = "http://www.w3.org/2001/XMLSchema#dateTime";
}  // namespace xsd

namespace sh {
inline constexpr std::string_view prefix = "http://www.w3.org/ns/shacl#";
// "minCount" -> "http://www.w3.org/ns/shacl#minCount"
inline std::string iri(std::string_view local) { return std::string(prefix) + std::string(local); }
}  // namespace sh

}  // namespace tcps::rdf
