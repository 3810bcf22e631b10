// Who speaks through the control socket.
#pragma once

#include <string>

#include "rules/base/result.h"

namespace purposewatch {

// The person at the other end of a connected unix socket, by the kernel's word: who has logged in (sudo does
// not change that), or, where nobody has, the process's user. A name; of a user without one, the number.
Result<std::string> requester_of(int socket);

}  // namespace purposewatch
