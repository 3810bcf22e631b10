// Stores: the kernel's automaton against match_store, and for sockets against match_access, on policies and
// paths by the dice.
#include <gtest/gtest.h>

#include "agent/kernel/compile.h"
#include "rules/judge.h"
#include "tests/bpf/host_kernel.h"
#include "tests/bpf/random_policy.h"

namespace purposewatch {
namespace {

constexpr int kPathPolicies = 100;
constexpr int kPathsEach = 500;

std::shared_ptr<const CompiledPolicy> compiled(std::shared_ptr<const RuleSet> rules) {
  static ProgramNumbers programs;
  CounterSlots slots(4096);
  const auto nobody = [](const std::string&) { return std::nullopt; };
  return compile(std::move(rules), {nobody, nobody}, programs, slots);
}

std::string client_at(const std::vector<std::string>& components, std::uint32_t depth) {
  return depth == 0 ? std::string() : components.at(depth - 1);
}

// Names may be any bytes; a failure shows them readably.
std::string shown(const std::string& path) {
  return testing::PrintToString(path);
}

struct SeenHalf {
  int in_store = 0, outside = 0, unsure = 0, with_client = 0, from_prefix = 0, with_skip = 0, connected = 0;
};

// The same answer as judge's, or none.
void expect_same_store(const RuleSet& rules, pw_way_of of, const HostKernel::End& end,
                       const std::vector<std::string>& components, SeenHalf& seen) {
  if (end.is_unsure) {
    ++seen.unsure;
    return;
  }
  const std::string path = joined(components);
  Access access;
  access.kind = of == PW_OF_SOCKETS ? AccessKind::kConnect : AccessKind::kRead;
  access.path = path;
  const auto match = match_access(rules, access);
  ASSERT_EQ(end.store.has_value(), match.has_value()) << shown(path);
  if (!match) {
    ++seen.outside;
    return;
  }
  ++seen.in_store;
  EXPECT_EQ(*end.store, match->store) << shown(path);
  EXPECT_EQ(client_at(components, end.client_depth), match->client) << shown(path);
  if (!match->client.empty()) ++seen.with_client;
  if (of == PW_OF_SOCKETS) ++seen.connected;
}

// The walk up from a file stops at any anchor of its way: each must lead to the same end.
void expect_same_end_from_prefixes(const HostKernel& kernel, const KernelTables& tables, pw_way_of of,
                                   const HostKernel::End& whole, const std::vector<std::string>& components,
                                   SeenHalf& seen) {
  const std::string path = joined(components);
  const auto& directories = tables.anchors.directories();
  for (std::uint32_t i = 0; i < directories.size(); ++i) {
    const std::string above = tables.anchors.path_of(i);
    const bool is_above = above == "/" || path == above || path.rfind(above + "/", 0) == 0;
    if (!is_above) continue;
    const auto part = kernel.run_from(directories[i], of, components);
    EXPECT_EQ(part.store, whole.store) << shown(path) << " from " << above;
    EXPECT_EQ(part.is_unsure, whole.is_unsure) << shown(path) << " from " << above;
    EXPECT_EQ(part.client_depth, whole.client_depth) << shown(path) << " from " << above;
    if (directories[i].way[of].skip > 0) ++seen.with_skip;
    if (directories[i].depth > 0) ++seen.from_prefix;
  }
}

TEST(TheKernelsAutomaton, FindsTheStoreAndClientThatMatchStoreFinds) {
  Dice dice(20260101);
  SeenHalf seen;
  for (int round = 0; round < kPathPolicies; ++round) {
    std::string text;
    const auto rules = random_policy(dice, &text);
    SCOPED_TRACE(text);
    const auto policy = compiled(rules);
    HostKernel kernel(policy, static_cast<std::uint32_t>(round + 1));
    for (int i = 0; i < kPathsEach; ++i) {
      const auto components = random_path(dice, *rules);
      for (const pw_way_of of : {PW_OF_FILES, PW_OF_SOCKETS}) {
        const Automaton& automaton = policy->tables.automaton;
        const auto end = kernel.run(automaton.root_of(of), components, 0);
        expect_same_store(*rules, of, end, components, seen);
        expect_same_end_from_prefixes(kernel, policy->tables, of, end, components, seen);
        EXPECT_EQ(automaton.after(joined(components), automaton.root_of(of)), end.state)
            << shown(joined(components));
        if (testing::Test::HasFailure()) return;  // the first one says it all
      }
    }
  }
  EXPECT_GT(seen.in_store, kPathPolicies * kPathsEach / 4);
  EXPECT_GT(seen.outside, kPathPolicies * kPathsEach / 20);
  EXPECT_GT(seen.unsure, 100);
  EXPECT_GT(seen.with_client, 2000);
  EXPECT_GT(seen.from_prefix, 10000);
  EXPECT_GT(seen.with_skip, 1000);
  EXPECT_GT(seen.connected, 1000);
  RecordProperty("in_store", seen.in_store);
  RecordProperty("outside", seen.outside);
  RecordProperty("unsure", seen.unsure);
}

}  // namespace
}  // namespace purposewatch
