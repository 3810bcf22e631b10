// What decode makes of a record.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "agent/kernel/decode.h"
#include "tests/agent/kernel/record_bytes.h"

namespace purposewatch {

template <class Raw>
Result<Record> decoded(const Raw& raw) {
  return decode(record_bytes(raw));
}

// Why the record was refused; a word that fails the test when it was not.
template <class Raw>
std::string refusal(const Raw& raw) {
  const auto record = decoded(raw);
  return record ? "accepted" : record.error().message;
}

inline AccessRecord access_of(const Result<Record>& record) {
  EXPECT_TRUE(record) << record.error().message;
  return std::get<AccessRecord>(*record);
}

}  // namespace purposewatch
