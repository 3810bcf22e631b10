#include "agent/safeguards/patient_worker.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace purposewatch {

// What both threads know.
struct PatientWorker::Room {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> work;  // nothing: it is done
  bool is_closing = false;     // no more will come
};

PatientWorker::~PatientWorker() {
  if (!room_) return;
  const std::lock_guard lock(room_->mutex);
  room_->is_closing = true;
  room_->changed.notify_all();
}

bool PatientWorker::run(std::function<void()> work, std::chrono::milliseconds deadline) {
  if (!room_) {
    room_ = std::make_shared<Room>();
    std::thread([room = room_] { serve(room); }).detach();
  }
  std::unique_lock lock(room_->mutex);
  room_->work = std::move(work);
  room_->changed.notify_all();
  if (room_->changed.wait_for(lock, deadline, [this] { return !room_->work; })) return true;
  room_->is_closing = true;
  lock.unlock();
  room_ = nullptr;
  return false;
}

void PatientWorker::serve(const std::shared_ptr<Room>& room) {
  std::unique_lock lock(room->mutex);
  for (;;) {
    room->changed.wait(lock, [&] { return room->work || room->is_closing; });
    if (!room->work) return;
    const std::function<void()> work = room->work;
    lock.unlock();
    work();
    lock.lock();
    room->work = nullptr;
    room->changed.notify_all();
  }
}

}  // namespace purposewatch
