// As much of a Prometheus as answers what is asked of a witness.
#pragma once

#include <fmt/format.h>

#include <map>
#include <regex>
#include <string>
#include <vector>

#include "exporters/http_client/http_client.h"

namespace purposewatch {

struct FakePrometheus {
  struct Pair {
    std::int64_t time_ms = 0;
    std::string records, head;  // as they stand in an answer; empty: was not scraped
  };
  std::map<std::string, std::vector<Pair>> series;  // by the value of `instance`
  std::int64_t now_ms = 1'700'000'000'000;
  std::size_t samples_max = SIZE_MAX;  // that it is willing to load
  std::size_t pairs_max = SIZE_MAX;    // more are too long an answer
  bool has_closed_ranges = true;       // as before version 3
  bool counts = true;
  std::vector<std::string> asked;

  void add(const std::string& instance, std::int64_t time_ms, std::uint64_t records, std::uint64_t head) {
    series[instance].push_back({time_ms, std::to_string(records), std::to_string(head)});
  }

  Ask ask() {
    return [this](const std::string& path) -> Result<HttpAnswer> {
      asked.push_back(decoded(path));
      return answer(asked.back());
    };
  }

 private:
  static std::string decoded(const std::string& path) {
    std::string text;
    for (std::size_t i = 0; i < path.size(); ++i)
      if (path[i] == '%')
        text += static_cast<char>(std::stoi(path.substr(i + 1, 2), nullptr, 16)), i += 2;
      else
        text += path[i];
    return text;
  }

  static HttpAnswer result(const std::string& text) {
    return {.status = 200, .body = R"({"status":"success","data":{"result":[)" + text + "]}}"};
  }
  static HttpAnswer refusal(long status, const std::string& why) {
    return {.status = status, .body = R"({"status":"error","error":")" + why + R"("})"};
  }
  static std::string seconds(std::int64_t ms) { return fmt::format("{}.{:03}", ms / 1000, ms % 1000); }

  HttpAnswer answer(const std::string& query) const {
    if (query.find("vector(time())") != std::string::npos)
      return result(R"({"metric":{},"value":[)" + seconds(now_ms) + R"(,"1"]})");
    std::smatch part;
    std::string chosen;
    if (std::regex_search(query, part, std::regex(R"re(instance="([^"]*)")re"))) chosen = part[1];
    if (query.find("count_over_time") != std::string::npos) return count(chosen);
    if (!std::regex_search(query, part, std::regex(R"(\[(\d+)ms\]&time=(\d+)\.(\d+))")))
      return refusal(400, "parse error");
    const std::int64_t end = std::stoll(part[2]) * 1000 + std::stoll(part[3]);
    return range(chosen, end - std::stoll(part[1]) - (has_closed_ranges ? 1 : 0), end);
  }

  HttpAnswer count(const std::string& chosen) const {
    if (!counts) return refusal(422, "the query range is too long");
    std::string text;
    for (const auto& [instance, pairs] : series) {
      if (!chosen.empty() && chosen != instance) continue;
      std::size_t heads = 0;
      for (const Pair& pair : pairs) heads += pair.head.empty() ? 0 : 1;
      text += fmt::format(R"({}{{"metric":{{"instance":"{}"}},"value":[1,"{}"]}})", text.empty() ? "" : ",",
                          instance, heads);
    }
    return result(text);
  }

  HttpAnswer range(const std::string& chosen, std::int64_t after_ms, std::int64_t end_ms) const {
    std::string text;
    std::size_t loaded = 0;
    for (const auto& [instance, pairs] : series) {
      if (!chosen.empty() && chosen != instance) continue;
      std::string records, heads;
      for (const Pair& pair : pairs) {
        if (pair.time_ms <= after_ms || pair.time_ms > end_ms) continue;
        ++loaded;
        const auto append = [&](std::string& to, const std::string& value) {
          if (!value.empty())
            to += fmt::format(R"({}[{},"{}"])", to.empty() ? "" : ",", seconds(pair.time_ms), value);
        };
        append(records, pair.records);
        append(heads, pair.head);
      }
      const auto append = [&](const char* name, const std::string& values) {
        if (values.empty()) return;
        text += fmt::format(R"({}{{"metric":{{"__name__":"{}","instance":"{}"}},"values":[{}]}})",
                            text.empty() ? "" : ",", name, instance, values);
      };
      append("purposewatch_evidence_records_total", records);
      append("purposewatch_evidence_head", heads);
    }
    if (2 * loaded > samples_max)
      return refusal(422, "query processing would load too many samples into memory");
    if (loaded > pairs_max) return {.status = 200, .body = "{", .is_cut = true};
    return result(text);
  }
};

}  // namespace purposewatch
