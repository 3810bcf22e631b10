// The operations of the load by which data may leave a process. Every way leads back to the load itself, so
// that no other program's work is measured.
#pragma once

enum way_out { kConnect, kSendto, kUnix, kPipe, kWayCount };

extern const char* const kWayNames[kWayCount];

struct ends {
  int near,
      far;  // a pipe's end to write to and to read from; of sockets, who sends, and who listens or receives
  struct sockaddr* address;  // of the far end
  unsigned address_length;
  const char* path;  // null: the far end has none
};

// What the way needs besides the operation itself. Returns null, or what failed (errno says why).
const char* open_ends(struct ends* ends, enum way_out way, const char* directory);
void close_ends(struct ends* ends);

// One operation: null, or what failed.
//   connect  over TCP, accepted, reset and closed at both ends: no TIME_WAIT, so the ports do not run out
//   sendto   a datagram over UDP by address, to a socket whose buffer is soon full: all but the first are
//   dropped there unix     a connection to a unix socket by its path, accepted and closed at both ends pipe
//   4 KiB written and read
const char* go(const struct ends* ends, enum way_out way);
