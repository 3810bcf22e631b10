// The index of the evidence: STATE/index/N.index (segment_index.h) for each STATE/evidence/N.evidence, made
// by whoever reads first, and never the record: it can be deleted at any time. The running agent has no part
// in it.
//
// A file is taken only if it is whole and the segment ends as it did when it was indexed; else it is made
// anew. Files are put in place as a whole, so that any number of readers may do so at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/evidence/segment_index.h"
#include "exporters/evidence/storage.h"
#include "rules/base/descriptor.h"

namespace purposewatch {

class EventIndex {
 public:
  // evidence: the segments; outlives this. directory: where the index is kept, made when it is not there.
  EventIndex(Storage& evidence, const std::string& directory);

  // An error is the segment's: it cannot be read.
  Result<SegmentIndex> of(const std::string& segment);
  // Deletes what is left of segments that are not among these.
  void tidy(const std::vector<std::string>& segments);

  // Why what is made cannot be kept for the next time; empty: it can.
  const std::string& trouble() const { return trouble_; }

 private:
  std::optional<SegmentIndex> kept(const std::string& segment, StoredFile& file);
  void keep(const std::string& segment, const std::string& index);

  Storage& evidence_;
  std::string directory_;
  std::unique_ptr<Storage> files_;
  std::string trouble_;
};

std::string index_directory(const std::string& state_dir);

// The index holds names of clients: whoever blanks parts of the evidence, or removes segments, calls this
// afterwards. What others are making at the time is deleted, too. but_of: segments whose index may stay;
// nothing of theirs was blanked.
Result<void> remove_index(const std::string& state_dir, const std::vector<std::string>& but_of = {});

}  // namespace purposewatch
