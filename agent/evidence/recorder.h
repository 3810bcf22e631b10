// Findings, grants and the agent's own doings into the evidence. They are written and synced on a thread of
// its own, so that a slow, full or broken disk never stops the watching: what cannot be kept meanwhile is
// counted, and stated in the evidence when it is writable again. A flagged finding is synced at once, with
// all that came meanwhile (group commit); others within half a second.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/evidence/space_watch.h"
#include "exporters/evidence/log_writer.h"
#include "exporters/ndjson/event_json.h"
#include "rules/model/health.h"
#include "rules/model/sink.h"

namespace purposewatch {

class Recorder final : public Sink {
 public:
  struct Settings {
    LogSettings log;
    // Text that waits to be written. Findings that are not flagged have half of it.
    std::size_t queue_bytes_max = std::size_t{8} << 20U;
    std::chrono::milliseconds retry_interval{1000};  // while the log cannot be opened
    std::function<LogClocks()> clocks;               // thread-safe
  };

  // storage: outlives it, and is used by nobody else meanwhile.
  Recorder(Storage& storage, Settings settings);
  ~Recorder() override;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Opens the log, and begins to write what was taken so far, too. When it cannot be opened, that is tried
  // again and again.
  void start();

  // For one thread: the one that events come from.
  void accept(const Finding& finding) override;
  void note(const GrantEvent& event) override;
  void note(const TamperEvent& event) override;
  void flush() override;
  // Thread-safe. False: there is no room for it, and it is counted as lost.
  bool record(RecordDraft draft);

  // Thread-safe. Whether all that was taken before the call is synced, or stated as lost, by now; while
  // nothing can be written, it does not wait.
  bool wait_until_synced(std::chrono::milliseconds patience);
  // Thread-safe. How many records were taken, ever, lost ones too; and how many of the first of them are
  // synced, or lost, by now.
  std::uint64_t taken() const;
  std::uint64_t settled() const;
  EvidenceHealth health() const;
  // The last record's sequence number, when all that was taken is synced. Nothing: something is still on its
  // way.
  std::optional<std::uint64_t> records_when_idle() const;
  // Writes and signs what is there. Nothing may be taken afterwards.
  void close();

 private:
  struct Queue {
    std::vector<RecordDraft> drafts;
    std::size_t bytes = 0;
    std::array<std::uint64_t, kRetentionNames.size()> lost{};
    std::uint64_t taken = 0;  // so many came before, ever, lost ones too
    bool is_urgent = false;   // somebody waits for the sync
  };

  bool has_room(Retention retention, std::size_t bytes);
  void run();
  void write(Queue batch, bool is_last);
  void open_log(LogClocks now);
  void note_space(LogClocks now, std::vector<RecordDraft>& drafts);
  void tell_trouble(std::string trouble, bool is_full);

  Storage& storage_;
  Settings settings_;
  EventWriter events_;

  // The thread's own.
  std::unique_ptr<LogWriter> log_;  // nothing: it could not be opened yet
  SpaceWatch space_;
  std::uint64_t next_space_look_ns_ = 0;  // boot time
  std::string trouble_;
  std::chrono::steady_clock::time_point next_sync_{}, next_turn_{};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable work_, done_;
  Queue queue_;
  std::uint64_t settled_ = 0;  // of `taken`: synced, or lost
  EvidenceHealth health_;
  std::optional<std::chrono::steady_clock::time_point> write_began_;  // of the write that is under way
  bool is_closing_ = false;

  std::thread thread_;  // last: the others are there when it begins
};

}  // namespace purposewatch
