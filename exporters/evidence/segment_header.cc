#include "exporters/evidence/segment_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "exporters/evidence/checksum.h"
#include "exporters/evidence/little_endian.h"

namespace purposewatch {
namespace {

constexpr std::string_view kSegmentMagic = "PWEVID01";
constexpr std::string_view kSuffix = ".evidence";
constexpr std::size_t kHeaderCrcAt = 8, kSizeAt = 12, kFixedBytes = 96, kDigits = 20;
constexpr std::size_t kEdgeMax = 64;  // of a tree with 2^64 leaves

}  // namespace

std::string to_bytes(const SegmentHeader& header) {
  std::vector<std::uint8_t> bytes(kFixedBytes + header.tree_edge.size() * sizeof(Digest));
  std::copy(kSegmentMagic.begin(), kSegmentMagic.end(), bytes.begin());
  put_number(&bytes[kSizeAt], static_cast<std::uint32_t>(bytes.size()));
  put_number(&bytes[16], header.first_sequence);
  put_number(&bytes[24], header.key_number);
  std::copy(header.public_key.begin(), header.public_key.end(), &bytes[32]);
  std::copy(header.previous_chain.begin(), header.previous_chain.end(), &bytes[64]);
  for (std::size_t i = 0; i < header.tree_edge.size(); ++i)
    std::copy(header.tree_edge[i].begin(), header.tree_edge[i].end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(kFixedBytes + i * sizeof(Digest)));
  put_number(&bytes[kHeaderCrcAt], checksum(Bytes(bytes).subspan(kSizeAt)));
  return std::string(text_of(bytes));
}

std::optional<HeaderRead> read_header(Bytes bytes) {
  if (bytes.size() < kFixedBytes || text_of(bytes.first(kSegmentMagic.size())) != kSegmentMagic)
    return std::nullopt;
  const std::size_t size = get_number<std::uint32_t>(&bytes[kSizeAt]);
  const std::size_t edge = size < kFixedBytes ? 0 : (size - kFixedBytes) / sizeof(Digest);
  if (size != kFixedBytes + edge * sizeof(Digest) || edge > kEdgeMax || bytes.size() < size)
    return std::nullopt;
  if (get_number<std::uint32_t>(&bytes[kHeaderCrcAt]) != checksum(bytes.first(size).subspan(kSizeAt)))
    return std::nullopt;
  HeaderRead read;
  read.bytes = size;
  read.header.first_sequence = get_number<std::uint64_t>(&bytes[16]);
  read.header.key_number = get_number<std::uint64_t>(&bytes[24]);
  std::memcpy(read.header.public_key.data(), &bytes[32], read.header.public_key.size());
  std::memcpy(read.header.previous_chain.data(), &bytes[64], sizeof(Digest));
  read.header.tree_edge.resize(edge);
  for (std::size_t i = 0; i < edge; ++i)
    std::memcpy(read.header.tree_edge[i].data(), &bytes[kFixedBytes + i * sizeof(Digest)], sizeof(Digest));
  if (read.header.first_sequence == 0) return std::nullopt;
  return read;
}

std::string segment_name(std::uint64_t first_sequence) {
  return fmt::format("{:020}{}", first_sequence, kSuffix);
}

std::optional<std::uint64_t> first_sequence_of(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || name.substr(kDigits) != kSuffix) return std::nullopt;
  std::uint64_t sequence = 0;
  for (const char digit : name.substr(0, kDigits)) {
    if (digit < '0' || digit > '9' || sequence > (UINT64_MAX - 9) / 10) return std::nullopt;
    sequence = sequence * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return sequence > 0 ? std::optional(sequence) : std::nullopt;
}

}  // namespace purposewatch
