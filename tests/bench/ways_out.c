#include "ways_out.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { kBacklog = 16, kDatagramBytes = 64, kPipeBytes = 4096 };

const char* const kWayNames[kWayCount] = {"connect", "sendto", "unix", "pipe"};

// A port that is free, on the host's own address.
static const char* bind_port(struct ends* ends, int type) {
  static struct sockaddr_in address;
  address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  ends->address = (struct sockaddr*)&address;
  ends->address_length = sizeof address;
  ends->far = socket(AF_INET, type, 0);
  if (ends->far < 0 || bind(ends->far, ends->address, sizeof address) < 0) return "binding a port";
  return getsockname(ends->far, ends->address, &ends->address_length) < 0 ? "the port" : NULL;
}

static const char* listen_on_port(struct ends* ends) {
  const char* failed = bind_port(ends, SOCK_STREAM);
  if (failed) return failed;
  // What is accepted inherits this: closing it resets the connection.
  struct linger none = {.l_onoff = 1};
  if (setsockopt(ends->far, SOL_SOCKET, SO_LINGER, &none, sizeof none) < 0) return "SO_LINGER";
  return listen(ends->far, kBacklog) < 0 ? "listening on a port" : NULL;
}

static const char* receive_on_port(struct ends* ends) {
  const char* failed = bind_port(ends, SOCK_DGRAM);
  if (failed) return failed;
  int least = 0;  // the kernel makes it what it must be
  if (setsockopt(ends->far, SOL_SOCKET, SO_RCVBUF, &least, sizeof least) < 0) return "SO_RCVBUF";
  return (ends->near = socket(AF_INET, SOCK_DGRAM, 0)) < 0 ? "a socket" : NULL;
}

static const char* listen_on_path(struct ends* ends, const char* directory) {
  static struct sockaddr_un address = {.sun_family = AF_UNIX};
  int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/way-out", directory);
  if (length >= (int)sizeof address.sun_path) return "too long a path for a socket";
  ends->address = (struct sockaddr*)&address;
  ends->address_length = sizeof address;
  unlink(address.sun_path);
  ends->far = socket(AF_UNIX, SOCK_STREAM, 0);
  if (ends->far < 0 || bind(ends->far, ends->address, sizeof address) < 0) return address.sun_path;
  ends->path = address.sun_path;
  return listen(ends->far, kBacklog) < 0 ? "listening on a path" : NULL;
}

static const char* make_pipe(struct ends* ends) {
  int pair[2];
  if (pipe(pair) < 0) return "a pipe";
  ends->far = pair[0];
  ends->near = pair[1];
  return NULL;
}

const char* open_ends(struct ends* ends, enum way_out way, const char* directory) {
  *ends = (struct ends){.near = -1, .far = -1};
  switch (way) {
    case kConnect:
      return listen_on_port(ends);
    case kSendto:
      return receive_on_port(ends);
    case kUnix:
      return listen_on_path(ends, directory);
    case kPipe:
      return make_pipe(ends);
    case kWayCount:
      break;
  }
  return "no such way";
}

void close_ends(struct ends* ends) {
  if (ends->near >= 0) close(ends->near);
  if (ends->far >= 0) close(ends->far);
  if (ends->path) unlink(ends->path);
}

// The accepted end is closed first.
static const char* connect_to_own(const struct ends* ends, int family) {
  int near = socket(family, SOCK_STREAM, 0);
  if (near < 0 || connect(near, ends->address, ends->address_length) < 0) return "connecting";
  int accepted = accept(ends->far, NULL, NULL);
  if (accepted < 0) return "accepting";
  close(accepted);
  close(near);
  return NULL;
}

static const char* send_datagram(const struct ends* ends) {
  static const char bytes[kDatagramBytes];
  return sendto(ends->near, bytes, sizeof bytes, 0, ends->address, ends->address_length) < 0 ? "sending"
                                                                                             : NULL;
}

static const char* pass_through(const struct ends* ends) {
  static char bytes[kPipeBytes];
  if (write(ends->near, bytes, sizeof bytes) != (ssize_t)sizeof bytes) return "writing to the pipe";
  return read(ends->far, bytes, sizeof bytes) != (ssize_t)sizeof bytes ? "reading from the pipe" : NULL;
}

const char* go(const struct ends* ends, enum way_out way) {
  switch (way) {
    case kConnect:
      return connect_to_own(ends, AF_INET);
    case kSendto:
      return send_datagram(ends);
    case kUnix:
      return connect_to_own(ends, AF_UNIX);
    case kPipe:
      return pass_through(ends);
    case kWayCount:
      break;
  }
  return "no such way";
}
