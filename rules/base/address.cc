#include "rules/base/address.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

namespace purposewatch {
namespace {

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, address, text.data(), text.size()) != nullptr ? text.data() : std::string();
}

}  // namespace

std::optional<std::string> normal_address(const std::string& text) {
  if (text.find('\0') != std::string::npos) return std::nullopt;
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) return text_of(AF_INET, &four);
  in6_addr six{};
  if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return std::nullopt;
  if (!IN6_IS_ADDR_V4MAPPED(&six)) return text_of(AF_INET6, &six);
  std::memcpy(&four, &six.s6_addr[12], sizeof(four));
  return text_of(AF_INET, &four);
}

}  // namespace purposewatch
