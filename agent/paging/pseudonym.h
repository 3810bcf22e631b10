// Words that stand for names outside this host. Without the host's key nobody can tell whose they are, or try
// names until one fits; on the host, the evidence says it.
#pragma once

#include <string>
#include <string_view>

#include "rules/base/result.h"

namespace purposewatch {

class Pseudonyms {
 public:
  // The key is in this file; made when there is none.
  static Result<Pseudonyms> open(const std::string& key_file);
  explicit Pseudonyms(std::string key) : key_(std::move(key)) {}

  // "client-" and 12 hexadecimal digits: always the same for the same name.
  std::string of_client(std::string_view name) const;

 private:
  std::string key_;
};

}  // namespace purposewatch
