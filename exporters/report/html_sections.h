// The sections of the page, each with its heading. Empty: there is no such section in this report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/report/report.h"

namespace purposewatch {

struct HtmlSection {
  std::string_view id, title;
  std::string (*html)(const Report& report);
};

// In their order.
const std::vector<HtmlSection>& sections_about_all();
const std::vector<HtmlSection>& sections_about_client();

std::string clauses_html(const Report& report);
std::string purposes_html(const Report& report);
std::string incidents_html(const Report& report);
std::string disclosures_html(const Report& report);
std::string grants_html(const Report& report);
std::string safeguards_html(const Report& report);
std::string happenings_html(const Report& report);
std::string evidence_html(const Report& report);
std::string client_accesses_html(const Report& report);

}  // namespace purposewatch
