// Errors as values: tl::expected for what can happen. Exceptions of libraries stop at the library's edge.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace purposewatch {

// One clear line for a person: what failed, on what, and why. No trailing newline.
struct Error {
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace purposewatch
