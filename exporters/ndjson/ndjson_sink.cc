#include "exporters/ndjson/ndjson_sink.h"

#include <exception>

#include "exporters/ndjson/grant_event_json.h"

namespace purposewatch {

Result<std::unique_ptr<NdjsonSink>> NdjsonSink::open(const std::string& path) {
  Result<LineFile> file = LineFile::open(path);
  if (!file) return tl::make_unexpected(file.error());
  auto sink = std::make_unique<NdjsonSink>(std::move(*file));
  sink->path_ = path;
  return sink;
}

void NdjsonSink::accept(const Finding& finding) {
  add_line([&](std::string& line) { writer_.append(line, finding); });
}

void NdjsonSink::note(const GrantEvent& event) {
  add_line([&](std::string& line) { append_grant_event(line, event); });
  flush();
}

template <class Append>
void NdjsonSink::add_line(const Append& append) {
  try {
    line_.clear();
    append(line_);
    line_ += '\n';
    file_.add_line(line_);
  } catch (const std::exception&) {  // no memory left
    ++lost_;
  }
}

void NdjsonSink::flush() {
  file_.flush();
}

Result<void> NdjsonSink::reopen() {
  if (path_.empty() || path_ == "-") return {};
  return file_.reopen(path_);
}

}  // namespace purposewatch
