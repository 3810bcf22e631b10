#include "agent/cli/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "exporters/text/encoding.h"

namespace purposewatch {

// What is safe in HTML is so in XML: bytes that are no text were made visible.
std::string junit_xml(const std::string& suite, const std::vector<JunitCase>& cases) {
  const auto failures =
      std::count_if(cases.begin(), cases.end(), [](const JunitCase& one) { return !one.failure.empty(); });
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites tests=\"{0}\" failures=\"{1}\">\n"
      "  <testsuite name=\"{2}\" tests=\"{0}\" failures=\"{1}\" errors=\"0\" skipped=\"0\">\n",
      cases.size(), failures, html_text(suite));
  for (const JunitCase& one : cases) {
    text +=
        fmt::format("    <testcase classname=\"{}\" name=\"{}\"", html_text(one.place), html_text(one.name));
    if (one.failure.empty()) {
      text += "/>\n";
      continue;
    }
    const std::string first_line = one.failure.substr(0, one.failure.find('\n'));
    text += fmt::format(">\n      <failure message=\"{}\">", html_text(first_line));
    for (std::size_t at = 0; at < one.failure.size();) {
      const std::size_t end = std::min(one.failure.find('\n', at), one.failure.size());
      text += html_text(one.failure.substr(at, end - at)) + "\n";
      at = end + 1;
    }
    text += "</failure>\n    </testcase>\n";
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace purposewatch
