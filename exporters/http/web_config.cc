#include "exporters/http/web_config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "rules/language/config_file.h"
#include "rules/language/nearest.h"

namespace purposewatch {
namespace {

constexpr int kBcryptCostMax = 15;  // a check takes over a second from there on

class WebConfigReader {
 public:
  WebConfigReader(const std::string& file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  WebConfig read(const Node& root) {
    SectionReader{"the web configuration", diagnostics_}.read(root,
                                                              {{"tls_server_config", true},
                                                               {"http_server_config", true},
                                                               {"basic_auth_users", true},
                                                               {"rate_limit", false}},
                                                              [&](const Entry& entry) {
                                                                if (entry.key == "tls_server_config")
                                                                  read_tls(entry);
                                                                if (entry.key == "http_server_config")
                                                                  read_http(entry);
                                                                if (entry.key == "basic_auth_users")
                                                                  read_users(entry);
                                                              });
    return std::move(config_);
  }

 private:
  void read_tls(const Entry& section) {
    TlsConfig tls;
    const Node* ca = section.value.find("client_ca_file");
    SectionReader{section.key, diagnostics_}.read(
        section.value,
        {{"cert_file", true},
         {"key_file", true},
         {"client_auth_type", true},
         {"client_ca_file", true},
         {"min_version", true},
         {"max_version", true},
         {"cert", false},
         {"key", false},
         {"client_ca", false},
         {"client_allowed_sans", false},
         {"cipher_suites", false},
         {"curve_preferences", false},
         {"prefer_server_cipher_suites", false}},
        [&](const Entry& entry) {
          if (entry.key == "cert_file") tls.cert_file = path(entry);
          if (entry.key == "key_file") tls.key_file = path(entry);
          if (entry.key == "client_ca_file") tls.client_ca_file = path(entry);
          if (entry.key == "client_auth_type") tls.client_auth = client_auth(entry);
          if (entry.key == "min_version" && version(entry) == "TLS13") tls.allow_tls12 = false;
          if (entry.key == "max_version" && version(entry) == "TLS12") tls.allow_tls13 = false;
        });
    if (tls.cert_file.empty()) diagnostics_.error(section.at, section.key + " needs cert_file");
    if (tls.key_file.empty()) diagnostics_.error(section.at, section.key + " needs key_file");
    if (!tls.allow_tls12 && !tls.allow_tls13)
      diagnostics_.error(section.at, "min_version is above max_version");
    const bool verifies =
        tls.client_auth == ClientAuth::kVerifyIfGiven || tls.client_auth == ClientAuth::kRequireAndVerify;
    if (verifies && tls.client_ca_file.empty())
      diagnostics_.error(section.at, "this client_auth_type needs client_ca_file");
    if (ca != nullptr && tls.client_auth == ClientAuth::kNone)
      diagnostics_.error(ca->at, "client_ca_file has no effect without client_auth_type");
    config_.tls = std::move(tls);
  }

  void read_http(const Entry& section) {
    SectionReader{section.key, diagnostics_}.read(
        section.value, {{"headers", true}, {"http2", true}}, [&](const Entry& entry) {
          if (entry.key == "headers") return read_headers(entry);
          if (const std::string value = text(entry); value != "false")
            diagnostics_.error(entry.value.at, "http2 can only be false: purposewatch speaks HTTP/1.1");
        });
  }

  void read_headers(const Entry& section) {
    SectionReader{section.key, diagnostics_}.read(section.value,
                                                  {{"Strict-Transport-Security", true},
                                                   {"X-Content-Type-Options", true},
                                                   {"X-Frame-Options", true},
                                                   {"X-XSS-Protection", true},
                                                   {"Content-Security-Policy", true}},
                                                  [&](const Entry& entry) {
                                                    const std::string value = text(entry);
                                                    if (value.find_first_of("\r\n") != std::string::npos)
                                                      diagnostics_.error(entry.value.at,
                                                                         "a header is one line");
                                                    else if (!value.empty())
                                                      config_.headers.emplace_back(entry.key, value);
                                                  });
  }

  void read_users(const Entry& section) {
    if (section.value.kind != Node::Kind::kMap) {
      diagnostics_.error(section.value.at, section.key + " must be a map of user names and bcrypt hashes");
      return;
    }
    for (const Entry& entry : section.value.entries) {
      WebUser user{entry.key, text(entry)};
      if (user.name.empty() || user.name.find(':') != std::string::npos)
        diagnostics_.error(entry.at, "a user name cannot be empty or hold a colon");
      if (const std::string_view wrong = what_is_wrong_with(user.hash); !wrong.empty())
        diagnostics_.error(entry.value.at, std::string{wrong});
      config_.users.push_back(std::move(user));
    }
    if (section.value.entries.empty()) diagnostics_.error(section.value.at, section.key + " is empty");
  }

  // "$2y$10$" and 53 characters: 22 of salt, 31 of hash.
  static std::string_view what_is_wrong_with(std::string_view hash) {
    constexpr std::string_view kAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const bool known = hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
    if (!known || hash.size() != 60 || hash[6] != '$' ||
        std::isdigit(static_cast<unsigned char>(hash[4])) == 0 ||
        std::isdigit(static_cast<unsigned char>(hash[5])) == 0 ||
        hash.substr(7).find_first_not_of(kAlphabet) != std::string_view::npos)
      return "not a bcrypt hash, as `htpasswd -nB` makes";
    const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
    if (cost < 4) return "the cost of a bcrypt hash is at least 4";
    if (cost > kBcryptCostMax)
      return "the cost of this bcrypt hash is above 15: each check would take seconds";
    return {};
  }

  std::string text(const Entry& entry) { return text_of(entry, diagnostics_); }

  std::string path(const Entry& entry) { return path_of(entry, file_, diagnostics_); }

  ClientAuth client_auth(const Entry& entry) {
    using Name = std::pair<std::string_view, ClientAuth>;
    constexpr std::array kNames = {Name{"NoClientCert", ClientAuth::kNone},
                                   Name{"RequestClientCert", ClientAuth::kRequest},
                                   Name{"RequireAnyClientCert", ClientAuth::kRequireAny},
                                   Name{"RequireClientCert", ClientAuth::kRequireAny},
                                   Name{"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
                                   Name{"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerify}};
    const std::string value = text(entry);
    for (const auto& [name, type] : kNames)
      if (name == value) return type;
    std::vector<std::string_view> names;
    for (const auto& [name, type] : kNames) names.push_back(name);
    diagnostics_.error(entry.value.at, "unknown client_auth_type '" + value + "'",
                       did_you_mean(value, names));
    return ClientAuth::kNone;
  }

  std::string version(const Entry& entry) {
    std::string value = text(entry);
    if (value == "TLS10" || value == "TLS11")
      diagnostics_.error(entry.value.at, value + " is not supported: use TLS12 or TLS13");
    else if (value != "TLS12" && value != "TLS13")
      diagnostics_.error(entry.value.at, "unknown TLS version '" + value + "': use TLS12 or TLS13");
    return value;
  }

  const std::string& file_;
  Diagnostics& diagnostics_;
  WebConfig config_;
};

}  // namespace

std::optional<WebConfig> parse_web_config(const PolicyText& text, Diagnostics& diagnostics) {
  const std::optional<Node> root = read_root(text, diagnostics);
  if (!root) return std::nullopt;
  WebConfig config = WebConfigReader{text.file, diagnostics}.read(*root);
  if (diagnostics.has_errors()) return std::nullopt;
  return config;
}

Result<WebConfig> load_web_config(const std::string& path) {
  return load_config<WebConfig>(path, parse_web_config);
}

}  // namespace purposewatch
