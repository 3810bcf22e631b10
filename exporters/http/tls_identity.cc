#include "exporters/http/tls_identity.h"

#include <gnutls/x509.h>
#include <sys/stat.h>

namespace purposewatch {
namespace {

// A client that shows nothing is let through here; whether it had to show something, GnuTLS has decided
// before.
int verify_if_given(gnutls_session_t session) {
  unsigned int count = 0;
  if (gnutls_certificate_get_peers(session, &count) == nullptr || count == 0) return 0;
  gnutls_typed_vdata_st purpose{GNUTLS_DT_KEY_PURPOSE_OID,
                                reinterpret_cast<unsigned char*>(const_cast<char*>(GNUTLS_KP_TLS_WWW_CLIENT)),
                                0};
  unsigned int status = 0;
  const int error = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
  return error < 0 || status != 0 ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

gnutls_certificate_request_t request_of(ClientAuth client_auth) {
  switch (client_auth) {
    case ClientAuth::kNone:
      return GNUTLS_CERT_IGNORE;
    case ClientAuth::kRequest:
    case ClientAuth::kVerifyIfGiven:
      return GNUTLS_CERT_REQUEST;
    case ClientAuth::kRequireAny:
    case ClientAuth::kRequireAndVerify:
      return GNUTLS_CERT_REQUIRE;
  }
  return GNUTLS_CERT_REQUIRE;
}

}  // namespace

TlsCredentials::~TlsCredentials() {
  if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
}

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::load(const TlsConfig& config) {
  const auto loaded = std::make_shared<TlsCredentials>();
  if (gnutls_certificate_allocate_credentials(&loaded->credentials_) < 0) return fail("TLS: out of memory");
  const int key_error =
      gnutls_certificate_set_x509_key_file2(loaded->credentials_, config.cert_file.c_str(),
                                            config.key_file.c_str(), GNUTLS_X509_FMT_PEM, nullptr, 0);
  if (key_error < 0)
    return fail("TLS: " + config.cert_file + " with " + config.key_file + ": " + gnutls_strerror(key_error));
  if (config.client_ca_file.empty()) return std::shared_ptr<const TlsCredentials>{loaded};
  const int found = gnutls_certificate_set_x509_trust_file(
      loaded->credentials_, config.client_ca_file.c_str(), GNUTLS_X509_FMT_PEM);
  if (found <= 0)
    return fail("TLS: " + config.client_ca_file + ": " +
                (found < 0 ? gnutls_strerror(found) : "no certificates"));
  return std::shared_ptr<const TlsCredentials>{loaded};
}

void TlsCredentials::apply_to(gnutls_session_t session, ClientAuth client_auth) const {
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_);
  gnutls_certificate_server_set_request(session, request_of(client_auth));
  if (client_auth == ClientAuth::kVerifyIfGiven || client_auth == ClientAuth::kRequireAndVerify)
    gnutls_session_set_verify_function(session, verify_if_given);
}

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::open(const TlsConfig& config, Log log) {
  std::unique_ptr<TlsIdentity> identity{new TlsIdentity{config, std::move(log)}};
  // Stamps first: a change while loading is then seen by the next connection.
  identity->seen_ = identity->stamps();
  auto loaded = TlsCredentials::load(config);
  if (!loaded) return tl::make_unexpected(loaded.error());
  identity->credentials_ = std::move(*loaded);
  return identity;
}

std::shared_ptr<const TlsCredentials> TlsIdentity::current() {
  const std::lock_guard lock{mutex_};
  const Stamps now = stamps();
  if (now == seen_) return credentials_;
  seen_ = now;
  auto loaded = TlsCredentials::load(config_);
  if (loaded) credentials_ = std::move(*loaded);
  if (log_) log_(loaded ? "TLS: certificate renewed" : "certificate not renewed: " + loaded.error().message);
  return credentials_;
}

TlsIdentity::Stamps TlsIdentity::stamps() const {
  const std::array<const std::string*, 3> files = {&config_.cert_file, &config_.key_file,
                                                   &config_.client_ca_file};
  Stamps out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    struct stat status {};
    if (files[i]->empty() || stat(files[i]->c_str(), &status) != 0) continue;
    out[i] = {status.st_dev, status.st_ino, static_cast<unsigned long long>(status.st_size),
              status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }
  return out;
}

std::string TlsIdentity::priorities() const {
  std::string text = "NORMAL:-VERS-ALL";
  if (config_.allow_tls13) text += ":+VERS-TLS1.3";
  if (config_.allow_tls12) text += ":+VERS-TLS1.2";
  return text;
}

}  // namespace purposewatch
