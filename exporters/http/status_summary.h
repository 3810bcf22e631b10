// The agent's state in one sentence, and what a person has to know of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/text/html.h"
#include "rules/model/health.h"

namespace purposewatch {

struct Concern {
  Tone tone = Tone::kWarning;
  std::string what;               // visible text; no full stop
  std::string detail;             // visible text; may be empty
  std::string_view command = "";  // what to type to know more
};

struct StatusSummary {
  Tone tone = Tone::kGood;        // of the worst concern
  std::string headline;           // it, or that there is none
  std::vector<Concern> concerns;  // the worst first
};

StatusSummary summary_of(const Health& health);

// What an error says, without the directories it names: these pages show no paths.
std::string without_directories(std::string_view message);

}  // namespace purposewatch
