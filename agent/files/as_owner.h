// What root's commands do in the agent's own directories is done as the agent's user.
#pragma once

#include <string>

namespace purposewatch {

// While it lives, this thread of root touches files as whoever owns the directory does (setfsuid(2)): what is
// made there, the agent may use and remove; and what its user may not do, nobody is talked into doing for
// them by a link that they have put there. Changes nothing for others than root, and where the directory
// cannot be looked at.
class AsOwnerOf {
 public:
  explicit AsOwnerOf(const std::string& directory);
  ~AsOwnerOf();
  AsOwnerOf(const AsOwnerOf&) = delete;
  AsOwnerOf& operator=(const AsOwnerOf&) = delete;

 private:
  bool is_changed_ = false;
};

}  // namespace purposewatch
