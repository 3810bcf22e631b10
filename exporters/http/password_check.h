// Basic authentication against bcrypt hashes.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "exporters/http/web_config.h"

namespace purposewatch {

struct Credentials {
  std::string user, password;
};

// Safe to use from several threads.
class PasswordCheck {
 public:
  explicit PasswordCheck(std::vector<WebUser> users);

  bool is_required() const { return !users_.empty(); }
  // Did verify() say yes to exactly these before? Microseconds.
  bool was_verified(const Credentials& credentials) const;
  // One bcrypt run (tens of milliseconds at cost 10), also for an unknown user.
  bool verify(const Credentials& credentials);

 private:
  using Digest = std::array<unsigned char, 32>;
  Digest digest(const Credentials& credentials) const;

  std::vector<WebUser> users_;
  std::array<unsigned char, 32> key_{};  // random: digests mean nothing outside this process
  mutable std::mutex mutex_;
  std::map<std::string, Digest> verified_;  // by user name; only good ones
};

}  // namespace purposewatch
