// A file that says who we are to a server and who it must be, in the words that Prometheus has for that:
// basic_auth, authorization, tls_config.
#pragma once

#include <optional>
#include <string>

#include "exporters/http_client/http_client.h"
#include "rules/language/diagnostic.h"
#include "rules/language/policy.h"

namespace purposewatch {

// Strict: what is unknown or not supported is an error, never ignored. Relative file names are meant from the
// configuration's directory. Never throws.
std::optional<HttpIdentity> parse_client_config(const PolicyText& text, Diagnostics& diagnostics);

// The error's message has one line per diagnostic.
Result<HttpIdentity> load_client_config(const std::string& path);

}  // namespace purposewatch
