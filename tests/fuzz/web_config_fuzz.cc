// Any bytes as a web configuration: never a crash, and a configuration or errors, never both, never neither.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "exporters/http/web_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  Diagnostics diagnostics;
  const PolicyText text{"web.yml", std::string(reinterpret_cast<const char*>(data), size)};
  const bool accepted = parse_web_config(text, diagnostics).has_value();
  if (accepted == diagnostics.has_errors()) std::abort();
  return 0;
}
