#include "exporters/http/connection_table.h"

#include <sys/socket.h>

namespace purposewatch {

ConnectionTable::Place ConnectionTable::opened(int fd) {
  const std::lock_guard lock{mutex_};
  const Place place = connections_.insert(connections_.end(), Connection{fd});
  if (oldest_served_ == connections_.end()) oldest_served_ = place;
  if (++served_ > comfortable_) {
    shutdown(oldest_served_->fd, SHUT_RDWR);
    oldest_served_->is_shut_down = true;
    ++oldest_served_;
    --served_;
  }
  return place;
}

void ConnectionTable::closed(Place place) {
  const std::lock_guard lock{mutex_};
  if (place == oldest_served_) ++oldest_served_;
  if (!place->is_shut_down) --served_;
  connections_.erase(place);
}

}  // namespace purposewatch
