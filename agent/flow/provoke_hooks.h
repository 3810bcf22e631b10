// Makes each hook of the sensor fire once, whatever the backend: the agent is ready when all have.
#pragma once

#include <string>

namespace purposewatch {

// Opens a file, receives a descriptor, makes, changes and removes names in `directory`, and starts a process.
// What fails shows as a hook that has not fired.
void provoke_hooks(const std::string& directory);

}  // namespace purposewatch
