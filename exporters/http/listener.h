// One listening socket served by libmicrohttpd on a thread of its own.
#pragma once

#include <microhttpd.h>

#include <memory>
#include <string>

#include "exporters/http/connection_table.h"
#include "exporters/http/listen_socket.h"
#include "exporters/http/site.h"
#include "exporters/http/tls_identity.h"
#include "rules/base/result.h"

namespace purposewatch {

class Listener {
 public:
  // Takes the socket over. `site` and `tls` (null: plain HTTP) must outlive the listener.
  static Result<std::unique_ptr<Listener>> start(ListenSocket socket, Site& site, TlsIdentity* tls,
                                                 unsigned connections_max);
  // The site's slow lane must have finished before: it holds connections of ours.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  struct Exchange;    // a request and its answer
  struct Connection;  // what a connection needs while it is open

  Listener(Site& site, TlsIdentity* tls, std::size_t comfortable)
      : site_(site), tls_(tls), connections_(comfortable) {}

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path, const char* method,
                               const char* version, const char* body, std::size_t* body_size,
                               void** exchange);
  static void on_completed(void* self, MHD_Connection* connection, void** exchange,
                           MHD_RequestTerminationCode code);
  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code);

  MHD_Result respond(MHD_Connection* connection, Exchange& exchange);
  void* connection_opened(MHD_Connection* connection);

  Site& site_;
  TlsIdentity* tls_;
  ConnectionTable connections_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace purposewatch
