#include "exporters/terminal/event_filter.h"

#include "exporters/terminal/json_path.h"
#include "rules/base/address.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;
using enum EventKey;

std::string_view kind_of(const SortedJson& event) {
  if (const auto kind = text_at(event, {"purposewatch", "record", "kind"}); !kind.empty()) return kind;
  if (text_at(event, {"event", "action"}).starts_with("grant-")) return "grant";
  return value_at(event, {"purposewatch", "verdict"}) != nullptr ? "finding" : "";
}

// A user that has no name on this host is known by its number.
std::string_view name_or_id(const SortedJson& user) {
  const std::string_view name = text_at(user, {"name"});
  return name.empty() ? text_at(user, {"id"}) : name;
}

std::string_view person_of(const SortedJson& event) {
  for (const char* user : {"audit", "effective"})
    if (const SortedJson* found = value_at(event, {"user", user})) return name_or_id(*found);
  return text_at(event, {"user", "name"});
}

void add_destination(EventKeys& keys, const SortedJson& event) {
  const SortedJson* way = value_at(event, {"purposewatch", "disclosure"});
  if (way == nullptr) return;
  keys.add(kTo, text_at(*way, {"path"}));
  const std::string address(text_at(event, {"destination", "address"}));
  keys.add(kTo, address);
  const SortedJson* port = value_at(event, {"destination", "port"});
  if (port != nullptr && port->is_number_unsigned()) keys.add(kTo, bracketed(address) + ":" + port->dump());
}

// What the agent records of itself has a text of its own: a member that is named for the kind.
void add_own(EventKeys& keys, const SortedJson& own) {
  for (const EventKey key : {kStore, kClient, kPerson, kService, kClause, kIncident})
    keys.add(key, text_at(own, {name_of(key).data()}));
}

}  // namespace

void EventKeys::clear() {
  texts_.clear();
  places_.clear();
}

void EventKeys::add(EventKey key, std::string_view text) {
  if (text.empty()) return;
  places_.push_back({key, texts_.size(), text.size()});
  texts_ += text;
}

EventKeys::Key EventKeys::at(std::size_t index) const {
  const Place& place = places_[index];
  return {place.key, std::string_view(texts_).substr(place.begin, place.size)};
}

bool EventKeys::has(EventKey key, std::string_view text) const {
  for (std::size_t i = 0; i < size(); ++i)
    if (at(i).key == key && at(i).text == text) return true;
  return false;
}

EventKeys keys_of(const SortedJson& event) {
  EventKeys keys;
  const std::string_view kind = kind_of(event);
  keys.add(kKind, kind);
  for (const EventKey key : {kStore, kClient, kService, kVerdict, kClause, kIncident})
    keys.add(key, text_at(event, {"purposewatch", name_of(key).data()}));
  if (const SortedJson* clients = value_at(event, {"purposewatch", "clients"});
      clients && clients->is_array())
    for (const SortedJson& client : *clients)
      if (client.is_string()) keys.add(kClient, client.get_ref<const std::string&>());
  keys.add(kPerson, person_of(event));
  // Of a grant: the one or the other.
  for (const EventKey key : {kPerson, kService}) keys.add(key, text_at(event, {"purposewatch", "who"}));
  keys.add(kId, text_at(event, {"event", "id"}));
  add_destination(keys, event);
  if (const SortedJson* own =
          kind.empty() ? nullptr : value_at(event, {"purposewatch", std::string(kind).c_str()}))
    add_own(keys, *own);
  return keys;
}

bool matches(const EventFilter& filter, const EventKeys& keys) {
  if (filter[kKind].empty() && keys.has(kKind, "checkpoint")) return false;
  for (std::size_t i = 0; i < kEventKeyCount; ++i)
    if (!filter.wanted[i].empty() && !keys.has(static_cast<EventKey>(i), visible_text(filter.wanted[i])))
      return false;
  return true;
}

}  // namespace purposewatch
