#include "agent/flow/mailbox.h"

#include <sys/eventfd.h>

#include <cstdint>

namespace purposewatch {

Mailbox::Mailbox() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Result<void> Mailbox::call(Work work) {
  std::future<Result<void>> answer;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return fail("the agent is ending");
    letters_.push_back({std::move(work), {}});
    answer = letters_.back().answer.get_future();
  }
  const std::uint64_t one = 1;
  if (write(wake_.get(), &one, sizeof(one)) < 0) return fail("the agent's loop cannot be woken");
  return answer.get();
}

void Mailbox::run() {
  std::uint64_t count = 0;
  (void)!read(wake_.get(), &count, sizeof(count));
  for (;;) {
    Letter letter;
    {
      const std::lock_guard lock(mutex_);
      if (letters_.empty()) return;
      letter = std::move(letters_.front());
      letters_.pop_front();
    }
    letter.answer.set_value(letter.work());
  }
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (Letter& letter : letters_) letter.answer.set_value(fail("the agent is ending"));
  letters_.clear();
}

}  // namespace purposewatch
