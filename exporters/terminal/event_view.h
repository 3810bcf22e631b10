// Findings, what happens to grants, and other records of the evidence as a person reads them: one aligned
// line each.
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

namespace purposewatch {

bool is_event(const nlohmann::json& json);

// Columns grow to what they have had to hold (up to a limit), so that a stream stays aligned without knowing
// its future. Nothing of an event reaches the terminal raw; no line has a newline inside; nothing throws.
class EventView {
 public:
  explicit EventView(bool color) : color_(color) {}

  std::string header();
  // Without a newline.
  std::string line(const nlohmann::json& event);
  // For input that is no event: shown as such, shortened.
  std::string malformed(std::string_view bytes) const;

 private:
  static constexpr std::size_t kColumns = 7;  // time, verdict, store/client, access, reason, who, path
  using Cells = std::array<std::string, kColumns>;

  std::string grant_line(const nlohmann::json& event);
  std::string record_line(const nlohmann::json& event);
  std::string row(const Cells& cells, const char* line_color, const char* verdict_color);

  bool color_;
  std::array<std::size_t, kColumns> widths_ = {19, 9, 20, 6, 15, 28, 0};
};

}  // namespace purposewatch
