#include "rules/base/address.h"

#include <gtest/gtest.h>

namespace purposewatch {
namespace {

TEST(NormalAddress, IsTheSameForEveryWayOfWritingOne) {
  EXPECT_EQ(normal_address("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(normal_address("2001:DB8:0:0::01"), "2001:db8::1");
  EXPECT_EQ(normal_address("::ffff:192.0.2.1"), "192.0.2.1") << "reaches the same socket";
  EXPECT_EQ(normal_address("::FFFF:c000:0201"), "192.0.2.1");
}

TEST(NormalAddress, IsNoneForWhatIsNoAddress) {
  for (const char* text :
       {"", "localhost", "127.1", "010.0.0.1", "1.2.3.4 ", "1.2.3.4.5", "[::1]", "fe80::1%eth0", "*"})
    EXPECT_EQ(normal_address(text), std::nullopt) << text;
  EXPECT_EQ(normal_address(std::string("::1\0x", 5)), std::nullopt);
}

}  // namespace
}  // namespace purposewatch
