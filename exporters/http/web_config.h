// The file behind --web.config.file, in the format that every Prometheus exporter shares: TLS, passwords,
// headers.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/base/result.h"
#include "rules/language/diagnostic.h"
#include "rules/language/policy.h"

namespace purposewatch {

enum class ClientAuth {
  kNone,              // NoClientCert
  kRequest,           // RequestClientCert
  kRequireAny,        // RequireAnyClientCert, RequireClientCert
  kVerifyIfGiven,     // VerifyClientCertIfGiven
  kRequireAndVerify,  // RequireAndVerifyClientCert
};

struct TlsConfig {
  std::string cert_file, key_file,
      client_ca_file;  // relative ones were taken from the config file's directory
  ClientAuth client_auth = ClientAuth::kNone;
  bool allow_tls12 = true, allow_tls13 = true;
};

struct WebUser {
  std::string name;
  std::string hash;  // bcrypt: $2a$, $2b$ or $2y$
};

struct WebConfig {
  std::optional<TlsConfig> tls;
  std::vector<WebUser> users;  // none: no password is asked for
  std::vector<std::pair<std::string, std::string>> headers;
};

// Strict: what is unknown or not supported is an error, never ignored; nothing is returned when there is any.
// Never throws.
std::optional<WebConfig> parse_web_config(const PolicyText& text, Diagnostics& diagnostics);

// The error's message has one line per diagnostic.
Result<WebConfig> load_web_config(const std::string& path);

}  // namespace purposewatch
