#include "agent/evidence/erasure_answers.h"

#include <nlohmann/json.hpp>

#include "agent/control/answer_line.h"
#include "exporters/terminal/json_path.h"
#include "exporters/text/encoding.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(EvidenceCleaner::State state) {
  constexpr std::array<std::string_view, 5> names = {"none", "searching", "blanking", "done", "failed"};
  return names[static_cast<std::size_t>(state)];
}

std::string progress_of(const EvidenceCleaner& cleaner, const std::function<bool()>& is_forgotten) {
  EvidenceCleaner::Progress progress = cleaner.progress();
  if (progress.state == EvidenceCleaner::State::kDone && !is_forgotten())
    progress.state = EvidenceCleaner::State::kBlanking;
  return answer_line({{"state", name_of(progress.state)},
                      {"bytes_done", progress.bytes_done},
                      {"bytes_all", progress.bytes_all},
                      {"records", progress.records},
                      {"error", progress.error}});
}

}  // namespace

Answers erasure_answers(EvidenceCleaner& cleaner, std::function<void(const std::string&)> forget,
                        std::function<bool()> is_forgotten) {
  const auto erase = [&cleaner, forget = std::move(forget), is_forgotten](const std::string& person,
                                                                          const std::string& text) {
    const nlohmann::json request = nlohmann::json::parse(text, nullptr, false);
    // Names of clients are bytes, which JSON has no way to say.
    const auto client = from_base64(text_at(request, {"client_base64"}));
    const auto begun =
        cleaner.erase({client.value_or(""), std::string(text_at(request, {"reference"})), person});
    if (!begun) return refusal_line({begun.error().message});
    forget(*client);
    return progress_of(cleaner, is_forgotten);
  };
  return {{"erase", erase},
          {"erasure", [&cleaner, is_forgotten](auto&, auto&) { return progress_of(cleaner, is_forgotten); }}};
}

}  // namespace purposewatch
