// How the agent itself is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "exporters/http/status_sections.h"
#include "exporters/http/web_parts.h"
#include "exporters/text/number_text.h"

namespace purposewatch {
namespace {

constexpr std::size_t kDigestShown = 16;

std::uint64_t total(const Latencies& latencies) {
  return std::accumulate(latencies.counts.begin(), latencies.counts.end(), std::uint64_t{0});
}

std::string duration_text(double seconds) {
  return seconds < 1 ? fmt::format("{:.3g} ms", seconds * 1000) : fmt::format("{:.3g} s", seconds);
}

// A bar for each bound of the histogram.
std::string spread_html(const Latencies& latencies) {
  constexpr double kWidth = 10, kHeight = 24, kLeast = 2;
  const std::uint64_t most = *std::max_element(latencies.counts.begin(), latencies.counts.end());
  std::string bars, words;
  for (std::size_t i = 0; i < latencies.counts.size(); ++i) {
    const std::uint64_t count = latencies.counts[i];
    const double height =
        count == 0 ? 1 : std::max(kLeast, kHeight * static_cast<double>(count) / static_cast<double>(most));
    bars += fmt::format(R"(<rect{} x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>)",
                        count == 0 ? " class=\"none\"" : "", static_cast<double>(i) * kWidth,
                        kHeight - height, kWidth - 1, height);
    if (count == 0) continue;
    const bool is_last = i == Latencies::kBounds.size();
    words += fmt::format("{}{} {} {}", words.empty() ? "" : ", ", number_text(count),
                         is_last ? "took longer than" : "within",
                         duration_text(Latencies::kBounds[is_last ? i - 1 : i]));
  }
  return fmt::format(
      R"(<svg class="spread" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="Syncs: {}">)"
      "{}</svg>",
      kWidth * static_cast<double>(latencies.counts.size()), kHeight, words, bars);
}

std::string sync_html(const Latencies& latencies) {
  const std::uint64_t syncs = total(latencies);
  if (syncs == 0) return "none yet";
  return "99 of 100 " + latency_text(latencies) +
         small_html(count_of(syncs, "sync", "syncs") + ", " +
                    duration_text(latencies.sum / static_cast<double>(syncs)) + " on average") +
         spread_html(latencies);
}

std::string room_html(const EvidenceHealth& evidence) {
  if (evidence.total_bytes == 0) return "not known yet";
  const double used =
      1 - static_cast<double>(evidence.free_bytes) / static_cast<double>(evidence.total_bytes);
  return size_text(evidence.free_bytes) + " free" + small_html("of " + size_text(evidence.total_bytes)) +
         fill_html(used, used > 0.95   ? Tone::kBad
                         : used > 0.85 ? Tone::kWarning
                                       : Tone::kGood);
}

std::string_view meaning_of(std::string_view stage) {
  if (stage == "ring") return "the ring between kernel and agent was full";
  if (stage == "recursion") return "the kernel skipped a program of ours";
  if (stage == "decode") return "what came from the kernel could not be read";
  if (stage == "orphan") return "the process or its policy was not known any more";
  if (stage == "ndjson") return "lines that could not be written";
  if (stage == "evidence") return "records that fitted neither memory nor disk";
  return {};
}

std::string hook_state(const HookHealth& hook) {
  if (hook.up) return tag_html(Tone::kGood, "up");
  return tag_html(Tone::kBad, "down") + small_html(html_of(without_directories(hook.why)));
}

}  // namespace

std::string latency_text(const Latencies& latencies) {
  const std::uint64_t all = total(latencies);
  if (all == 0) return {};
  const std::uint64_t rank = all - all / 100;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < Latencies::kBounds.size(); ++i)
    if ((below += latencies.counts[i]) >= rank) return "within " + duration_text(Latencies::kBounds[i]);
  return "longer than " + duration_text(Latencies::kBounds.back());
}

std::string hooks_section(const Health& health, double now) {
  std::vector<HookHealth> hooks = health.hooks;
  std::stable_partition(hooks.begin(), hooks.end(), [](const HookHealth& hook) { return !hook.up; });
  HtmlTable table("Where the kernel tells the agent of what happens. Some fire only when somebody tries.",
                  {{"Hook"}, {"Backend"}, {"State"}, {"Last fired"}});
  for (const HookHealth& hook : hooks)
    table.add_row({code_html(hook.hook), html_of(hook.backend), hook_state(hook),
                   when_html(hook.fired_timestamp, now, "not yet")});
  return section_html(
      "hooks", "Hooks",
      hooks.empty() ? empty_html("There are none.") : "<div class=\"inline\">" + table.html() + "</div>");
}

