// Encodings that several exporters need: base64 (RFC 4648, padded), JSON strings, HTML text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/base/visible_text.h"

namespace purposewatch {

void append_base64(std::string& out, std::string_view bytes);
// Nothing when it is no base64.
std::optional<std::string> from_base64(std::string_view text);

// A JSON string with its quotes, for any bytes: first made visible (visible_text), then quoted.
void append_json_string(std::string& out, std::string_view bytes);

// Text or attribute value of HTML, for any bytes: first made visible, then & < > " ' as entities.
std::string html_text(std::string_view bytes, Backslash backslash = Backslash::kDouble);

}  // namespace purposewatch
