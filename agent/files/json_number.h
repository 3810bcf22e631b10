// Whole numbers of files that were kept. Damage may have made anything of one, and the library would take
// 1.5, -1 or 1e300 for whatever number is wanted.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace purposewatch {

// All of these throw nlohmann::json::exception. name: of what it is, for the message.
template <class Number, class Json>
Number whole_number(const Json& value, const std::string& name = "it") {
  const bool fits =
      value.is_number_unsigned()
          ? std::in_range<Number>(value.template get<std::uint64_t>())
          : value.is_number_integer() && std::in_range<Number>(value.template get<std::int64_t>());
  if (!fits) throw Json::out_of_range::create(406, name + " is no number of its kind", &value);
  return value.template get<Number>();
}

// Nanoseconds since the epoch, before 2255: so the difference of two, and some years more than one, are
// numbers, too.
template <class Json>
std::int64_t moment(const Json& value, const std::string& name = "it") {
  constexpr std::int64_t kLastNs = 9'000'000'000'000'000'000;
  const auto ns = whole_number<std::int64_t>(value, name);
  if (ns < 0 || ns > kLastNs) throw Json::out_of_range::create(406, name + " is no time", &value);
  return ns;
}

// Members of an object.
template <class Number, class Json>
Number number_in(const Json& object, const char* name) {
  return whole_number<Number>(object.at(name), name);
}

template <class Json>
std::int64_t moment_in(const Json& object, const char* name) {
  return moment(object.at(name), name);
}

}  // namespace purposewatch
