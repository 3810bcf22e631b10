#include "agent/cli/progress.h"

#include <unistd.h>

#include <iostream>

namespace purposewatch {

using std::chrono::steady_clock;

Progress::Progress()
    : is_watched_(isatty(STDERR_FILENO) == 1), next_(steady_clock::now() + std::chrono::seconds(1)) {}

Progress::~Progress() {
  if (is_shown_) std::cerr << "\r\x1b[K" << std::flush;
}

void Progress::tell(const std::function<std::string()>& text) {
  if (!is_watched_ || steady_clock::now() < next_) return;
  next_ = steady_clock::now() + std::chrono::milliseconds(200);
  is_shown_ = true;
  std::cerr << "\r\x1b[K" << text() << std::flush;
}

}  // namespace purposewatch
