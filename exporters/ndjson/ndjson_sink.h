// Findings as lines of JSON in a file, a pipe or a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "exporters/ndjson/event_json.h"
#include "exporters/ndjson/line_file.h"
#include "rules/base/result.h"
#include "rules/model/sink.h"

namespace purposewatch {

// Lines wait in memory (at most 1 MiB) while the disk is full or the reader slow, and are written when it
// recovers; what does not fit is lost as whole lines, and counted. Call flush() now and then even without
// findings, so that waiting lines get their chance.
class NdjsonSink final : public Sink {
 public:
  explicit NdjsonSink(LineFile file) : file_(std::move(file)) {}

  // FILE (created 0600, appended to), or "-" for standard output.
  static Result<std::unique_ptr<NdjsonSink>> open(const std::string& path);

  void accept(const Finding& finding) override;
  using Sink::note;
  void note(const GrantEvent& event) override;
  void flush() override;

  // Opens the path anew, after a log rotation moved it. On error the old file stays in use.
  Result<void> reopen();

  std::uint64_t lost() const { return lost_ + file_.lost(); }  // lines, ever
  std::uint64_t waiting_bytes() const { return file_.waiting_bytes(); }

 private:
  template <class Append>
  void add_line(const Append& append);

  LineFile file_;
  EventWriter writer_;
  std::string path_;
  std::string line_;  // kept for its capacity
  std::uint64_t lost_ = 0;
};

}  // namespace purposewatch
