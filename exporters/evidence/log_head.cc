#include "exporters/evidence/log_head.h"

#include <algorithm>
#include <array>

#include "exporters/evidence/checksum.h"
#include "exporters/evidence/little_endian.h"

namespace purposewatch {
namespace {

constexpr const char* kName = "head";
constexpr std::string_view kHeadMagic = "PWHEAD01";
constexpr std::size_t kCheckedBytes = 48, kHeadBytes = 52;

}  // namespace

std::uint64_t LogHead::witnessed() const {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) bits = bits << 8 | chain[i];
  return bits >> 11;
}

std::optional<LogHead> read_log_head(Storage& storage) {
  auto file = storage.open(kName);
  if (!file) return std::nullopt;
  const auto text = (*file)->read(kHeadBytes);
  if (!text || text->size() != kHeadBytes || text->substr(0, kHeadMagic.size()) != kHeadMagic)
    return std::nullopt;
  const Bytes bytes = bytes_of(*text);
  if (get_number<std::uint32_t>(&bytes[kCheckedBytes]) != checksum(Bytes(bytes).first(kCheckedBytes)))
    return std::nullopt;
  LogHead head{.records = get_number<std::uint64_t>(&bytes[8])};
  if (head.records > kRecordsMax) return std::nullopt;
  std::copy_n(bytes.begin() + 16, head.chain.size(), head.chain.begin());
  return head;
}

Result<void> write_log_head(Storage& storage, const LogHead& head) {
  std::array<std::uint8_t, kHeadBytes> bytes{};
  std::copy(kHeadMagic.begin(), kHeadMagic.end(), bytes.begin());
  put_number(&bytes[8], head.records);
  std::copy(head.chain.begin(), head.chain.end(), &bytes[16]);
  put_number(&bytes[kCheckedBytes], checksum(Bytes(bytes).first(kCheckedBytes)));
  auto file = storage.open(kName);
  if (!file) file = storage.create(kName);
  if (!file) return tl::unexpected(file.error());
  return (*file)->write_at(0, bytes);
}

}  // namespace purposewatch
