// What the agent says of itself in its records, as far as it explains what would else be damage.
//
// That something was blanked or removed on purpose counts only if a checkpoint of the same segment, that is
// of the same run, has signed it: whoever has no key could append such a record to a log that nobody writes,
// and the next run would sign it with all the others.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "exporters/evidence/blanking.h"
#include "exporters/evidence/segment_scan.h"
#include "exporters/evidence/sequence_set.h"

namespace purposewatch {

class Statements {
 public:
  // False: the record is not what its kind says.
  bool hear(const ScannedRecord& record);
  void sign();         // a checkpoint that is valid
  void end_segment();  // what is not signed by now never is

  // Whether these bytes of a segment were said to be no records, or to be given up.
  bool are_torn(const std::string& segment, std::uint64_t offset, std::uint64_t bytes) const;
  const SequenceSet& blanked() const { return signed_.blanked; }  // at least their personal parts
  const SequenceSet& blanked_as_a_whole() const { return signed_.blanked_as_a_whole; }
  std::uint64_t removed_up_to() const { return signed_.removed_up_to; }  // 0: nothing was

 private:
  struct OnPurpose {
    SequenceSet blanked, blanked_as_a_whole;
    std::uint64_t removed_up_to = 0;
  };

  OnPurpose signed_, unsigned_;
  std::map<std::string, SequenceSet> torn_;  // by segment: which of its bytes
};

}  // namespace purposewatch
