// One descriptor sent over a unix socket (SCM_RIGHTS).
#pragma once

#include "rules/base/descriptor.h"

namespace purposewatch {

// With a byte of data. The sender's descriptor stays open.
bool send_descriptor(int socket, int descriptor);

// Waits for it; nothing on an error, or when the message carries none. Closes on exec.
Descriptor receive_descriptor(int socket);

}  // namespace purposewatch
