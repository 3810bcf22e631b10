// Where the log ends, as earlier runs have left it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporters/evidence/log_head.h"
#include "exporters/evidence/merkle_tree.h"
#include "exporters/evidence/segment_header.h"
#include "exporters/evidence/sequence_set.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

// As of some record: what the next one continues.
struct LogState {
  LogHead head;
  MerkleTree tree;
  std::uint64_t key_number = 0;
  PublicKey public_key{};
};

// Bytes in a segment that belong to no whole record.
struct TornBytes {
  std::string segment;
  std::uint64_t offset = 0, bytes = 0;
};

struct LogEnd {
  LogState state;
  bool is_new = true;  // there is no log yet
  std::vector<TornBytes> torn;
  SequenceSet damaged;        // records that had been synced, and are not whole any more
  std::uint64_t missing = 0;  // records at the end that had been synced, and are not there
  std::uint64_t unsigned_records =
      0;  // at the end; not more than of a second, unless somebody has added some
};

// Syncs the segment that it ends in: what is there now stays there.
Result<LogEnd> find_log_end(Storage& storage);

// Of `size` records of which nothing is known.
MerkleTree unknown_tree(std::uint64_t size);

// Names of segments, in order.
Result<std::vector<std::string>> list_segments(Storage& storage);

}  // namespace purposewatch
