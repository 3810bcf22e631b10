#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/kernel/actor.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "act")
    return purposewatch::testing::act(std::vector<std::string>(argv + 2, argv + argc));
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