std::string losses_section(const Health& health) {
  const bool is_whole = std::all_of(health.lost.begin(), health.lost.end(),
                                    [](const StageLoss& loss) { return loss.value == 0; });
  HtmlTable table(is_whole ? "Nothing was lost at any stage since the agent started."
                           : "Events that were lost since the agent started.",
                  {{"Stage"}, {"Lost", true}});
  for (const StageLoss& loss : health.lost)
    table.add_row({html_of(loss.stage) + (loss.value == 0 ? "" : small_html(html_of(meaning_of(loss.stage)))),
                   loss.value == 0 ? tag_html(Tone::kGood, "none")
                                   : tag_html(Tone::kWarning, number_text(loss.value))});
  return section_html("losses", "Losses", "<div class=\"inline\">" + table.html() + "</div>");
}

std::string evidence_section(const Health& health) {
  if (!health.evidence) return section_html("evidence", "Evidence", empty_html("None is kept."));
  const EvidenceHealth& evidence = *health.evidence;
  std::string html = "<dl class=\"facts\">\n";
  html += fact_html("Records",
                    number_text(evidence.records) +
                        small_html(evidence.lost == 0 ? "none lost" : number_text(evidence.lost) + " lost"));
  html +=
      fact_html("Writable", evidence.is_writable ? tag_html(Tone::kGood, "yes")
                                                 : tag_html(Tone::kBad, "no") + small_html("kept in memory"));
  html += fact_html("Room", room_html(evidence));
  html += fact_html("Sync to the disk", sync_html(evidence.sync_seconds));
  return section_html("evidence", "Evidence", html + "</dl>\n");
}

std::string policy_section(const Health& health, double now) {
  const PolicyIdentity& policy = health.policy;
  std::string html = "<dl class=\"facts\">\n";
  html += fact_html("In force", html_of(policy.name) + small_html("version " + html_of(policy.version)));
  html += fact_html("Digest", code_html(policy.digest.substr(0, kDigestShown)));
  html += fact_html("Last accepted", when_html(health.reload_success_timestamp, now));
  html += fact_html("Last reload", health.reload_successful
                                       ? tag_html(Tone::kGood, "accepted")
                                       : tag_html(Tone::kWarning, "refused") +
                                             small_html(html_of(without_directories(health.reload_error))));
  return section_html("policy", "Policy", html + "</dl>\n");
}

std::string paging_section(const Health& health) {
  if (!health.paging) return {};
  const PagingHealth& paging = *health.paging;
  std::string html = "<dl class=\"facts\">\n";
  html += fact_html("Taken by Alertmanagers", count_of(paging.successes, "delivery", "deliveries"));
  html += fact_html("Failed", paging.failures == 0 ? tag_html(Tone::kGood, "none")
                                                   : tag_html(Tone::kWarning, number_text(paging.failures)) +
                                                         small_html("each is tried again until it is taken"));
  return section_html("paging", "Paging", html + "</dl>\n");
}

// Most tables are made as large as the policy needs them, and are full for good.
std::string tables_section(const Health& health) {
  const auto share = [](const MapHealth& map) {
    return static_cast<double>(map.entries) / static_cast<double>(map.capacity);
  };
  std::vector<MapHealth> maps;
  std::string made_to_measure;
  for (const MapHealth& map : health.maps)
    if (map.entries < map.capacity)
      maps.push_back(map);
    else if (map.entries > 0)
      made_to_measure += (made_to_measure.empty() ? "" : ", ") + map.map + " " + number_text(map.entries);
  std::stable_sort(maps.begin(), maps.end(),
                   [&](const MapHealth& left, const MapHealth& right) { return share(left) > share(right); });
  HtmlTable table(size_text(health.ring_used_bytes) + " wait in the ring between kernel and agent.",
                  {{"Table"}, {"Entries", true}, {"Room for", true}, {"Full"}});
  for (const MapHealth& map : maps)
    table.add_row(
        {code_html(map.map), number_text(map.entries), number_text(map.capacity),
         fmt::format("{:.0f} %", std::floor(share(map) * 100)) + fill_html(share(map), Tone::kGood)});
  std::string html = table.html();
  if (!made_to_measure.empty())
    html += "<p class=\"note\">As large as the policy needs them: " + html_of(made_to_measure) + ".</p>\n";
  return section_html("tables", "Kernel tables", html);
}

}  // namespace purposewatch
