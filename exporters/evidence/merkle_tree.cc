#include "exporters/evidence/merkle_tree.h"

#include <bit>

namespace purposewatch {
namespace {

// RFC 6962, 2.1: the prefixes keep a leaf from passing for a node.
constexpr std::uint8_t kLeaf[] = {0}, kNode[] = {1};

Digest join(const Digest& left, const Digest& right) {
  return sha256({kNode, left, right});
}

}  // namespace

bool MerkleTree::fits(std::uint64_t size, const std::vector<Digest>& edge) {
  return static_cast<std::size_t>(std::popcount(size)) == edge.size();
}

void MerkleTree::add(const Digest& leaf) {
  Digest node = sha256({kLeaf, leaf});
  for (std::uint64_t merges = size_; merges & 1; merges >>= 1) {
    node = join(edge_.back(), node);
    edge_.pop_back();
  }
  edge_.push_back(node);
  ++size_;
}

Digest MerkleTree::root() const {
  if (edge_.empty()) return sha256({});
  Digest node = edge_.back();
  for (std::size_t i = edge_.size() - 1; i-- > 0;) node = join(edge_[i], node);
  return node;
}

}  // namespace purposewatch
