#include "agent/report/make_report.h"

#include "exporters/evidence/log_reader.h"

namespace purposewatch {

Result<Report> make_report(Storage& storage, const ReportRequest& request, const RuleSet* rules,
                           const ReportProgress& progress) {
  const auto telling = [&](const char* step) {
    return [&progress, step](std::uint64_t done, std::uint64_t all) {
      if (progress) progress(step, done, all);
    };
  };
  VerifyOptions verifying;
  verifying.on_progress = telling("verifying the evidence");
  const auto evidence = verify_log(storage, verifying);
  if (!evidence) return tl::unexpected(evidence.error());
  ReportBuilder builder(request, rules);
  const auto read = read_log(storage, {.first_sequence = 1, .on_progress = telling("reading the evidence")},
                             [&](const std::string&, const ScannedRecord& record) {
                               if (record.frame.sequence > evidence->last) return false;
                               builder.take(record);
                               return true;
                             });
  if (!read) return tl::unexpected(read.error());
  return builder.finish(*evidence);
}

}  // namespace purposewatch
