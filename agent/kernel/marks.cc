#include "agent/kernel/marks.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "agent/kernel/filters.h"
#include "sensor.skel.h"

namespace purposewatch {
namespace {

// Nothing when neither the path nor anything below it belongs to a store.
std::optional<pw_mark> mark_at(const std::string& path, const Automaton& automaton,
                               std::uint32_t generation) {
  pw_mark mark{};
  mark.generation = generation;
  mark.anchor.depth = static_cast<__u16>(std::count(path.begin(), path.end(), '/'));
  bool leads_somewhere = false;
  for (const pw_way_of of : {PW_OF_FILES, PW_OF_SOCKETS}) {
    const std::uint32_t state = automaton.after(path, automaton.root_of(of));
    if (state == Automaton::kDead || state >= automaton.states.size()) continue;
    mark.anchor.way[of] = {.names = PW_ANY_NAME, .state = state, .skip = 0, .reserved = 0};
    leads_somewhere = true;
  }
  return leads_somewhere ? std::optional(mark) : std::nullopt;
}

}  // namespace

bool Marks::learn(const InodeKey& inode, std::string path) {
  if (paths_.size() >= kPathsMax && !paths_.contains(inode)) return false;
  paths_.insert_or_assign(inode, std::move(path));
  size_ = paths_.size();
  return true;
}

Result<void> Marks::put_undecided(const InodeKey& inode) {
  const pw_inode_key key = inode.raw();
  const pw_mark mark{};  // of no generation
  for (std::uint32_t slot = 0; slot < PW_GENERATIONS; ++slot)
    add_to_filters(sensor_.skeleton(), slot, key, PW_ANY_NAME);
  if (bpf_map_update_elem(sensor_.map("marks"), &key, &mark, BPF_NOEXIST) == 0 || errno == EEXIST) return {};
  return fail(fmt::format("cannot fill the kernel table marks: {}", std::strerror(errno)));
}

void Marks::remove(const InodeKey& inode) {
  const pw_inode_key key = inode.raw();
  bpf_map_delete_elem(sensor_.map("marks"), &key);
  forget(inode);
}

void Marks::forget(const InodeKey& inode) {
  paths_.erase(inode);
  size_ = paths_.size();
}

void Marks::put_left_out(const InodeKey& inode, const pw_mark& mark) {
  const pw_inode_key key = inode.raw();
  if (bpf_map_update_elem(sensor_.map("marks"), &key, &mark, BPF_NOEXIST) != 0 && errno != EEXIST) return;
  __atomic_fetch_sub(&sensor_.skeleton()->bss->marks_left_out, 1, __ATOMIC_RELAXED);
}

std::optional<std::string> Marks::path_of(const InodeKey& inode) const {
  const auto found = paths_.find(inode);
  return found == paths_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> Marks::install(const Automaton& automaton, std::uint32_t generation) {
  const int map = sensor_.map("marks");
  std::uint32_t left_out = 0;
  for (auto entry = paths_.begin(); entry != paths_.end();) {
    const pw_inode_key key = entry->first.raw();
    const auto mark = mark_at(entry->second, automaton, generation);
    if (!mark) {
      bpf_map_delete_elem(map, &key);
      entry = paths_.erase(entry);
      continue;
    }
    if (bpf_map_update_elem(map, &key, &*mark, BPF_ANY) != 0) {
      if (errno != E2BIG)
        return fail(fmt::format("cannot fill the kernel table marks: {}", std::strerror(errno)));
      add_to_filters(sensor_.skeleton(), generation % PW_GENERATIONS, key, PW_ANY_NAME);
      ++left_out;
    }
    ++entry;
  }
  __atomic_fetch_add(&sensor_.skeleton()->bss->marks_left_out, left_out - left_out_, __ATOMIC_RELAXED);
  left_out_ = left_out;
  size_ = size_at_install_ = paths_.size();
  return {};
}

std::optional<InodeKey> Marks::next_in_kernel(const std::optional<InodeKey>& after) const {
  pw_inode_key next{};
  const pw_inode_key last = after ? after->raw() : pw_inode_key{};
  if (bpf_map_get_next_key(sensor_.map("marks"), after ? &last : nullptr, &next) != 0) return std::nullopt;
  return InodeKey::of(next);
}

}  // namespace purposewatch
