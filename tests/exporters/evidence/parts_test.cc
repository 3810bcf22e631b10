// The pieces of the log: tree, checkpoint, header, keys, sets of sequence numbers.
#include <gtest/gtest.h>

#include "exporters/evidence/checkpoint.h"
#include "exporters/evidence/key_file.h"
#include "exporters/evidence/merkle_tree.h"
#include "exporters/evidence/segment_header.h"
#include "exporters/evidence/sequence_set.h"
#include "tests/exporters/evidence/log_fixture.h"

namespace purposewatch {
namespace {

// RFC 6962, 2.1, as it is written there.
Digest root_of(std::vector<Digest> leaves) {
  constexpr std::uint8_t kLeaf[] = {0}, kNode[] = {1};
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return sha256({kLeaf, leaves[0]});
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(split);
  return sha256({kNode, root_of({leaves.begin(), middle}), root_of({middle, leaves.end()})});
}

TEST(MerkleTree, HasTheRootThatTheRfcGives) {
  EXPECT_EQ(to_hex(MerkleTree().root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  MerkleTree tree;
  std::vector<Digest> leaves;
  for (int i = 0; i < 70; ++i) {
    leaves.push_back(sha256({bytes_of(std::to_string(i))}));
    tree.add(leaves.back());
    ASSERT_EQ(to_hex(tree.root()), to_hex(root_of(leaves))) << leaves.size();
    ASSERT_TRUE(MerkleTree::fits(tree.size(), tree.edge()));
    MerkleTree taken_up(tree.size(), tree.edge());
    taken_up.add(leaves[0]);
    MerkleTree continued = tree;
    continued.add(leaves[0]);
    ASSERT_EQ(taken_up.root(), continued.root());
  }
}

Checkpoint some_checkpoint(const SigningKey& next) {
  return {.host_id = "h-1",
          .records = 42,
          .root = sha256({bytes_of("r")}),
          .chain = sha256({bytes_of("c")}),
          .key_number = 3,
          .next_key = next.public_key()};
}

TEST(Checkpoint, IsReadBackAsItWasSigned) {
  const SigningKey key = SigningKey::generate(), next = SigningKey::generate();
  const std::string note = signed_note(some_checkpoint(next), key);
  const auto read = read_signed_note(note, key.public_key());
  ASSERT_TRUE(read) << note;
  EXPECT_EQ(read->host_id, "h-1");
  EXPECT_EQ(read->records, 42U);
  EXPECT_EQ(read->key_number, 3U);
  EXPECT_EQ(read->chain, some_checkpoint(next).chain);
  EXPECT_EQ(read->next_key, next.public_key());
  EXPECT_EQ(note.substr(0, note.find('\n', 17)), "purposewatch/h-1\n42");
  EXPECT_FALSE(read_signed_note(note, next.public_key()));
}

TEST(Checkpoint, IsNoOtherTextAndNoOtherBytes) {
  const SigningKey key = SigningKey::generate(), next = SigningKey::generate();
  const std::string note = signed_note(some_checkpoint(next), key);
  for (std::size_t at = 0; at < note.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = note;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      ASSERT_FALSE(read_signed_note(changed, key.public_key())) << changed;
    }
    ASSERT_FALSE(read_signed_note(note.substr(0, at), key.public_key()));
    ASSERT_FALSE(read_signed_note(note.substr(0, at) + "\n" + note.substr(at), key.public_key())) << at;
  }
  EXPECT_FALSE(read_signed_note(note + "\n", key.public_key()));
  EXPECT_FALSE(read_signed_note(note + note, key.public_key()));
}

TEST(SegmentHeader, IsReadBackAndCutOffIsNone) {
  SegmentHeader header{.first_sequence = 6,
                       .key_number = 9,
                       .public_key = SigningKey::generate().public_key(),
                       .previous_chain = sha256({bytes_of("p")}),
                       .tree_edge = {sha256({bytes_of("a")}), Digest{}}};
  const std::string bytes = to_bytes(header);
  const auto read = read_header(bytes_of(bytes + "more"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header, header);
  EXPECT_EQ(read->bytes, bytes.size());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_header(bytes_of(bytes.substr(0, size))));
}

TEST(SegmentName, IsReadBackAndNothingElseIsOne) {
  for (const std::uint64_t sequence : {std::uint64_t{1}, std::uint64_t{4711}, std::uint64_t{1} << 62U})
    EXPECT_EQ(first_sequence_of(segment_name(sequence)), sequence);
  for (const char* name :
       {"", "key", "head", "00000000000000000000.evidence", "1.evidence", "0000000000000000000x.evidence",
        "99999999999999999999.evidence", "00000000000000000001.evidence~"})
    EXPECT_FALSE(first_sequence_of(name)) << name;
}

TEST(SequenceSet, JoinsWhatTouchesAndIsReadBack) {
  SequenceSet set;
  for (const std::uint64_t sequence : {5, 9, 12, 10, 1, 11, 3, 2}) set.add(sequence);
  EXPECT_EQ(to_string(set), "1-3,5,9-12");
  set.add(4, 6);
  EXPECT_EQ(to_string(set), "1-6,9-12");
  EXPECT_EQ(set.size(), 10U);
  EXPECT_TRUE(set.contains(12));
  EXPECT_FALSE(set.contains(8));
  const auto read = sequence_set(to_string(set));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_string(*read), to_string(set));
  for (const char* text :
       {"a", "1-", "-1", "3-1", "1,,2", "18446744073709551615", "99999999999999999999", " 1"})
    EXPECT_FALSE(sequence_set(text)) << text;
}

TEST(KeyFile, HandsOverAndLeavesNothingOfTheOldKey) {
  MemoryStorage storage;
  KeyFile file(storage);
  const SigningKey first = SigningKey::generate(), second = SigningKey::generate();
  ASSERT_TRUE(file.put_first({0, 0, SigningKey(first.seed())}));
  const auto old = storage.names.at("key");
  ASSERT_TRUE(file.prepare({1, 10, SigningKey(second.seed())}));
  EXPECT_TRUE(*file.take(first.public_key()));
  EXPECT_EQ(file.newest()->number, 1U);
  ASSERT_TRUE(*file.take(second.public_key()));
  EXPECT_FALSE(*file.take(first.public_key()));
  EXPECT_EQ(old->synced, std::string(old->synced.size(), '\0'));
  EXPECT_EQ(storage.names.size(), 1U);
  storage.names.at("key")->bytes[30] ^= 1;
  EXPECT_FALSE(file.newest());
}

TEST(LogHead, ShowsPrometheusWhatADoubleHoldsExactly) {
  LogHead head;
  head.chain.fill(0xff);
  EXPECT_EQ(head.witnessed(), (std::uint64_t{1} << 53U) - 1);
  EXPECT_EQ(static_cast<std::uint64_t>(static_cast<double>(head.witnessed())), head.witnessed());
}

}  // namespace
}  // namespace purposewatch
