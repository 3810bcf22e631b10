// Any bytes as a record of the kernel's: refused in words, or a value that keeps what decode.h promises.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>

#include "agent/kernel/decode.h"
#include "bpf/abi.h"
#include "rules/base/address.h"
#include "tests/fuzz/target.h"

namespace purposewatch {
namespace {

bool lies_within(const std::string& text, std::span<const std::byte> bytes) {
  const auto* first = reinterpret_cast<const char*>(bytes.data());
  return std::search(first, first + bytes.size(), text.begin(), text.end()) != first + bytes.size() ||
         text.empty();
}

void check(const AccessRecord& access, std::span<const std::byte> bytes) {
  require(access.kinds != 0 && access.kinds < 1U << PW_KINDS);
  require(access.path_below.empty() || access.path_below.front() == '/');
  require(access.path_below.size() <= PW_PATH_LARGE + PW_SLACK && lies_within(access.path_below, bytes));
  require(!access.store || *access.store < 0xffff);
  require(!access.client || (!access.client->empty() && access.client->size() <= PW_NAME_MAX));
  require(!access.client || lies_within(*access.client, bytes));
  require(access.name.size() <= PW_COMM_LEN && access.name.find('\0') == std::string::npos);
  for (const std::string& whole : {access.other_path, access.real_path})
    require(whole.size() <= PW_PATH_LARGE && lies_within(whole, bytes));
  require(!access.mark || !access.block_device);
  require(!access.is_adrift || (!access.mark && !access.block_device));
  require(!access.target || access.kinds == 1U << PW_MEMORY);
  require(!access.endpoint || (access.kinds == 1U << PW_CONNECT && access.path_below.empty() &&
                               normal_address(access.endpoint->address) == access.endpoint->address));
  require(!access.held_store || (access.target && *access.held_store < PW_HELD_MAX));
}

void check(const ProcessRecord& process, std::span<const std::byte> bytes) {
  const Subject& subject = process.subject;
  require(subject.name.size() <= PW_COMM_LEN && subject.name.find('\0') == std::string::npos);
  require(subject.executable.size() <= PW_EXE_PATH && lies_within(subject.executable, bytes));
  require(subject.cgroup.size() <= PW_CGROUP_PATH && lies_within(subject.cgroup, bytes));
  require(subject.script_path.size() <= PW_SCRIPT_PATH && lies_within(subject.script_path, bytes));
  require(process.lineage.size() <= PW_LINEAGE_MAX);
  require(subject.ancestors.size() <= PW_ANCESTORS_MAX);
  for (const Ancestor& ancestor : subject.ancestors)
    require(ancestor.name.size() <= PW_COMM_LEN && ancestor.executable.size() <= PW_ANCESTOR_EXE_PATH);
}

void check(const MarkRecord& mark, std::span<const std::byte> bytes) {
  require(mark.path_below.empty() || mark.path_below.front() == '/');
  require(mark.path_below.size() <= PW_PATH_LARGE && lies_within(mark.path_below, bytes));
  require(!mark.below || *mark.below != InodeKey{});
}

void check(const UnmarkRecord&, std::span<const std::byte>) {}

void check(const TamperRecord& signal, std::span<const std::byte>) {
  require(signal.signal <= 64);
}

}  // namespace
}  // namespace purposewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto record = decode(bytes);
  if (!record) {
    require(!record.error().message.empty() && record.error().message.find('\n') == std::string::npos);
    return 0;
  }
  std::visit([&](const auto& value) { check(value, bytes); }, *record);
  return 0;
}

// Sizes decide nearly everything, and a mutation seldom hits one: half of the inputs are brought to a
// record's size and say so in their head, the others stay as they are.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  const std::size_t length = LLVMFuzzerMutate(data, size, max_size);
  struct Form {
    std::size_t size;
    pw_record_type type;
  };
  constexpr Form kForms[] = {
      {sizeof(pw_process_record), PW_RECORD_PROCESS}, {sizeof(pw_access_small), PW_RECORD_ACCESS},
      {sizeof(pw_access_large), PW_RECORD_ACCESS},    {sizeof(pw_access_named), PW_RECORD_ACCESS},
      {sizeof(pw_memory_record), PW_RECORD_MEMORY},   {sizeof(pw_connect_record), PW_RECORD_CONNECT},
      {sizeof(pw_mark_record), PW_RECORD_MARK},       {sizeof(pw_unmark_record), PW_RECORD_UNMARK}};
  const auto [wanted, type] = kForms[seed / 2 % std::size(kForms)];
  if (seed % 2 == 0 || wanted > max_size) return length;
  if (length < wanted) std::memset(data + length, 0, wanted - length);
  pw_record head;
  std::memcpy(&head, data, sizeof(head));
  head.version = PW_ABI_VERSION;
  head.type = static_cast<__u16>(type);
  head.size = static_cast<__u32>(wanted);
  std::memcpy(data, &head, sizeof(head));
  return wanted;
}
