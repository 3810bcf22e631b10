// The stage of tests of what changes names, attributes and lengths.
#pragma once

#include <string>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {

class ChangesInTheKernel : public KernelTest {
 protected:
  // A policy in which ROOT/imap may do everything.
  std::string policy() const {
    std::string text = usual_policy();
    const std::string some = "access: [read, list], purpose";
    text.replace(text.find(some), some.size(),
                 "access: [read, list, write, create, delete, rename, attr], purpose");
    return text;
  }

  void watch_changes() {
    watch(policy());
    if (!sees_names()) GTEST_SKIP() << "not seen: changes of names";
  }

  // Removes what making the file left in the way of another try.
  std::string mail(const std::string& name) const { return path("vmail/example.org/alice/" + name); }

  static std::uint64_t marks() {
    for (const auto& map : agent().health().maps)
      if (map.map == "marks") return map.entries;
    return 0;
  }

  static std::string told(const Finding& finding) {
    return std::string(name_of(finding.access.kind)) + " " + finding.access.path;
  }
};

}  // namespace purposewatch::testing
