// Any bytes as each of the files that an agent finds in its state directory: refused in words, or values that
// are kept and read again as they are.
#include <zlib.h>

#include "agent/daemon/last_run.h"
#include "agent/evidence/segment_index.h"
#include "agent/flow/copies_file.h"
#include "agent/flow/counted_file.h"
#include "agent/flow/sensor_names.h"
#include "agent/incidents/incident_json.h"
#include "agent/kernel/decode.h"
#include "agent/kernel/recent_records.h"
#include "exporters/evidence/little_endian.h"
#include "tests/fuzz/no_sync.h"
#include "tests/fuzz/target.h"

namespace purposewatch {
namespace {

const Scratch& scratch() {
  static const Scratch made("kept");
  return made;
}

const std::string& file() {
  static const std::string path = scratch() / "file";
  return path;
}

const std::string& rewritten() {
  static const std::string path = scratch() / "rewritten";
  return path;
}

bool is_same(const Limits::Counted& a, const Limits::Counted& b) {
  return a.key == b.key && a.clients == b.clients && a.accesses == b.accesses && a.days == b.days;
}

void count() {
  const auto counted = read_counted(file());
  if (!counted) return;
  require(write_counted(rewritten(), *counted).has_value());
  const auto again = read_counted(rewritten());
  require(again && std::equal(counted->begin(), counted->end(), again->begin(), again->end(), is_same));
  constexpr std::int64_t kWallMinusBoot = 1'800'000'000'000'000'000;
  Limits limits;
  limits.restore(*counted, kWallMinusBoot);
  (void)limits.counted(kWallMinusBoot);
}

void know_copies_and_names() {
  if (const auto copies = read_copies(file())) {
    require(write_copies(rewritten(), *copies).has_value());
    const auto again = read_copies(rewritten());
    require(again && *again == *copies);
  }
  if (const auto names = read_sensor_names(file()); names && *names) {
    require(write_sensor_names(rewritten(), **names).has_value());
    const auto again = read_sensor_names(rewritten());
    require(again && *again == *names);
  }
}

void know_incidents() {
  const auto kept = read_incidents(file());
  if (!kept) return;
  IncidentBook book([](IncidentChange, const Incident&) {});
  for (const Incident& one : kept->incidents) book.put(one);
  require(write_incidents(rewritten(), book, kept->flagged, kept->evidence_records).has_value());
  const auto again = read_incidents(rewritten());
  require(again && again->incidents.size() == book.all().size());
  for (const Incident& one : again->incidents)
    require(incident_json(one) == incident_json(book.all().at(one.id)));
}

// Of a sensor that has the number which the bytes say.
void go_on_with_records(const std::string& bytes) {
  std::uint64_t instance = 0;
  std::memcpy(&instance, bytes.data(), std::min(bytes.size(), sizeof(instance)));
  scratch().directory("records");
  scratch().write("records/records-0", bytes);
  const auto recent = RecentRecords::open(scratch() / "records", instance, instance);
  require(recent.has_value());
  recent->each([](std::span<const std::byte> record) { (void)decode(record); });
  scratch().remove("records");
}

void start_after(const std::string& bytes) {
  scratch().write("last-run.json", bytes);
  for (const char* boot : {"", "a"}) {
    const LastRun run(scratch().path(), boot);
    require(!run.cut_off_wall_ns() || *run.cut_off_wall_ns() >= 0);
  }
}

// Chance finds no right checksum.
std::string with_checksum(std::string bytes) {
  constexpr std::size_t kCrcAt = 8, kCheckedFrom = 12;
  if (bytes.size() < kCheckedFrom || !bytes.starts_with("PWINDEX")) return bytes;
  const auto sum =
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()) + kCheckedFrom, bytes.size() - kCheckedFrom);
  put_number(reinterpret_cast<std::uint8_t*>(bytes.data()) + kCrcAt, static_cast<std::uint32_t>(sum));
  return bytes;
}

void look_up(const std::string& bytes) {
  const auto index = SegmentIndex::read(with_checksum(bytes));
  if (!index) return;
  for (const EventKey key : {EventKey::kStore, EventKey::kClient, EventKey::kId}) {
    EventQuery query;
    (void)index->candidates(query);
    query.filter[EventKey::kVerdict] = "flagged";
    query.filter[key] = "a";
    (void)index->candidates(query);
  }
}

}  // namespace
}  // namespace purposewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  const std::string bytes = text_of(data, size);
  scratch().write("file", bytes);
  count();
  know_copies_and_names();
  know_incidents();
  go_on_with_records(bytes);
  start_after(bytes);
  look_up(bytes);
  return 0;
}
