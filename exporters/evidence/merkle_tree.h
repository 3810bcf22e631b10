// The Merkle tree of RFC 6962 over the records' chains, of which only the right edge is kept: enough to add
// leaves and to know the root. With it a checkpoint is one that witnesses of transparency logs understand.
#pragma once

#include <cstdint>
#include <vector>

#include "exporters/evidence/digest.h"

namespace purposewatch {

class MerkleTree {
 public:
  MerkleTree() = default;
  // edge: of a tree with `size` leaves; it must have as many digests as `size` has bits that are set.
  static bool fits(std::uint64_t size, const std::vector<Digest>& edge);
  MerkleTree(std::uint64_t size, std::vector<Digest> edge) : size_(size), edge_(std::move(edge)) {}

  void add(const Digest& leaf);
  Digest root() const;
  std::uint64_t size() const { return size_; }
  // The roots of its complete subtrees, the largest first.
  const std::vector<Digest>& edge() const { return edge_; }

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> edge_;
};

}  // namespace purposewatch
