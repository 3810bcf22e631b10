// The server's certificate, fresh from its files, and what clients must show.
#pragma once

#include <gnutls/gnutls.h>

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "exporters/http/web_config.h"
#include "rules/base/result.h"

namespace purposewatch {

// Key, certificate chain and client CA, as they were in the files at one moment.
class TlsCredentials {
 public:
  static Result<std::shared_ptr<const TlsCredentials>> load(const TlsConfig& config);

  TlsCredentials() = default;
  ~TlsCredentials();
  TlsCredentials(const TlsCredentials&) = delete;
  TlsCredentials& operator=(const TlsCredentials&) = delete;

  // They must outlive the session.
  void apply_to(gnutls_session_t session, ClientAuth client_auth) const;

 private:
  gnutls_certificate_credentials_t credentials_ = nullptr;
};

// Safe to use from several threads.
class TlsIdentity {
 public:
  using Log = std::function<void(const std::string&)>;

  // Fails when the files hold no matching key and certificate.
  static Result<std::unique_ptr<TlsIdentity>> open(const TlsConfig& config, Log log);

  // What the files hold now: a renewed certificate serves from the next connection on. Files that are no good
  // (a renewal caught half way) leave the earlier ones in use, with one line to the log.
  std::shared_ptr<const TlsCredentials> current();

  ClientAuth client_auth() const { return config_.client_auth; }
  // GnuTLS priority string for the versions that are allowed.
  std::string priorities() const;

 private:
  struct Stamp {  // changes when the file does
    unsigned long long device = 0, inode = 0, size = 0;
    long long modified_s = 0, modified_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 3>;

  TlsIdentity(TlsConfig config, Log log) : config_(std::move(config)), log_(std::move(log)) {}
  Stamps stamps() const;

  const TlsConfig config_;
  const Log log_;
  std::mutex mutex_;
  Stamps seen_;
  std::shared_ptr<const TlsCredentials> credentials_;
};

}  // namespace purposewatch
