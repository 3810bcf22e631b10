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

std::string address_text(int family, const void* bytes) {
  if (family != AF_INET6) return text_of(family, bytes);
  in6_addr six{};
  std::memcpy(&six, bytes, sizeof(six));
  return IN6_IS_ADDR_V4MAPPED(&six) ? text_of(AF_INET, &six.s6_addr[12]) : text_of(AF_INET6, &six);
}

std::optional<std::string> normal_address(const std::string& text) {
  if (text.find('\0') != std::string::npos) return std::nullopt;
  in6_addr bytes{};
  for (const int family : {AF_INET, AF_INET6})
    if (::inet_pton(family, text.c_str(), &bytes) == 1) return address_text(family, &bytes);
  return std::nullopt;
}

std::optional<std::string> address_before_port(std::string_view text) {
  const bool is_bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const std::string bare(is_bracketed ? text.substr(1, text.size() - 2) : text);
  if (is_ipv6(bare) != is_bracketed) return std::nullopt;
  return normal_address(bare);
}

std::string masked_address(const std::string& address, unsigned prefix) {
  const int family = is_ipv6(address) ? AF_INET6 : AF_INET;
  std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
  if (::inet_pton(family, address.c_str(), bytes.data()) != 1) return {};
  for (unsigned bit = prefix; bit < bytes.size() * 8; ++bit)
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80U >> bit % 8));
  return text_of(family, bytes.data());
}

std::optional<std::uint16_t> port_number(std::string_view digits) {
  const bool is_number = !digits.empty() && digits.size() <= 5 && digits.front() != '0' &&
                         digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) return std::nullopt;
  unsigned port = 0;
  for (const char digit : digits) port = port * 10 + static_cast<unsigned>(digit - '0');
  return port <= 65535 ? std::optional(static_cast<std::uint16_t>(port)) : std::nullopt;
}

}  // namespace purposewatch
