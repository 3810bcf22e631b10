#include "exporters/prometheus/health_collectable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <stdexcept>

#include "exporters/prometheus/metrics.h"
#include "exporters/prometheus/process_stats.h"
#include "tests/exporters/golden_file.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::Not;

Health busy_health() {
  Health health;
  health.backend = "lsm";
  health.policy = {"mmshosting-privacy", "2011-04-24", "abc"};
  health.accesses = {{"client-mail", "imap", "requested-service", "read", 42}};
  health.flagged = {{"client-mail", "read", "unknown-service", 3}, {"client-mail", "write", "no-permit", 0}};
  health.stores = {{"client-mail", 1763912345.25, 7}};
  health.hooks = {{"file_open", "lsm", true, 1763912000, ""}, {"file_open", "syscalls", false, 0, "refused"}};
  health.lost = {{"ring", 0}, {"decode", 1}};
  health.maps = {{"anchors", 10, 1024}};
  health.safeguards = {
      {"swap-encrypted", "P3", SafeguardKind::kElectronic, {SafeguardState::kOk, "no swap", ""}, 1763912000},
      {"raid-healthy", "P4", SafeguardKind::kLoss, {SafeguardState::kViolated, "md0", "mend it"}, 1763912001},
      {"secure-boot",
       "P3",
       SafeguardKind::kElectronic,
       {SafeguardState::kUnknown, "no UEFI", "take it out"},
       0}};
  health.programs = {{"on_file_open", 0.5, 100, 0}};
  health.seen = 12;
  health.delivered = 11;
  health.denied_opens = 2;
  health.ring_used_bytes = 4096;
  health.reload_success_timestamp = 1763912000;
  return health;
}

std::string text_of(const Health& health) {
  return metrics_text(HealthCollectable{[health] { return health; }, {"0.1.0", "abcdef"}});
}

