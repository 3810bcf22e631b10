// What a purpose allows.
#pragma once

#include <algorithm>

#include "rules/language/rule_set.h"

namespace purposewatch {

// True when it may touch every class of the store.
inline bool may_touch(const Purpose& purpose, const Store& store) {
  return std::all_of(store.classes.begin(), store.classes.end(), [&](const std::string& name) {
    return std::find(purpose.classes.begin(), purpose.classes.end(), name) != purpose.classes.end();
  });
}

}  // namespace purposewatch
