// YAML, the part of it that cannot surprise: no anchors, aliases, tags, second documents, duplicate keys,
// deep nesting or control characters.
#pragma once

#include <optional>

#include "rules/language/node.h"
#include "rules/language/policy.h"

namespace purposewatch {

inline constexpr std::size_t kPolicyBytesMax = std::size_t{4} << 20;
inline constexpr std::size_t kPolicyDepthMax = 16;
inline constexpr std::size_t kPolicyTextBytesMax = 4096;  // of one text or key: a path has fewer
inline constexpr std::size_t kPolicyValuesMax = 500'000;  // of one file: a few bytes there are hundreds here

// The file's tree, or nothing when it could not be read to its end (then the reason is among the
// diagnostics). What is merely refused (an anchor, say) is reported and reading goes on.
std::optional<Node> read_yaml(const PolicyText& text, Diagnostics& diagnostics);

}  // namespace purposewatch
