#include <algorithm>
#include <map>

#include "rules/language/check_rules.h"
#include "rules/language/overlap.h"
#include "rules/path_index.h"

namespace purposewatch {
namespace {

// One pattern of one store.
struct Spot {
  const Store* store;
  const PathPattern* pattern;
};

template <class Pattern>
std::string place(const Pattern& pattern, const Store& store) {
  return "'" + pattern.text + "' of store '" + store.name + "' (" + to_string(pattern.at) + ")";
}

// The common part of two patterns belongs to one store only when the other one excepts all of it.
bool is_excepted(const Spot& a, const Spot& b) {
  const auto removes = [&](const PathPattern& except) {
    return pattern_covers_common(except, *a.pattern, *b.pattern);
  };
  return std::any_of(a.store->except.begin(), a.store->except.end(), removes) ||
         std::any_of(b.store->except.begin(), b.store->except.end(), removes);
}

// Do both patterns capture the same names at the same depths?
bool same_captures(const PathPattern& a, const PathPattern& b) {
  const auto captured_at = [](const PathPattern& pattern, std::size_t i) {
    if (i >= pattern.components.size() || pattern.components[i].kind != PathComponent::Kind::kCapture)
      return std::string();
    return pattern.components[i].text;
  };
  for (std::size_t i = 0; i < std::max(a.components.size(), b.components.size()); ++i)
    if (captured_at(a, i) != captured_at(b, i)) return false;
  return true;
}

// Whether to look on: one word about each pattern is enough.
bool compare(const Spot& first, const Spot& later, Diagnostics& diagnostics) {
  if (is_excepted(first, later)) return true;
  if (first.store != later.store) {
    diagnostics.error(later.pattern->at,
                      "'" + later.pattern->text + "' overlaps " + place(*first.pattern, *first.store),
                      "the outer store can except the inner one's paths");
    return false;
  }
  const std::string both = "'" + first.pattern->text + "' (" + to_string(first.pattern->at) + ")";
  if (!same_captures(*first.pattern, *later.pattern)) {
    diagnostics.error(later.pattern->at, "'" + later.pattern->text + "' overlaps " + both +
                                             " and captures differently: whose data would it be?");
    return false;
  }
  if (!pattern_covers_all_of(*first.pattern, *later.pattern)) return true;
  diagnostics.warning(later.pattern->at, "'" + later.pattern->text + "' adds nothing to " + both);
  return false;
}

// Of a pair: the exceptions of both.
bool may_compare(const Spot& first, const Spot& later, Comparing& comparing, Diagnostics& diagnostics) {
  std::uint64_t steps = 0;
  for (const Spot* spot : {&first, &later})
    for (const PathPattern& except : spot->store->except)
      steps += steps_to_compare(except, *first.pattern) + steps_to_compare(except, *later.pattern);
  return comparing.take(1 + steps, later.pattern->at, diagnostics);
}

std::shared_ptr<const PathIndex> check_patterns(const std::vector<Store>& stores,
                                                PathIndex::Patterns patterns, Comparing& comparing,
                                                Diagnostics& diagnostics) {
  const auto index = std::make_shared<const PathIndex>(stores, patterns);
  for (std::uint32_t i = 0; i < stores.size(); ++i)
    for (std::uint32_t j = 0; j < (stores[i].*patterns).size(); ++j) {
      const PathIndex::Entry own{i, j};
      const Spot later{&stores[i], &(stores[i].*patterns)[j]};
      const auto compare_with = [&](const PathIndex::Entry& entry) {
        if (entry >= own) return comparing.take(1, later.pattern->at, diagnostics);  // told at the later one
        const Store& store = stores[entry.store];
        const Spot first{&store, &(store.*patterns)[entry.pattern]};
        return may_compare(first, later, comparing, diagnostics) && compare(first, later, diagnostics);
      };
      if (!comparing.is_exhausted())
        index->each_meeting(stores, *later.pattern, comparing.steps_left(), compare_with);
      if (comparing.is_exhausted()) comparing.tell(later.pattern->at, diagnostics);
    }
  return index;
}

// What is told of a port is told at the later one of a pair, and once.
class PortCheck {
 public:
  explicit PortCheck(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void add(const PortPattern& port, const Store& store) {
    const Seen own{&port, &store};
    Number& number = numbers_[port.port];
    if (const Seen* earlier = find_meeting(number, own)) tell(own, *earlier);
    number.by_address.emplace(address_of(port), own);
    if (number.first.empty() || (number.first.size() == 1 && number.first[0].store != &store))
      number.first.push_back(own);
  }

 private:
  struct Seen {
    const PortPattern* port;
    const Store* store;
  };
  // Of all patterns with one port number.
  struct Number {
    std::map<std::string, Seen> by_address;  // the first one of each
    std::vector<Seen> first;                 // the first one, and the first one of another store
  };

  static std::string address_of(const PortPattern& port) { return port.address.value_or("*"); }

  static const Seen* find_meeting(const Number& number, const Seen& own) {
    if (!own.port->address)
      for (const Seen& seen : number.first)
        if (seen.store != own.store) return &seen;
    for (const std::string& address : {std::string("*"), address_of(*own.port)})
      if (const auto seen = number.by_address.find(address); seen != number.by_address.end())
        return &seen->second;
    return nullptr;
  }

  void tell(const Seen& own, const Seen& earlier) {
    if (own.store != earlier.store)
      diagnostics_.error(own.port->at,
                         "'" + own.port->text + "' overlaps " + place(*earlier.port, *earlier.store));
    else
      diagnostics_.warning(own.port->at, "'" + own.port->text + "' adds nothing to '" + earlier.port->text +
                                             "' (" + to_string(earlier.port->at) + ")");
  }

  Diagnostics& diagnostics_;
  std::map<std::uint16_t, Number> numbers_;
};

}  // namespace

void check_overlaps(RuleSet& rules, Comparing& comparing, Diagnostics& diagnostics) {
  rules.index = check_patterns(rules.stores, &Store::paths, comparing, diagnostics);
  rules.socket_index = check_patterns(rules.stores, &Store::sockets, comparing, diagnostics);
  PortCheck ports(diagnostics);
  for (const Store& store : rules.stores)
    for (const PortPattern& port : store.ports) ports.add(port, store);
}

}  // namespace purposewatch
