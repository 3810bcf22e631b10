#include "exporters/http_client/http_client.h"

#include <curl/curl.h>

#include <fstream>
#include <new>

namespace purposewatch {
namespace {

constexpr const char* kProtocols = "http,https";
constexpr long kConnectSeconds = 10;

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, Free>;
using Url = std::unique_ptr<CURLU, Free>;

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  return std::unique_ptr<char, Free>(text).get();
}

// Of what may be no URL: nothing that may be a password.
std::string without_user(const std::string& text) {
  const std::size_t sign = text.rfind('@');
  return sign == std::string::npos ? text : "..." + text.substr(sign);
}

struct Body {
  HttpAnswer answer;
  std::size_t bytes_max = 0;
};

// No exception may pass through libcurl.
std::size_t take_body(const char* bytes, std::size_t, std::size_t size, void* taken) noexcept {
  Body& body = *static_cast<Body*>(taken);
  if (body.answer.body.size() + size > body.bytes_max) {
    body.answer.is_cut = true;
    return 0;
  }
  try {
    body.answer.body.append(bytes, size);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return size;
}

int is_over(void* asked, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return (*static_cast<const std::function<bool()>*>(asked))() ? 1 : 0;
}

// The first line of a file, or what is given without one.
Result<std::string> secret(const std::string& plain, const std::string& file) {
  if (file.empty()) return plain;
  std::ifstream input(file);
  std::string line;
  if (!std::getline(input, line)) return fail(file + ": there is nothing to read");
  while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
  return line;
}

Result<void> introduce(CURL* curl, const HttpIdentity& identity) {
  const auto password = secret(identity.password, identity.password_file);
  if (!password) return tl::unexpected(password.error());
  const auto token = secret(identity.bearer_token, identity.bearer_token_file);
  if (!token) return tl::unexpected(token.error());
  const auto set = [curl](CURLoption option, const std::string& value) {
    if (!value.empty()) curl_easy_setopt(curl, option, value.c_str());
  };
  set(CURLOPT_USERNAME, identity.user);
  set(CURLOPT_PASSWORD, *password);
  if (!token->empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    set(CURLOPT_XOAUTH2_BEARER, *token);
  }
  if (!identity.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  set(CURLOPT_CAINFO, identity.ca_file);
  set(CURLOPT_SSLCERT, identity.cert_file);
  set(CURLOPT_SSLKEY, identity.key_file);
  if (identity.trusts_anybody) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  return {};
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = curl_easy_init();
  char error[CURL_ERROR_SIZE] = "";

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }
};

HttpClient::HttpClient(HttpSettings settings, std::unique_ptr<Handle> handle)
    : settings_(std::move(settings)), handle_(std::move(handle)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::open(HttpSettings settings) {
  static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const Url url(curl_url());
  while (settings.url.ends_with('/')) settings.url.pop_back();
  if (!url || curl_url_set(url.get(), CURLUPART_URL, settings.url.c_str(), 0) != CURLUE_OK)
    return fail("'" + without_user(settings.url) + "' is no address of a web server");
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
  std::string shown = part_of(url.get(), CURLUPART_URL);
  if (scheme != "http" && scheme != "https") return fail("'" + shown + "' is neither http nor https");
  if (!part_of(url.get(), CURLUPART_QUERY).empty() || !part_of(url.get(), CURLUPART_FRAGMENT).empty())
    return fail("'" + shown + "' has more than a path");
  while (shown.ends_with('/')) shown.pop_back();
  auto handle = std::make_unique<Handle>();
  if (!is_ready || !handle->curl) return fail("libcurl does not start");
  HttpClient client(std::move(settings), std::move(handle));
  client.shown_url_ = std::move(shown);
  return client;
}

Result<HttpAnswer> HttpClient::get(const std::string& path) {
  return perform(path, nullptr);
}

Result<HttpAnswer> HttpClient::post_json(const std::string& path, const std::string& json) {
  return perform(path, &json);
}

Result<HttpAnswer> HttpClient::perform(const std::string& path, const std::string* json) {
  CURL* curl = handle_->curl;
  Body body{.answer = {}, .bytes_max = settings_.bytes_max};
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, (settings_.url + path).c_str());
  if (auto known = introduce(curl, settings_.identity); !known) return tl::unexpected(known.error());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, kProtocols);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);  // a password goes where it was meant to go
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // who gives up does not wait for a name server
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(settings_.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "purposewatch");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->error);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  if (settings_.is_over) {
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &is_over);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &settings_.is_over);
  }
  const Headers headers(json != nullptr ? curl_slist_append(nullptr, "Content-Type: application/json")
                                        : nullptr);
  if (json != nullptr) {
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json->size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json->data());
  }
  handle_->error[0] = '\0';
  const CURLcode done = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &body.answer.status);
  if (done == CURLE_OK || body.answer.is_cut) return std::move(body.answer);
  const std::string why = handle_->error[0] != '\0' ? handle_->error : curl_easy_strerror(done);
  return fail(shown_url_ + ": " + why);
}

std::string url_encoded(const std::string& text) {
  std::string encoded;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                          (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_' || byte == '.';
    if (is_plain) {
      encoded += letter;
      continue;
    }
    encoded += '%';
    encoded += "0123456789ABCDEF"[byte >> 4U];
    encoded += "0123456789ABCDEF"[byte & 15U];
  }
  return encoded;
}

}  // namespace purposewatch
