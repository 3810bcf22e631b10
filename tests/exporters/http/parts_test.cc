// The parts of the server that need no network: addresses, passwords, the slow lane, the table of
// connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <list>

#include "exporters/http/connection_table.h"
#include "exporters/http/listen_socket.h"
#include "exporters/http/password_check.h"
#include "exporters/http/slow_lane.h"
#include "tests/exporters/http/known_password.h"

namespace purposewatch {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ListenAddress, IsWrittenAsPrometheusUsersDo) {
  const auto parsed = [](const char* address) {
    const auto result = parse_listen_address(address);
    return result ? result->host + "|" + result->port : "error";
  };
  EXPECT_EQ(parsed("127.0.0.1:9807"), "127.0.0.1|9807");
  EXPECT_EQ(parsed("[::1]:9807"), "::1|9807");
  EXPECT_EQ(parsed(":9807"), "|9807");
  EXPECT_EQ(parsed("localhost:0"), "localhost|0");
  for (const char* wrong : {"", "9807", "127.0.0.1", "::1:9807", "[::1:9807", "::1]:9807", "[]:1",
                            "a:", "a:b", "a:65536", "a:-1", "a:999999", "a: 1"})
    EXPECT_EQ(parsed(wrong), "error") << wrong;
}

TEST(ListenSocket, TellsThePortItGotAndWhyItGotNone) {
  const auto first = listen_on("127.0.0.1:0");
  ASSERT_TRUE(first.has_value());
  EXPECT_THAT(first->address, StartsWith("127.0.0.1:"));
  EXPECT_THAT(first->address, Not(EndsWith(":0")));
  const auto second = listen_on(first->address);
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message, AllOf(HasSubstr(first->address), HasSubstr("in use")));
  close(first->fd);
  EXPECT_FALSE(listen_on("192.0.2.1:0").has_value()) << "no address of this host";
}

PasswordCheck bob_only() {
  return PasswordCheck{{{"bob", kHashOfHunter2}}};
}

TEST(PasswordCheck, KnowsTheRightPasswordAndRemembersItOnlyForThatUser) {
  PasswordCheck check = bob_only();
  EXPECT_TRUE(check.is_required());
  EXPECT_FALSE(check.was_verified({"bob", "hunter2"}));
  EXPECT_FALSE(check.verify({"bob", "hunter3"}));
  EXPECT_FALSE(check.verify({"eve", "hunter2"})) << "an unknown user with a known user's password";
  EXPECT_FALSE(check.verify({"", ""}));
  EXPECT_TRUE(check.verify({"bob", "hunter2"}));
  EXPECT_TRUE(check.was_verified({"bob", "hunter2"}));
  EXPECT_FALSE(check.was_verified({"bob", "hunter3"}));
  EXPECT_FALSE(check.was_verified({"bobh", "unter2"}));
  EXPECT_FALSE(PasswordCheck{{}}.is_required());
}

TEST(SlowLane, DoesWhatWaitsBeforeItEndsAndTakesNoMoreThanItCanHold) {
  std::promise<void> release;
  std::atomic<int> done = 0;
  SlowLane lane;
  std::promise<void> started;
  EXPECT_TRUE(lane.submit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  for (std::size_t i = 0; i < SlowLane::kWaitingMax; ++i) EXPECT_TRUE(lane.submit([&] { ++done; }));
  EXPECT_FALSE(lane.submit([&] { ++done; })) << "full";
  release.set_value();
  lane.finish();
  EXPECT_EQ(done, static_cast<int>(SlowLane::kWaitingMax));
  EXPECT_FALSE(lane.submit([&] { ++done; })) << "finished";
}

bool was_shut_down(int peer) {
  pollfd readable{peer, POLLIN, 0};
  char byte = 0;
  return poll(&readable, 1, 0) == 1 && recv(peer, &byte, 1, 0) == 0;
}

TEST(ConnectionTable, ShutsTheOldestDownWhenThereAreTooMany) {
  ConnectionTable table{2};
  std::list<std::array<int, 2>> pairs(5);
  std::vector<ConnectionTable::Place> places;
  for (auto& pair : pairs) ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  std::vector<int> peers;
  auto open_next = [&, pair = pairs.begin()]() mutable {
    places.push_back(table.opened((*pair)[0]));
    peers.push_back((*pair)[1]);
    ++pair;
  };
  open_next();
  open_next();
  EXPECT_FALSE(was_shut_down(peers[0]));
  open_next();
  EXPECT_TRUE(was_shut_down(peers[0]));
  EXPECT_FALSE(was_shut_down(peers[1]));
  table.closed(places[0]);
  table.closed(places[1]);
  open_next();
  EXPECT_FALSE(was_shut_down(peers[2])) << "one has gone by itself: there is room";
  open_next();
  EXPECT_TRUE(was_shut_down(peers[2]));
  for (const std::size_t left : {4U, 2U, 3U}) table.closed(places[left]);
  for (auto& pair : pairs)
    for (const int fd : pair) close(fd);
}

}  // namespace
}  // namespace purposewatch
