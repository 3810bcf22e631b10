// Makes each hook of the sensor fire once, whatever the backend: the agent is ready when all have.
#pragma once

namespace purposewatch {

// Opens a file, receives a descriptor and starts a process. What fails shows as a hook that has not fired.
void provoke_hooks();

}  // namespace purposewatch
