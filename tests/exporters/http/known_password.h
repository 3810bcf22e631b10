#pragma once

namespace purposewatch {

// bcrypt of "hunter2" at the lowest cost.
inline constexpr const char* kHashOfHunter2 = "$2y$04$abcdefghijklmnopqrstuuV3duMsC0HpUex6N9qapiuOHHWkwRXVm";

}  // namespace purposewatch