TEST(HealthCollectable, ShowsEverySeriesWithItsLabels) {
  const std::string text = text_of(busy_health());
  for (const char* line :
       {"purposewatch_build_info{version=\"0.1.0\",revision=\"abcdef\"} 1\n",
        "purposewatch_policy_info{name=\"mmshosting-privacy\",version=\"2011-04-24\",digest=\"abc\"} 1\n",
        "purposewatch_accesses_total{store=\"client-mail\",service=\"imap\",purpose=\"requested-service\","
        "access=\"read\"} 42\n",
        "purposewatch_flagged_total{store=\"client-mail\",access=\"read\",reason=\"unknown-service\"} 3\n",
        "purposewatch_flagged_total{store=\"client-mail\",access=\"write\",reason=\"no-permit\"} 0\n",
        "purposewatch_last_flagged_timestamp_seconds{store=\"client-mail\"} 1763912345.25\n",
        "purposewatch_hook_up{hook=\"file_open\",backend=\"lsm\"} 1\n",
        "purposewatch_hook_up{hook=\"file_open\",backend=\"syscalls\"} 0\n",
        "purposewatch_hook_fired_timestamp_seconds{hook=\"file_open\"} 1763912000\n",
        "purposewatch_safeguard_ok{safeguard=\"swap-encrypted\",kind=\"electronic\",clause=\"P3\"} 1\n",
        "purposewatch_safeguard_ok{safeguard=\"raid-healthy\",kind=\"loss\",clause=\"P4\"} 0\n",
        "purposewatch_safeguard_unknown{safeguard=\"raid-healthy\",kind=\"loss\",clause=\"P4\"} 0\n",
        "purposewatch_safeguard_ok{safeguard=\"secure-boot\",kind=\"electronic\",clause=\"P3\"} 0\n",
        "purposewatch_safeguard_unknown{safeguard=\"secure-boot\",kind=\"electronic\",clause=\"P3\"} 1\n",
        "purposewatch_safeguard_checked_timestamp_seconds{safeguard=\"raid-healthy\",kind=\"loss\",clause="
        "\"P4\"} 1763912001\n",
        "purposewatch_events_seen_total 12\n",
        "purposewatch_events_delivered_total 11\n",
        "purposewatch_events_lost_total{stage=\"ring\"} 0\n",
        "purposewatch_events_lost_total{stage=\"decode\"} 1\n",
        "purposewatch_events_suppressed_total{store=\"client-mail\"} 7\n",
        "purposewatch_denied_opens_total 2\n",
        "purposewatch_ring_used_bytes 4096\n",
        "purposewatch_map_entries{map=\"anchors\"} 10\n",
        "purposewatch_map_capacity{map=\"anchors\"} 1024\n",
        "purposewatch_bpf_run_seconds_total{program=\"on_file_open\"} 0.5\n",
        "purposewatch_config_last_reload_successful 1\n",
        "purposewatch_config_last_reload_success_timestamp_seconds 1763912000\n",
        "# TYPE purposewatch_flagged_total counter\n",
        "# TYPE purposewatch_hook_up gauge\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(HealthCollectable, LabelsAreAlwaysValidUtf8OnOneLine) {
  Health health = busy_health();
  health.policy.name = "bad\xff\nname\"\\";
  const std::string text = text_of(health);
  EXPECT_THAT(text, HasSubstr("name=\"bad\\\\xff\\\\x0aname\\\"\\\\\""));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
}

TEST(HealthCollectable, SeriesGivenTwiceAreMergedBecauseADuplicateFailsTheScrape) {
  Health health = busy_health();
  health.accesses.push_back(health.accesses.front());
  const std::string text = text_of(health);
  EXPECT_THAT(text, HasSubstr("access=\"read\"} 84\n"));
  EXPECT_EQ(text.find("purposewatch_hook_fired_timestamp_seconds{"),
            text.rfind("purposewatch_hook_fired_timestamp_seconds{"));
}

TEST(HealthCollectable, AHealthThatCannotBeHadIsAnEmptyAnswerAndNoException) {
  const HealthCollectable broken{[]() -> Health { throw std::runtime_error{"no health"}; }, {}};
  EXPECT_TRUE(broken.Collect().empty());
  EXPECT_EQ(metrics_text(broken), "");
  EXPECT_TRUE((HealthCollectable{nullptr, {}}.Collect().empty())) << "not even a function";
}

TEST(HealthCollectable, PromtoolHasNothingToSayAboutIt) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  const TempDir dir;
  const std::string file = dir.write("metrics", text_of(busy_health()));
  const std::string output = dir / "output";
  const int status = std::system(("promtool check metrics <" + file + " >" + output + " 2>&1").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 0) << read_file(output);
  EXPECT_EQ(read_file(output), "");
}

TEST(ProcessStats, AreThoseOfThisProcess) {
  const ProcessStats stats = read_process_stats("/proc/self");
  EXPECT_GT(stats.start_time, 1.7e9);
  EXPECT_GE(stats.open_fds, 3U);
  EXPECT_GE(stats.max_fds, stats.open_fds);
  EXPECT_GE(stats.threads, 1U);
  EXPECT_GT(stats.resident_bytes, 100'000U);
  EXPECT_GT(stats.virtual_bytes, stats.resident_bytes);
}

TEST(ProcessStats, AHostileProcessNameOrAnEmptyDirectoryDoesNotConfuseThem) {
  const TempDir proc;
  std::filesystem::create_directories(proc / "7/fd");
  proc.write("stat", "cpu 1\nbtime 1000\n");
  proc.write("7/limits", "Limit  Soft\nMax open files            1024   4096   files\n");
  proc.write("7/stat", "7 (a) b) 1 (c) S 1 7 7 0 -1 4 1 0 0 0 200 100 0 0 20 0 5 0 300 8192 2 99\n");
  const ProcessStats stats = read_process_stats(proc / "7");
  EXPECT_EQ(stats.threads, 5U);
  EXPECT_EQ(stats.virtual_bytes, 8192U);
  EXPECT_EQ(stats.max_fds, 1024U);
  EXPECT_DOUBLE_EQ(stats.cpu_seconds, 300.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
  EXPECT_DOUBLE_EQ(stats.start_time, 1000 + 300.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
  EXPECT_EQ(read_process_stats(proc / "absent").resident_bytes, 0U);
}

TEST(MetricsReference, NamesEveryMetric) {
  for (const Metric& metric : metrics())
    EXPECT_THAT(metrics_reference(), HasSubstr("`" + std::string{metric.name}));
  // It is what `status --print-metrics` prints.
  expect_golden("../../../exporters/prometheus/METRICS.md", metrics_reference());
}

}  // namespace
}  // namespace purposewatch
