// The open connections of a server, oldest first: a crowd of stalled ones never keeps a new one out.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>

namespace purposewatch {

class ConnectionTable {
 public:
  explicit ConnectionTable(std::size_t comfortable) : comfortable_(comfortable) {}

  struct Connection {
    int fd = -1;
    bool is_shut_down = false;  // told to go, not gone yet
  };
  using Place = std::list<Connection>::iterator;

  // A connection has opened. When there are more than is comfortable, the oldest is shut down: its owner sees
  // the end of the stream and closes it.
  Place opened(int fd);
  // Must come before `fd` is closed: its number may be another's right after.
  void closed(Place place);

 private:
  const std::size_t comfortable_;
  std::mutex mutex_;
  std::list<Connection> connections_;  // by age
  Place oldest_served_ = connections_.end();
  std::size_t served_ = 0;  // not shut down
};

}  // namespace purposewatch
