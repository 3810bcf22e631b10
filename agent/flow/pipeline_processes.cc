// The data line's processes: who did it, and who is at the other end.
#include <spdlog/spdlog.h>

#include <utility>

#include "agent/flow/pipeline.h"
#include "agent/subject/complete.h"
#include "agent/subject/unit.h"

namespace purposewatch {

std::shared_ptr<const Subject> Pipeline::complete_process(ProcessRecord record) {
  std::string program = parts_.programs->path(record.program);
  if (program.empty()) program = parts_.program_inodes->identify(record.exe, record.subject.executable);
  record.subject.script = parts_.programs->path(record.script);
  if (record.script == 0 && record.script_named != 0)
    record.subject.script = parts_.program_inodes->identify_script(
        record.script_file, parts_.programs->path(record.script_named));
  for (const std::uint32_t number : record.lineage)
    record.subject.ancestor_programs.push_back(parts_.programs->path(number));
  auto subject =
      std::make_shared<Subject>(complete(std::move(record.subject), std::move(program), users_, "/proc"));
  if (!subject->args.empty()) subject->args = redact(subject->args, parts_.redaction);
  return subject;
}

void Pipeline::take_process(ProcessRecord record) {
  const auto number = record.subject_number;
  const auto cgroup = record.cgroup;
  auto subject = complete_process(std::move(record));
  parts_.tables->learn_cgroup(cgroup, subject->unit);
  subjects_.put(number, std::move(subject));
}

std::shared_ptr<const Subject> Pipeline::holder_of(std::uint64_t socket) {
  if (!parts_.describe_holder) return nullptr;
  const auto bytes = parts_.describe_holder(socket);
  if (!bytes) spdlog::error("a socket's process: {}", bytes.error().message);
  if (!bytes || bytes->empty()) return nullptr;
  auto record = decode(std::as_bytes(std::span(*bytes)));
  auto* process = record ? std::get_if<ProcessRecord>(&*record) : nullptr;
  return process != nullptr ? complete_process(std::move(*process)) : nullptr;
}

}  // namespace purposewatch
