// Which events a person asks for, and by what.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

enum class EventKey : std::uint8_t {
  kKind,  // finding, grant, start, ...: what a record of the evidence tells of
  kStore,
  kClient,  // of a grant: each that it names
  kPerson,  // who has logged in, and where nobody has, the effective user; of a grant: who asks, and who gets
            // it
  kService,
  kVerdict,
  kClause,
  kIncident,
  kId,
  kTo,  // of a way out: the address, the address and port ("192.0.2.1:443"), or the path
};
inline constexpr std::array<std::string_view, 10> kEventKeyNames = {
    "kind", "store", "client", "person", "service", "verdict", "clause", "incident", "id", "to"};
inline constexpr std::size_t kEventKeyCount = kEventKeyNames.size();

constexpr std::string_view name_of(EventKey key) {
  return kEventKeyNames[static_cast<std::size_t>(key)];
}

// What one event can be found by, as the event shows it: visible text.
class EventKeys {
 public:
  struct Key {
    EventKey key;
    std::string_view text;
  };

  void clear();
  void add(EventKey key, std::string_view text);  // unless it is empty
  bool has(EventKey key, std::string_view text) const;
  std::size_t size() const { return places_.size(); }
  Key at(std::size_t index) const;  // valid until something is added

 private:
  struct Place {
    EventKey key;
    std::size_t begin, size;
  };
  std::string texts_;  // one behind the other: of millions of events, each would cost its own memory
  std::vector<Place> places_;
};

// Of what is no event: none. Never throws.
EventKeys keys_of(const nlohmann::json& event);

// Empty texts match everything, but checkpoints have to be asked for by their kind: there is one a second.
struct EventFilter {
  std::array<std::string, kEventKeyCount> wanted;  // exact, raw bytes as the file system has them

  std::string& operator[](EventKey key) { return wanted[static_cast<std::size_t>(key)]; }
  const std::string& operator[](EventKey key) const { return wanted[static_cast<std::size_t>(key)]; }
};

bool matches(const EventFilter& filter, const EventKeys& keys);

}  // namespace purposewatch
