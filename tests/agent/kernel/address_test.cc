#include "agent/kernel/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

namespace purposewatch {
namespace {

TEST(Address, IsWrittenAsPoliciesCompareIt) {
  for (const auto& [text, normal] : {std::pair{"192.0.2.7", "192.0.2.7"},
                                     {"::ffff:192.0.2.7", "192.0.2.7"},
                                     {"::1", "::1"},
                                     {"2001:DB8:0::7", "2001:db8::7"},
                                     {"0.0.0.0", "0.0.0.0"},
                                     {"::", "::"}}) {
    const auto address = address_from(std::string(text));
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), normal);
  }
  for (const char* text : {"", "localhost", "192.0.2", "[::1]", "fe80::1%eth0"})
    EXPECT_FALSE(address_from(std::string(text))) << text;
}

TEST(Address, OfIpv4IsTheSameInIpv6) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  inet_pton(AF_INET, "192.0.2.7", &four.sin_addr);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "::ffff:192.0.2.7", &six.sin6_addr);
  const auto one = address_from(reinterpret_cast<const sockaddr*>(&four));
  const auto other = address_from(reinterpret_cast<const sockaddr*>(&six));
  ASSERT_TRUE(one && other);
  EXPECT_EQ(std::memcmp(&*one, &*other, sizeof(*one)), 0);
}

TEST(Address, OfOtherFamiliesIsNone) {
  sockaddr name{};
  name.sa_family = AF_UNIX;
  EXPECT_FALSE(address_from(&name));
  EXPECT_FALSE(address_from(nullptr)) << "an interface without one (getifaddrs(3))";
}

}  // namespace
}  // namespace purposewatch
