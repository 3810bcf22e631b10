// Keeps the signals of our own writes (SIGPIPE, SIGXFSZ) away from the process, whatever its signal setup.
#pragma once

#include <csignal>
#include <ctime>

namespace purposewatch {

// Blocks both in this thread; what our write raised is taken off before they are unblocked.
class WriteSignalGuard {
 public:
  WriteSignalGuard() {
    sigemptyset(&signals_);
    sigset_t pending;
    sigpending(&pending);
    for (const int signal : {SIGPIPE, SIGXFSZ})
      if (sigismember(&pending, signal) == 0) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~WriteSignalGuard() {
    constexpr timespec kNoWait{0, 0};
    while (sigtimedwait(&signals_, nullptr, &kNoWait) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WriteSignalGuard(const WriteSignalGuard&) = delete;
  WriteSignalGuard& operator=(const WriteSignalGuard&) = delete;

 private:
  sigset_t signals_;
  sigset_t before_;
};

}  // namespace purposewatch
