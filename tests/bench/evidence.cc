// How fast the evidence is read: bench_evidence [--records N] [--directory DIR] [--keep] [--index-alone]
//
// Writes a log of N findings through LogWriter (about 1.2 kB each), then times, as a person would wait for
// it: making the index, and questions with the index against the same questions by reading every record.
// Markdown goes to stdout. DIR, where the log is made, has to be empty or not there, or hold one of an
// earlier --keep.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>

#include "agent/evidence/event_query.h"
#include "exporters/evidence/log_writer.h"
#include "tests/agent/evidence/many_findings.h"

namespace purposewatch {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

constexpr std::uint64_t kPerSecond = 1000;
constexpr std::int64_t kFirstNs = 1'700'000'000'000'000'000;

struct Options {
  std::uint64_t records = 1'000'000;
  std::string directory = "bench-evidence";
  bool is_kept = false, is_index_alone = false;
};

std::int64_t time_of(std::uint64_t record) {
  return kFirstNs + static_cast<std::int64_t>(record * (1'000'000'000 / kPerSecond));
}

double seconds_of(const std::function<void()>& act) {
  const auto begin = steady_clock::now();
  act();
  return duration<double>(steady_clock::now() - begin).count();
}

// A day's work of the agent, without waiting for the disk.
void write_log(Storage& storage, std::uint64_t records) {
  LogSettings settings;
  settings.host_id = "bench";
  settings.boot_id.fill(1);
  auto writer = LogWriter::open(storage, settings, {.boot_ns = 1, .wall_ns = kFirstNs});
  if (!writer) throw std::runtime_error(writer.error().message);
  ManyFindings findings(1, {.clients = 20'000, .processes = 500});
  std::vector<RecordDraft> drafts;
  for (std::uint64_t i = 1; i <= records; ++i) {
    drafts.push_back(findings.next_draft(i, time_of(i)));
    if (i % kPerSecond != 0 && i != records) continue;
    const LogClocks now{.boot_ns = static_cast<std::uint64_t>(time_of(i) - kFirstNs), .wall_ns = time_of(i)};
    (*writer)->commit(drafts, LogWriter::Sync::kNow, now);
    drafts.clear();
  }
}

struct Question {
  std::string words;
  EventQuery query;
};

EventQuery of(EventKey key, const std::string& text) {
  EventQuery query;
  query.filter[key] = text;
  return query;
}

// incident: one that there is.
std::vector<Question> questions(std::uint64_t records, const std::string& incident) {
  EventQuery hour;
  hour.since_ns = time_of(records / 2);
  hour.until_ns = hour.since_ns + 3'000'000'000;
  EventQuery last = of(EventKey::kVerdict, "flagged");
  last.limit = 20;
  EventQuery both = of(EventKey::kClient, "client00007");
  both.filter[EventKey::kVerdict] = "flagged";
  return {{"a client of many", of(EventKey::kClient, "client19999")},
          {"a busy client", of(EventKey::kClient, "client00007")},
          {"its flagged ones", both},
          {"a client that is nowhere", of(EventKey::kClient, "nobody")},
          {"an incident", of(EventKey::kIncident, incident)},
          {"one event by its id",
           of(EventKey::kId, flagged_read().host->boot_id + "-" + std::to_string(records / 3))},
          {"three seconds", hour},
          {"the last 20 flagged", last}};
}

std::size_t count(Storage& storage, const EventQuery& query, EventIndex* index) {
  std::size_t found = 0;
  const auto done = find_records(storage, query, {.index = index, .on_progress = {}},
                                 [&](auto&, auto&) { return ++found, true; });
  if (!done) throw std::runtime_error(done.error().message);
  return found;
}

std::uintmax_t bytes_in(const std::string& directory) {
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) bytes += file.file_size();
  return bytes;
}

void measure(const Options& options) {
  const std::string evidence = options.directory + "/evidence",
                    index_path = index_directory(options.directory);
  std::filesystem::create_directories(options.directory);
  const auto storage = storage_in(evidence);
  if (!std::filesystem::exists(evidence)) {
    const double written = seconds_of([&] { write_log(*storage, options.records); });
    std::cerr << fmt::format("{} records written in {:.1f} s\n", options.records, written);
  }
  std::filesystem::remove_all(index_path);
  const auto one = [&](const EventQuery& query) {
    EventIndex index(*storage, index_path);
    return count(*storage, query, &index);
  };
  const double made = seconds_of([&] { one(of(EventKey::kClient, "nobody")); });
  const auto seconds_by_reading = [&](const EventQuery& query, std::size_t& found) {
    return options.is_index_alone ? 0 : seconds_of([&] { found = count(*storage, query, nullptr); });
  };
  std::cout << fmt::format(
      "{} records, {:.0f} bytes each; index: {:.1f} s to make, {:.2f} bytes a record\n\n", options.records,
      static_cast<double>(bytes_in(evidence)) / options.records, made,
      static_cast<double>(bytes_in(index_path)) / options.records);
  std::cout << "| asked for | found | by index | all read | ratio |\n|---|--:|--:|--:|--:|\n";
  const std::string incident = ManyFindings(1, {.clients = 20'000, .processes = 500}).next(1, 0).incident;
  for (const auto& [words, query] : questions(options.records, incident)) {
    std::size_t found = 0;
    const double by_index = seconds_of([&, &asked = query] { found = one(asked); });
    std::size_t expected = found;
    const double by_reading = seconds_by_reading(query, expected);
    if (found != expected)
      throw std::runtime_error(fmt::format("{}: {} by index, {} by reading", words, found, expected));
    const std::string compared =
        options.is_index_alone ? "" : fmt::format("{:.1f} s | {:.4f}", by_reading, by_index / by_reading);
    std::cout << fmt::format("| {} | {} | {:.3f} s | {} |\n", words, found, by_index, compared) << std::flush;
  }
  if (!options.is_kept) std::filesystem::remove_all(options.directory);
}

}  // namespace
}  // namespace purposewatch

int main(int argc, char** argv) {
  purposewatch::Options options;
  CLI::App app("How fast the evidence is read", "bench_evidence");
  app.add_option("--records", options.records, "How many are written")->capture_default_str();
  app.add_option("--directory", options.directory, "Where")->capture_default_str();
  app.add_flag("--index-alone", options.is_index_alone, "Do not read every record besides, to compare");
  app.add_flag("--keep", options.is_kept, "Leave the log there, to be measured again");
  CLI11_PARSE(app, argc, argv);
  try {
    purposewatch::measure(options);
  } catch (const std::exception& error) {
    std::cerr << "bench_evidence: " << error.what() << "\n";
    return 3;
  }
  return 0;
}
