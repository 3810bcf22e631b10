// Asks a web server. The only place that knows libcurl.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "rules/base/result.h"

namespace purposewatch {

struct HttpAnswer {
  long status = 0;
  std::string body;
  bool is_cut = false;  // it was longer than we take
};

// path: below the server's address, with the query. An error: there was no answer.
using Ask = std::function<Result<HttpAnswer>(const std::string& path)>;

// Who we are to the server, and who it must be. What is empty does not apply. Files are read at every
// request, so that what is renewed there is used.
struct HttpIdentity {
  std::string user;           // instead of the one that the address names
  std::string password;       // of the user, instead of the one in the address
  std::string password_file;  // the same, in a file: without the line's end
  std::string bearer_token, bearer_token_file;
  std::string ca_file;  // who may have signed the server's certificate; empty: whoever the system trusts
  std::string cert_file, key_file;  // our own certificate
  bool trusts_anybody = false;      // the server's certificate is not looked at
};

struct HttpSettings {
  std::string url;  // http or https; may name a user, a password and a path that all requests are below
  HttpIdentity identity = {};
  std::chrono::seconds timeout{60};  // of one answer
  std::size_t bytes_max = std::size_t{16} << 20U;
  std::function<bool()> is_over = {};  // asked now and then while one waits: give up?
};

class HttpClient {
 public:
  // An error: `url` is none.
  static Result<HttpClient> open(HttpSettings settings);
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  Result<HttpAnswer> get(const std::string& path);
  Result<HttpAnswer> post_json(const std::string& path, const std::string& json);
  // The address without user and password, to be shown.
  const std::string& shown_url() const { return shown_url_; }

 private:
  struct Handle;
  Result<HttpAnswer> perform(const std::string& path, const std::string* json);
  HttpClient(HttpSettings settings, std::unique_ptr<Handle> handle);

  HttpSettings settings_;
  std::string shown_url_;
  std::unique_ptr<Handle> handle_;
};

// As it may stand in a query.
std::string url_encoded(const std::string& text);

}  // namespace purposewatch
