// How a segment begins (record.h has the bytes), and what it is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/evidence/digest.h"
#include "exporters/evidence/signing_key.h"

namespace purposewatch {

struct SegmentHeader {
  std::uint64_t first_sequence = 1;
  std::uint64_t key_number = 0;
  PublicKey public_key{};
  Digest previous_chain{};
  std::vector<Digest> tree_edge;

  bool operator==(const SegmentHeader&) const = default;
};

std::string to_bytes(const SegmentHeader& header);

struct HeaderRead {
  SegmentHeader header;
  std::size_t bytes = 0;  // that it took
};
// Nothing: `bytes` begin with no whole header.
std::optional<HeaderRead> read_header(Bytes bytes);

// "00000000000000000001.evidence", and back.
std::string segment_name(std::uint64_t first_sequence);
std::optional<std::uint64_t> first_sequence_of(std::string_view name);

}  // namespace purposewatch
