// How far long work has come: one line on standard error, written over, when that is a terminal.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace purposewatch {

class Progress {
 public:
  Progress();
  ~Progress();  // wipes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Call it often: `text` is asked for when there is something to show, a few times a second and not within
  // the first.
  void tell(const std::function<std::string()>& text);

 private:
  bool is_watched_;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace purposewatch
