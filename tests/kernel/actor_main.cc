// The actor as a program of its own.
#include <string>
#include <vector>

#include "tests/kernel/actor.h"

int main(int argc, char** argv) {
  // "act" is the word that the actor puts first when it becomes another copy of itself.
  const int first = argc > 1 && std::string(argv[1]) == "act" ? 2 : 1;
  return purposewatch::testing::act(std::vector<std::string>(argv + first, argv + argc));
}
