// Keeps the names of other clients out of a report about one.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace purposewatch {

class OtherClients {
 public:
  // Names are visible text. names_max: so many are remembered.
  explicit OtherClients(std::string client, std::size_t names_max = 200'000)
      : client_(std::move(client)), names_max_(names_max) {}

  // Somebody's data is told of by this name.
  void note(const std::string& name);
  // Whether the text names one of them, in a word of its own, in whatever case; also when there are so many
  // that not all are known.
  bool may_be_named_in(std::string_view text) const;

 private:
  std::string client_;
  std::size_t names_max_;
  std::unordered_set<std::string> names_;  // in lower case
  std::size_t longest_ = 0;
  bool knows_all_ = true;
};

}  // namespace purposewatch
