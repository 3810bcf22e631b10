#include "exporters/evidence/log_head.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "exporters/evidence/little_endian.h"

namespace purposewatch {
namespace {

constexpr const char* kName = "head";
constexpr std::string_view kMagic = "PWHEAD01";
constexpr std::size_t kCheckedBytes = 48, kBytes = 52;

std::uint32_t checksum(Bytes bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, bytes.data(), kCheckedBytes));
}

}  // namespace

std::uint64_t LogHead::witnessed() const {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) bits = bits << 8 | chain[i];
  return bits >> 11;
}

std::optional<LogHead> read_log_head(Storage& storage) {
  auto file = storage.open(kName);
  if (!file) return std::nullopt;
  const auto text = (*file)->read(kBytes);
  if (!text || text->size() != kBytes || text->substr(0, kMagic.size()) != kMagic) return std::nullopt;
  const Bytes bytes = bytes_of(*text);
  if (get_number<std::uint32_t>(&bytes[kCheckedBytes]) != checksum(bytes)) return std::nullopt;
  LogHead head{.records = get_number<std::uint64_t>(&bytes[8])};
  if (head.records > kRecordsMax) return std::nullopt;
  std::copy_n(bytes.begin() + 16, head.chain.size(), head.chain.begin());
  return head;
}

Result<void> write_log_head(Storage& storage, const LogHead& head) {
  std::array<std::uint8_t, kBytes> bytes{};
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  put_number(&bytes[8], head.records);
  std::copy(head.chain.begin(), head.chain.end(), &bytes[16]);
  put_number(&bytes[kCheckedBytes], checksum(bytes));
  auto file = storage.open(kName);
  if (!file) file = storage.create(kName);
  if (!file) return tl::unexpected(file.error());
  return (*file)->write_at(0, bytes);
}

}  // namespace purposewatch
