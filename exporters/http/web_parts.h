// Pieces that the agent's own pages share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/http/status_summary.h"
#include "exporters/text/html.h"

namespace purposewatch {

// A sign that differs by shape, too; and the same as the address of a page's icon.
std::string sign_html(Tone tone);
std::string icon_of(Tone tone);

// The state in a sentence, as the page's heading, and the worst concern.
std::string state_html(const StatusSummary& summary);

// "3 min ago" and the moment in UTC, both in seconds since the epoch; `never` when it is 0.
std::string when_html(double seconds, double now, std::string_view never = "never");
std::string command_html(std::string_view command);
// How full something is. The number has to stand beside it.
std::string fill_html(double share, Tone tone);
// Whose page this is: the line above its heading.
std::string eyebrow_html(std::string_view host, std::string_view what);

}  // namespace purposewatch
