// What the agent did, and what happened to it and to its evidence.
#pragma once

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "exporters/evidence/record_kind.h"
#include "exporters/report/report.h"

namespace purposewatch {

// Whether what is said of it may name a client: error messages, paths, whose data was erased.
enum class Wording : std::uint8_t { kFull, kNumbersOnly };

class HappeningList {
 public:
  HappeningList(Wording wording, std::size_t rows_max) : wording_(wording), rows_max_(rows_max) {}

  // text: the record's own.
  void take(RecordKind kind, const nlohmann::ordered_json& text, std::uint64_t record, std::int64_t wall_ns);

  // The earliest first; the latest ones, when there are too many.
  Listed<Happening> list() const;
  // By stage.
  const std::map<std::string, std::uint64_t>& lost() const { return lost_; }

 private:
  std::string words_of(RecordKind kind, const nlohmann::ordered_json& text) const;

  Wording wording_;
  std::size_t rows_max_;
  std::deque<Happening> rows_;
  std::uint64_t more_ = 0;
  std::map<std::string, std::uint64_t> lost_;
};

}  // namespace purposewatch
