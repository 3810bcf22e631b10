// Runs work on a thread that may be left behind: who looks at a disk that does not answer may never come
// back, and cannot be called off.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace purposewatch {

class PatientWorker {
 public:
  PatientWorker() = default;
  ~PatientWorker();
  PatientWorker(const PatientWorker&) = delete;
  PatientWorker& operator=(const PatientWorker&) = delete;

  // True: it is done. False: it was not in time, and goes on by itself with what it holds: it must own that.
  bool run(std::function<void()> work, std::chrono::milliseconds deadline);

 private:
  struct Room;
  static void serve(const std::shared_ptr<Room>& room);

  std::shared_ptr<Room> room_;  // of the thread that works
};

}  // namespace purposewatch
