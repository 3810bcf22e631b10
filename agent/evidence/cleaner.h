// Blanks and removes what is to go from the evidence, on a thread of its own: by request of a client, and
// what is older than it may be kept. Each is recorded, and that record synced, before anything is touched; a
// job that is cut off, by a crash or a disk that takes nothing, is taken up again at the next start.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agent/evidence/erasure.h"
#include "agent/evidence/recorder.h"

namespace purposewatch {

class EvidenceCleaner {
 public:
  struct Request {
    std::string client;         // as the file system has it
    std::string reference, by;  // the ticket, and the person who asks for it
  };
  enum class State { kNone, kSearching, kBlanking, kDone, kFailed };
  // Of the last request.
  struct Progress {
    State state = State::kNone;
    std::uint64_t bytes_done = 0, bytes_all = 0;  // of the search
    std::uint64_t records = 0;                    // that are about the client
    std::string error;                            // why it failed
  };

  struct Surroundings {
    Storage& storage;  // one of its own for the directory that the recorder writes
    Recorder& recorder;
    RetentionTimes times{};
    std::function<LogClocks()> clocks;
    std::function<Result<void>()>
        forget_copies;  // of what is in records; called when some were blanked or removed
  };
  // What it refers to outlives it.
  explicit EvidenceCleaner(Surroundings surroundings) : around_(std::move(surroundings)) {}
  ~EvidenceCleaner() { close(); }
  EvidenceCleaner(const EvidenceCleaner&) = delete;
  EvidenceCleaner& operator=(const EvidenceCleaner&) = delete;

  // Begins with what was cut off, then with what is too old by now; that again every six hours.
  void start();
  // Thread-safe. Refused while another one is under way.
  Result<void> erase(Request request);
  Progress progress() const;
  // What it is at is left for the next start.
  void close();

  // One at a time, by the thread; here for the tests.
  Result<void> take_up_again();
  Result<void> apply_retention();
  Result<void> erase_client(const Request& request);

 private:
  void run();
  Result<void> carry_out(const Erasure& erasure);
  Result<void> blank(const Blanking& blanking);
  Result<void> finish_job();
  Result<void> remove_segments(const DueRecords& due);
  Result<void> record_and_sync(std::vector<RecordDraft> drafts);
  Result<void> put_file(const std::string& name, const std::string& text);
  std::optional<std::string> file(const std::string& name);
  void note(const std::function<void(Progress&)>& change);

  Surroundings around_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<Request> request_;
  Progress progress_;
  std::atomic<bool> is_closing_ = false;

  std::thread thread_;
};

}  // namespace purposewatch
