// What it costs to record findings: the recorder beside lines of JSON that are appended and synced
// (fdatasync) in batches as often, in turns, on the same disk.
//
//   bench_record_findings DIRECTORY [FINDINGS-A-SECOND [SECONDS [ROUNDS]]]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "agent/evidence/recorder.h"
#include "agent/kernel/clock.h"
#include "rules/base/descriptor.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

constexpr std::uint64_t kBatch = 64;  // what a drain of the ring brings

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long resident_kib() {
  long pages = 0, resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

struct Cost {
  double cpu_us = 0;                        // of a finding
  double sync_p50_ms = 0, sync_p99_ms = 0;  // from the last finding of a batch until it is on the disk
  long grown_kib = 0;                       // resident memory, at its largest
  std::uint64_t lost = 0, bytes = 0;
};

// accept(finding), flush(), wait(): what is measured, apart from the findings and their pace.
template <class Accept, class Flush, class Wait>
Cost measure(std::uint64_t rate, double seconds, const Accept& accept, const Flush& flush, const Wait& wait) {
  const long before_kib = resident_kib();
  const double cpu_before = cpu_seconds();
  const auto began = steady_clock::now();
  const auto all = static_cast<std::uint64_t>(static_cast<double>(rate) * seconds);
  Cost cost;
  std::vector<double> syncs;
  const auto look = [&] {
    const auto asked = steady_clock::now();
    wait();
    syncs.push_back(duration<double, std::milli>(steady_clock::now() - asked).count());
    cost.grown_kib = std::max(cost.grown_kib, resident_kib() - before_kib);
  };
  Finding finding = flagged_read();
  for (std::uint64_t done = 0; done < all;) {
    for (std::uint64_t i = 0; i < kBatch; ++i, ++done) {
      finding.sequence = done;
      finding.access.path = fmt::format("/home/bob/Maildir/cur/{}", done);
      accept(finding);
    }
    flush();
    if (done % (kBatch * 32) == 0) look();
    std::this_thread::sleep_until(began +
                                  duration<double>(static_cast<double>(done) / static_cast<double>(rate)));
  }
  look();
  cost.cpu_us = (cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(all);
  std::sort(syncs.begin(), syncs.end());
  cost.sync_p50_ms = syncs[syncs.size() / 2];
  cost.sync_p99_ms = syncs[syncs.size() * 99 / 100];
  return cost;
}

Cost record(const std::string& directory, std::uint64_t rate, double seconds) {
  const auto storage = storage_in(directory);
  Recorder::Settings settings;
  settings.clocks = [] {
    return LogClocks{static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME)), clock_ns(CLOCK_REALTIME)};
  };
  Recorder recorder(*storage, settings);
  recorder.start();
  Cost cost = measure(
      rate, seconds, [&](const Finding& finding) { recorder.accept(finding); }, [&] { recorder.flush(); },
      [&] { recorder.wait_until_synced(std::chrono::seconds(10)); });
  recorder.close();
  cost.lost = recorder.health().lost;
  return cost;
}

// The plainest thing that keeps as much: a line each, and a sync for each batch, by the same thread.
Cost append_lines(const std::string& path, std::uint64_t rate, double seconds) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  EventWriter writer;
  std::string lines;
  const auto sync = [&] {
    if (write(file.get(), lines.data(), lines.size()) < 0 || fdatasync(file.get()) != 0) std::perror("write");
    lines.clear();
  };
  return measure(
      rate, seconds,
      [&](const Finding& finding) {
        writer.append(lines, finding);
        lines += '\n';
      },
      sync, [] {});
}

std::uint64_t bytes_in(const std::string& path) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int run(const std::string& directory, std::uint64_t rate, double seconds, int rounds) {
  fmt::print("| | CPU a finding | sync p50 | sync p99 | memory | bytes a finding | lost |\n");
  fmt::print("|---|--:|--:|--:|--:|--:|--:|\n");
  std::vector<double> cpu_ratios;
  for (int round = 0; round < rounds; ++round) {
    const std::string evidence = directory + "/evidence", lines = directory + "/lines";
    const auto findings = static_cast<double>(rate) * seconds;
    const Cost recorded = record(evidence, rate, seconds);
    fmt::print("| recorded | {:.1f} µs | {:.1f} ms | {:.1f} ms | {} KiB | {:.0f} | {} |\n", recorded.cpu_us,
               recorded.sync_p50_ms, recorded.sync_p99_ms, recorded.grown_kib,
               static_cast<double>(bytes_in(evidence)) / findings, recorded.lost);
    std::filesystem::create_directory(lines);
    const Cost plain = append_lines(lines + "/findings.ndjson", rate, seconds);
    fmt::print("| lines, fdatasync each batch | {:.1f} µs | | | {} KiB | {:.0f} | |\n", plain.cpu_us,
               plain.grown_kib, static_cast<double>(bytes_in(lines)) / findings);
    cpu_ratios.push_back(recorded.cpu_us / plain.cpu_us);
    std::filesystem::remove_all(evidence);
    std::filesystem::remove_all(lines);
  }
  fmt::print("\nCPU, recorded to lines: {:.2f}\n", median(cpu_ratios));
  return 0;
}

}  // namespace
}  // namespace purposewatch

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_record_findings DIRECTORY [FINDINGS-A-SECOND [SECONDS [ROUNDS]]]\n");
    return 2;
  }
  return purposewatch::run(argv[1], argc > 2 ? std::stoul(argv[2]) : 20'000,
                           argc > 3 ? std::stod(argv[3]) : 5, argc > 4 ? std::stoi(argv[4]) : 3);
}
