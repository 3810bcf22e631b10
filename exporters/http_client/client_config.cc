#include "exporters/http_client/client_config.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "rules/language/config_file.h"

namespace purposewatch {
namespace {

class ClientConfigReader {
 public:
  ClientConfigReader(const std::string& file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  HttpIdentity read(const Node& root) {
    section("the client configuration")
        .read(root,
              {{"basic_auth", true},
               {"authorization", true},
               {"bearer_token", true},
               {"bearer_token_file", true},
               {"tls_config", true},
               {"oauth2", false},
               {"proxy_url", false},
               {"follow_redirects", false},
               {"enable_http2", false}},
              [&](const Entry& entry) {
                if (entry.key == "basic_auth") read_basic_auth(entry);
                if (entry.key == "authorization") read_authorization(entry);
                if (entry.key == "bearer_token") identity_.bearer_token = text(entry);
                if (entry.key == "bearer_token_file") identity_.bearer_token_file = path(entry);
                if (entry.key == "tls_config") read_tls(entry);
              });
    const bool has_token = !identity_.bearer_token.empty() || !identity_.bearer_token_file.empty();
    if (has_token && !identity_.user.empty())
      diagnostics_.error(root.at, "a user and a bearer token: only one of them can be sent");
    at_most_one(root.at, identity_.bearer_token, identity_.bearer_token_file, "a bearer token");
    return std::move(identity_);
  }

 private:
  void read_basic_auth(const Entry& basic_auth) {
    section(basic_auth.key)
        .read(basic_auth.value, {{"username", true}, {"password", true}, {"password_file", true}},
              [&](const Entry& entry) {
                if (entry.key == "username") identity_.user = text(entry);
                if (entry.key == "password") identity_.password = text(entry);
                if (entry.key == "password_file") identity_.password_file = path(entry);
              });
    if (identity_.user.empty()) diagnostics_.error(basic_auth.at, "basic_auth needs username");
    at_most_one(basic_auth.at, identity_.password, identity_.password_file, "a password");
  }

  void read_authorization(const Entry& authorization) {
    section(authorization.key)
        .read(authorization.value, {{"type", true}, {"credentials", true}, {"credentials_file", true}},
              [&](const Entry& entry) {
                if (entry.key == "type" && text(entry) != "Bearer")
                  diagnostics_.error(entry.value.at, "only the type Bearer is supported by purposewatch");
                if (entry.key == "credentials") identity_.bearer_token = text(entry);
                if (entry.key == "credentials_file") identity_.bearer_token_file = path(entry);
              });
    if (identity_.bearer_token.empty() && identity_.bearer_token_file.empty())
      diagnostics_.error(authorization.at, "authorization needs credentials_file");
  }

  void read_tls(const Entry& tls) {
    section(tls.key).read(tls.value,
                          {{"ca_file", true},
                           {"cert_file", true},
                           {"key_file", true},
                           {"insecure_skip_verify", true},
                           {"server_name", false},
                           {"min_version", false},
                           {"max_version", false}},
                          [&](const Entry& entry) {
                            if (entry.key == "ca_file") identity_.ca_file = path(entry);
                            if (entry.key == "cert_file") identity_.cert_file = path(entry);
                            if (entry.key == "key_file") identity_.key_file = path(entry);
                            if (entry.key == "insecure_skip_verify")
                              identity_.trusts_anybody = yes_or_no(entry);
                          });
    if (identity_.cert_file.empty() != identity_.key_file.empty())
      diagnostics_.error(tls.at, "cert_file and key_file belong together");
  }

  void at_most_one(const Position& at, const std::string& plain, const std::string& file,
                   const std::string& what) {
    if (!plain.empty() && !file.empty())
      diagnostics_.error(at, what + " and a file with one: only one of them can be sent");
  }

  bool yes_or_no(const Entry& entry) {
    const std::string value = text(entry);
    if (value != "true" && value != "false")
      diagnostics_.error(entry.value.at, "'" + entry.key + "' must be true or false");
    return value == "true";
  }

  SectionReader section(std::string name) { return {std::move(name), diagnostics_}; }
  std::string text(const Entry& entry) { return text_of(entry, diagnostics_); }
  // Read again at every request; but that there is nothing to read is better known before the first.
  std::string path(const Entry& entry) {
    std::string path = path_of(entry, file_, diagnostics_);
    if (!path.empty() && !std::ifstream(path))
      diagnostics_.error(entry.value.at, "'" + entry.key + "': " + path + ": " + std::strerror(errno));
    return path;
  }

  const std::string& file_;
  Diagnostics& diagnostics_;
  HttpIdentity identity_;
};

}  // namespace

std::optional<HttpIdentity> parse_client_config(const PolicyText& text, Diagnostics& diagnostics) {
  const std::optional<Node> root = read_root(text, diagnostics);
  if (!root) return std::nullopt;
  HttpIdentity identity = ClientConfigReader{text.file, diagnostics}.read(*root);
  if (diagnostics.has_errors()) return std::nullopt;
  return identity;
}

Result<HttpIdentity> load_client_config(const std::string& path) {
  return load_config<HttpIdentity>(path, parse_client_config);
}

}  // namespace purposewatch
