// Writes the log (record.h): the only place that does. For one thread; one writer for a directory.
//
// What commit() has returned `true` for is on the disk, whatever happens from then on. What a failed write or
// sync leaves uncertain is kept in memory and written again, to a new segment, as soon as that is possible;
// what does not fit into memory meanwhile is lost, counted, and stated by a `gap` record then. There is
// always room on the disk for that record: it is held in advance.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "exporters/evidence/checkpoint.h"
#include "exporters/evidence/key_file.h"
#include "exporters/evidence/log_end.h"
#include "exporters/evidence/record.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

struct LogClocks {
  std::uint64_t boot_ns = 0;  // nanoseconds of boot time
  std::int64_t wall_ns = 0;   // nanoseconds since the epoch
};

struct LogSettings {
  std::string host_id;
  BootId boot_id{};
  std::size_t segment_bytes = std::size_t{16} << 20U;  // a segment that has as many is followed by the next
  std::size_t unsynced_bytes_max = std::size_t{8} << 20U;  // in memory, while the disk takes nothing
  std::chrono::nanoseconds checkpoint_interval = std::chrono::seconds(1);
  std::chrono::nanoseconds key_interval = std::chrono::seconds(50);  // a key signs for so long, then the next
};

class LogWriter {
 public:
  // Begins a segment. What earlier runs have left and was not whole, `gap` records say.
  static Result<std::unique_ptr<LogWriter>> open(Storage& storage, LogSettings settings, LogClocks now);

  enum class Sync : std::uint8_t { kNow, kLater };
  // True: these and all earlier ones are synced (or counted as lost). kLater leaves that to the next kNow.
  bool commit(std::span<const RecordDraft> drafts, Sync sync, LogClocks now);
  // So many records were lost before they came here: to be stated as those are that do not fit.
  void count_lost(Retention retention, std::uint64_t count, LogClocks now);
  // Signs, syncs, closes. The last record of a run that ends as it should.
  void close(LogClocks now);

  const LogHead& synced() const { return synced_.head; }
  const LogHead& written() const { return current_.head; }
  // Records that did not fit in memory or on the disk, ever.
  std::uint64_t lost() const { return lost_ever_; }
  bool is_full() const { return is_full_; }
  // Why the last commit failed; empty: it did not.
  const std::string& trouble() const { return trouble_; }
  const PublicKey& public_key() const { return key_.public_key(); }

 private:
  LogWriter(Storage& storage, LogSettings settings) : storage_(storage), settings_(std::move(settings)) {}
  Result<void> take_key(const LogEnd& end, std::vector<std::string>& gaps);

  void append(const RecordDraft& draft);
  void look_for_segments(LogClocks now);
  void look_at_segment_in_use(bool is_here, LogClocks now);
  void take_in(std::span<const RecordDraft> drafts, LogClocks now);
  void append_checkpoint_if_due(LogClocks now);
  void name_next_key(Checkpoint& checkpoint, LogClocks now);
  Result<void> write_pending();
  Result<void> sync_pending();
  void give_up_segment(const std::string& why, LogClocks now);
  Result<void> begin_segment();
  void pending_is_synced();
  bool hold_room(std::size_t bytes);
  void note_whether_full(bool is_full, LogClocks now);
  void state_losses(LogClocks now);
  RecordDraft gap(std::string open, LogClocks now) const;

  Storage& storage_;
  LogSettings settings_;
  LogState synced_, current_;
  SigningKey key_ = SigningKey::generate();
  bool is_key_handed_over_ =
      true;  // false: key_ is the next one, and the checkpoint that says so is not synced yet
  std::uint64_t key_used_since_ns_ = 0;  // boot time; 0: by an earlier run
  std::uint64_t checkpoint_boot_ns_ = 0;
  bool needs_checkpoint_ = false;
  bool is_to_be_signed_ = false;  // at once: it says that something is changed on purpose

  std::unique_ptr<StoredFile> segment_;             // nothing: the last one failed
  std::size_t segment_bytes_ = 0, held_bytes_ = 0;  // its size, and up to where blocks are held for it
  std::string name_;
  std::set<std::string> segments_;  // that were there a second ago
  std::set<std::string> removed_;   // that a record says are, or will be, removed
  std::uint64_t next_look_ns_ = 0;
  std::string pending_;              // the records that are not synced yet
  std::size_t pending_written_ = 0;  // how many bytes of them are in segment_

  bool is_full_ = false;
  std::string trouble_;
  std::array<std::uint64_t, kRetentionNames.size()> lost_{};  // since the last record that states it
  LogClocks lost_since_;
  std::uint64_t lost_ever_ = 0;
  std::uint64_t next_statement_ns_ = 0, statement_interval_ns_ = 0;
};

}  // namespace purposewatch
