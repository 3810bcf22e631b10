#include "exporters/http/listener.h"

#include <gnutls/abstract.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace purposewatch {
namespace {

constexpr std::size_t kBodyMax = std::size_t{64} << 10U;           // of a request; nobody needs one
constexpr std::size_t kConnectionMemory = std::size_t{32} << 10U;  // bounds a request's head
constexpr unsigned kIdleSecondsMax = 15;

// The daemon wants a certificate at its start; sessions get theirs one by one (TlsCredentials::apply_to).
int no_certificate(gnutls_session_t, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int,
                   gnutls_pcert_st**, unsigned int*, gnutls_privkey_t*) {
  return -1;
}

std::optional<Credentials> credentials_of(MHD_Connection* connection) {
  char* password = nullptr;
  char* user = MHD_basic_auth_get_username_password(connection, &password);
  std::optional<Credentials> credentials;
  if (user != nullptr && password != nullptr) credentials = Credentials{user, password};
  MHD_free(user);
  MHD_free(password);
  return credentials;
}

MHD_Result send(MHD_Connection* connection, const Response& response) {
  MHD_Response* out = MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
  if (out == nullptr) return MHD_NO;
  MHD_add_response_header(out, MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type.c_str());
  for (const auto& [name, value] : response.headers)
    MHD_add_response_header(out, name.c_str(), value.c_str());
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), out);
  MHD_destroy_response(out);
  return queued;
}

}  // namespace

struct Listener::Exchange {
  Request request;
  std::size_t body_bytes = 0;
  std::optional<Response> response;
};

struct Listener::Connection {
  ConnectionTable::Place place;
  std::shared_ptr<const TlsCredentials> tls;  // the session points into them
};

Result<std::unique_ptr<Listener>> Listener::start(ListenSocket socket, Site& site, TlsIdentity* tls,
                                                  unsigned connections_max) {
  std::unique_ptr<Listener> listener{new Listener{site, tls, connections_max - connections_max / 8}};
  const std::string priorities = tls != nullptr ? tls->priorities() : "";
  std::array<MHD_OptionItem, 3> tls_options{};
  if (tls != nullptr)
    tls_options = {
        MHD_OptionItem{MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(priorities.c_str())},
        MHD_OptionItem{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, reinterpret_cast<void*>(&no_certificate)},
        MHD_OptionItem{MHD_OPTION_END, 0, nullptr}};
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  if (tls != nullptr) flags |= MHD_USE_TLS;
  errno = 0;
  listener->daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &on_request, listener.get(),       //
                                       MHD_OPTION_LISTEN_SOCKET, socket.fd,                           //
                                       MHD_OPTION_CONNECTION_LIMIT, connections_max,                  //
                                       MHD_OPTION_CONNECTION_TIMEOUT, kIdleSecondsMax,                //
                                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,         //
                                       MHD_OPTION_NOTIFY_COMPLETED, &on_completed, listener.get(),    //
                                       MHD_OPTION_NOTIFY_CONNECTION, &on_connection, listener.get(),  //
                                       MHD_OPTION_ARRAY, tls_options.data(), MHD_OPTION_END);
  if (listener->daemon_ != nullptr) return listener;
  return fail("cannot serve HTTP on " + socket.address + ": " +
              (errno != 0 ? std::strerror(errno) : "refused by libmicrohttpd"));
}

Listener::~Listener() {
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
}

MHD_Result Listener::on_request(void* self, MHD_Connection* connection, const char* path, const char* method,
                                const char* /*version*/, const char* /*body*/, std::size_t* body_size,
                                void** context) {
  auto* exchange = static_cast<Exchange*>(*context);
  if (exchange == nullptr) {  // the head has arrived
    *context = new Exchange{{method, path, credentials_of(connection)}, 0, std::nullopt};
    return MHD_YES;
  }
  if (*body_size != 0) {
    exchange->body_bytes += *body_size;
    *body_size = 0;
    return exchange->body_bytes <= kBodyMax ? MHD_YES : MHD_NO;
  }
  return static_cast<Listener*>(self)->respond(connection, *exchange);
}

// Called again with the answer in place when it came from the slow lane.
MHD_Result Listener::respond(MHD_Connection* connection, Exchange& exchange) {
  if (!exchange.response && site_.answers_at_once(exchange.request))
    exchange.response = site_.answer(exchange.request);
  if (exchange.response) return send(connection, *exchange.response);
  MHD_suspend_connection(connection);
  const bool submitted = site_.slow_lane().submit([this, connection, &exchange] {
    exchange.response = site_.answer(exchange.request);
    MHD_resume_connection(connection);
  });
  if (!submitted) {
    exchange.response = text_response(503, "busy: try again later\n");
    MHD_resume_connection(connection);
  }
  return MHD_YES;
}

void Listener::on_completed(void* /*self*/, MHD_Connection* /*connection*/, void** exchange,
                            MHD_RequestTerminationCode /*code*/) {
  delete static_cast<Exchange*>(*exchange);
  *exchange = nullptr;
}

void Listener::on_connection(void* self, MHD_Connection* connection, void** context,
                             MHD_ConnectionNotificationCode code) {
  auto& listener = *static_cast<Listener*>(self);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    *context = listener.connection_opened(connection);
    return;
  }
  // Comes before the socket is closed and after its TLS session has ended (libmicrohttpd 0.9.75, daemon.c).
  auto* closing = static_cast<Connection*>(*context);
  listener.connections_.closed(closing->place);
  delete closing;
}

void* Listener::connection_opened(MHD_Connection* connection) {
  const int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  auto opened = std::make_unique<Connection>(Connection{connections_.opened(fd), nullptr});
  if (tls_ != nullptr) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    opened->tls = tls_->current();
    opened->tls->apply_to(static_cast<gnutls_session_t>(info->tls_session), tls_->client_auth());
  }
  return opened.release();
}

}  // namespace purposewatch
