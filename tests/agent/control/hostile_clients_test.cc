// Clients that mean harm, or are broken: the loop goes on, the others are served, and what they can make the
// agent hold is bounded.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/agent/control/served_clients.h"

namespace purposewatch {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

TEST_F(Control, AThousandWhoSayNothingKeepNobodyOut) {
  std::vector<Descriptor> silent;
  for (int i = 0; i < 1000; ++i) {
    silent.push_back(connect_silently());
    if (i % 10 == 9) settle();
  }
  EXPECT_EQ(read_from(ask("status")).bytes, status_ + "\n");
  const std::ptrdiff_t with_servers = open_descriptors();
  server_.reset();
  EXPECT_LE(with_servers - open_descriptors(), 41) << "of the server: its socket, and forty clients";
}

TEST_F(Control, WhoHasAskedForNothingYetMakesRoomFirstAndWhoFollowsLast) {
  const Descriptor follower = ask("events");
  settle();
  const Descriptor half = connect_silently();
  send_to(half, "stat");
  settle();
  std::vector<Descriptor> silent;
  for (int i = 0; i < 38; ++i) {
    silent.push_back(connect_silently());
    settle();
  }
  send_to(half, "us\n");
  EXPECT_EQ(read_from(half).bytes, status_ + "\n") << "there was room for all";
  for (int i = 0; i < 100; ++i) {
    silent.push_back(connect_silently());
    settle();
  }
  EXPECT_TRUE(read_from(silent.front()).has_ended);
  EXPECT_FALSE(read_from(silent.back()).has_ended);
  publish(1);
  EXPECT_FALSE(read_from(follower).bytes.empty());
}

TEST_F(Control, WhoNeverReadsHoldsUpNobodyAndIsLeftWhenTooMuchWaits) {
  status_ = std::string(3'000'000, 's');
  std::vector<Descriptor> deaf;
  for (int i = 0; i < 30; ++i) {
    deaf.push_back(ask("status"));
    settle();
  }
  EXPECT_EQ(read_from(ask("status")).bytes.size(), status_.size() + 1);
  std::size_t whole = 0;
  for (const Descriptor& one : deaf) whole += read_from(one).bytes.size() == status_.size() + 1;
  EXPECT_GT(whole, 0U);
  EXPECT_LE(whole, 7U) << "what waited was at most 16 MiB, and what the sockets themselves hold";
}

TEST_F(Control, AFloodOfRequestsLeavesTheLoopToItsOtherWorkAfterEachOfThem) {
  std::vector<Descriptor> crowd;
  for (int i = 0; i < 16; ++i) crowd.push_back(connect_silently());
  settle();
  for (const Descriptor& one : crowd) send_to(one, "status\n");
  for (int round = 1; round <= 16; ++round) {
    loop_.run_once(milliseconds(0));
    EXPECT_EQ(asked_, round);
  }
  settle();
  for (const Descriptor& one : crowd) EXPECT_EQ(read_from(one).bytes, status_ + "\n");
}

TEST_F(Control, WhoseRequestIsThereIsAnsweredHoweverManyComeAfterIt) {
  std::vector<Descriptor> crowd;
  for (int i = 0; i < 16; ++i) crowd.push_back(connect_silently());
  const Descriptor patient = connect_silently();
  for (const Descriptor& one : crowd) send_to(one, "status\n");
  send_to(patient, "status\n");
  for (int round = 0; round < 200; ++round) {
    loop_.run_once(milliseconds(0));
    for (int i = 0; i < 15; ++i) {  // more than are answered in a round
      crowd.push_back(connect_at_once());
      if (crowd.back()) send_to(crowd.back(), "status\n");
    }
  }
  char answer[64];
  EXPECT_EQ(recv(patient.get(), answer, sizeof(answer), MSG_DONTWAIT),
            static_cast<ssize_t>(status_.size() + 1));
}

TEST_F(Control, AFloodOfConnectionsLeavesTheLoopToItsOtherWork) {
  std::vector<Descriptor> crowd;
  const std::ptrdiff_t before = open_descriptors();
  for (int i = 0; i < 17; ++i) crowd.push_back(connect_silently());  // as many as wait to be welcomed
  loop_.run_once(milliseconds(0));
  EXPECT_EQ(open_descriptors() - before, 17 + 16);
  settle();
  EXPECT_EQ(open_descriptors() - before, 17 + 17);
}

TEST_F(Control, WhenThereIsNoDescriptorLeftTheLoopRestsAllTheSame) {
  const Descriptor follower = ask("events");
  settle();
  const Descriptor unlucky(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 200;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<Descriptor> all;
  do all.emplace_back(dup(STDIN_FILENO));
  while (all.back());
  const bool is_connected = connect_by(unlucky);
  int rounds = 0;
  while (loop_.run_once(milliseconds(0)) && rounds < 100) ++rounds;
  all.clear();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(is_connected);
  EXPECT_LT(rounds, 5);
  EXPECT_TRUE(read_from(unlucky).has_ended);
  publish(1);
  EXPECT_FALSE(read_from(follower).bytes.empty());
  EXPECT_EQ(read_from(ask("status")).bytes, status_ + "\n");
}

TEST_F(Control, WhatIsSaidAfterTheRequestWakesNobody) {
  const Descriptor follower = ask("events");
  settle();
  while (send(follower.get(), "more\n", 5, MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
  }
  EXPECT_EQ(errno, EAGAIN) << "it has filled its own socket";
  EXPECT_FALSE(loop_.run_once(milliseconds(0)));
  publish(1);
  EXPECT_FALSE(read_from(follower).bytes.empty());
}

TEST_F(Control, AFollowerThatLeavesIsForgottenWhateverItHasSaid) {
  const std::ptrdiff_t before = open_descriptors();
  {
    const Descriptor follower = ask("events");
    settle();
    send_to(follower, "more\n");
  }
  settle();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Control, WhoAsksAndLeavesAtOnceHasAsked) {
  for (int i = 0; i < 3; ++i) (void)ask("status");
  {
    const Descriptor long_winded = connect_silently();
    send_to(long_winded, "status " + std::string(100'000, 'x') + "\n");
  }
  settle();
  EXPECT_EQ(asked_, 4);
}

TEST_F(Control, BytesThatAreNoRequestGetOneLineOfJson) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  for (int turn = 0; turn < 256; ++turn) {
    const Descriptor client = connect_silently();
    send_to(client, bytes);
    const Answer answer = read_from(client);
    EXPECT_TRUE(answer.has_ended);
    EXPECT_EQ(std::count(answer.bytes.begin(), answer.bytes.end(), '\n'), 1);
    EXPECT_TRUE(json::parse(answer.bytes).contains("errors"));
    std::rotate(bytes.begin(), bytes.begin() + 1, bytes.end());
  }
}

TEST_F(Control, ALineWithoutAnEndIsLeftAndWhatItTookIsFree) {
  for (int i = 0; i < 100; ++i) {
    const Descriptor endless = connect_silently();
    for (int part = 0; part < 30; ++part) {
      send_to(endless, std::string(10'000, 'x'));
      settle();
    }
    EXPECT_TRUE(read_from(endless).has_ended);
  }
  EXPECT_EQ(read_from(ask("status")).bytes, status_ + "\n");
}

}  // namespace
}  // namespace purposewatch
