#include "agent/control/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/agent/control/served_clients.h"

namespace purposewatch {
namespace {

using nlohmann::json;

TEST_F(Control, AnswersByTheFirstWordAndKnowsWhoAsks) {
  EXPECT_EQ(read_from(ask("echo a  b ")).bytes, person_ + " said 'a  b '\n");
  EXPECT_EQ(read_from(ask("echo")).bytes, person_ + " said ''\n");
  EXPECT_EQ(json::parse(read_from(ask("echoes a")).bytes)["errors"][0], "no such request");
}

TEST_F(Control, IsForItsOwnUserAlone) {
  struct stat status {};
  ASSERT_EQ(stat(control_socket_path(dir_.path()).c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(Control, AnswersStatusAndEnds) {
  const Descriptor client = ask("status");
  const Answer answer = read_from(client);
  EXPECT_EQ(answer.bytes, status_ + "\n");
  EXPECT_TRUE(answer.has_ended);
}

TEST_F(Control, AnswersStatusThatIsLargerThanTheSocketHolds) {
  status_ = std::string(5'000'000, 's');
  const Descriptor client = ask("status");
  const Answer answer = read_from(client);
  EXPECT_EQ(answer.bytes.size(), status_.size() + 1);
  EXPECT_TRUE(answer.has_ended);
}

TEST_F(Control, TakesARequestByteByByte) {
  const Descriptor slow = connect_silently();
  for (const char byte : std::string("status\n")) {
    EXPECT_EQ(read_from(slow).bytes, "");
    send_to(slow, std::string(1, byte));
  }
  EXPECT_EQ(read_from(slow).bytes, status_ + "\n");
}

TEST_F(Control, StreamsEachFindingAsOneLineOfJson) {
  const Descriptor client = ask("events");
  settle();
  publish(2, with_path(flagged_read(), "/home/bob/\n\xff\x1b[2J"));
  const Answer answer = read_from(client);
  EXPECT_FALSE(answer.has_ended);
  std::istringstream lines(answer.bytes);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_EQ(json::parse(line)["purposewatch"]["store"], "client-mail");
  EXPECT_EQ(count, 2);
}

TEST_F(Control, SendsNothingOfThePastToANewFollower) {
  publish(3);
  const Descriptor client = ask("events");
  EXPECT_EQ(read_from(client).bytes, "");
}

TEST_F(Control, BoundsWhatItHoldsForASlowReaderAndTellsItWhatItMissed) {
  const Descriptor slow = ask("events"), quick = ask("events");
  settle();
  constexpr int kFlood = 5000;
  int quick_lines = 0;
  for (int i = 0; i < kFlood / 100; ++i) {
    publish(100);
    const std::string bytes = read_from(quick).bytes;
    quick_lines += static_cast<int>(std::count(bytes.begin(), bytes.end(), '\n'));
  }
  EXPECT_EQ(quick_lines, kFlood) << "a slow reader delays nobody else";
  std::string bytes = read_from(slow).bytes;
  EXPECT_LT(bytes.size(), 2U << 20);
  publish(1);
  bytes += read_from(slow).bytes;
  std::istringstream lines(bytes);
  std::uint64_t received = 0, skipped = 0;
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line)["purposewatch"];
    if (event.contains("skipped"))
      skipped += event["skipped"].get<std::uint64_t>();
    else
      ++received;
  }
  EXPECT_GT(skipped, 0U);
  EXPECT_EQ(received + skipped, kFlood + 1U);
}

TEST_F(Control, SaysThatItKnowsNoSuchRequest) {
  for (const char* unknown : {"", "STATUS", " status", "events now", "\xff\xfe", "{\"a\":1}"}) {
    const Descriptor client = ask(unknown);
    const Answer answer = read_from(client);
    EXPECT_TRUE(answer.has_ended) << unknown;
    EXPECT_TRUE(json::parse(answer.bytes).contains("errors")) << unknown;
  }
}

TEST_F(Control, LeavesAClientWhoseRequestHasNoEnd) {
  const Descriptor endless = connect_silently();
  for (int i = 0; i < 30; ++i) {
    send_to(endless, std::string(10'000, 'x'));
    settle();
  }
  EXPECT_TRUE(read_from(endless).has_ended);
}

TEST_F(Control, IgnoresWhatAFollowerSays) {
  const Descriptor client = ask("events");
  settle();
  for (int i = 0; i < 100; ++i) {
    send_to(client, std::string(10'000, '\n'));
    settle();
  }
  publish(1);
  const Answer answer = read_from(client);
  EXPECT_FALSE(answer.has_ended);
  EXPECT_EQ(std::count(answer.bytes.begin(), answer.bytes.end(), '\n'), 1);
}

TEST_F(Control, LetsThirtyTwoFollowAndAnswersOthersBesides) {
  std::vector<Descriptor> clients;
  for (int i = 0; i < 32; ++i) {
    clients.push_back(ask("events"));
    settle();
  }
  const Answer refused = read_from(ask("events"));
  EXPECT_TRUE(refused.has_ended);
  EXPECT_EQ(json::parse(refused.bytes)["errors"][0], "32 follow the events already");
  EXPECT_EQ(read_from(ask("status")).bytes, status_ + "\n");
  publish(1);
  for (const Descriptor& client : clients) EXPECT_FALSE(read_from(client).bytes.empty());
  clients.pop_back();
  settle();
  clients.push_back(ask("events"));
  settle();
  publish(1);
  EXPECT_FALSE(read_from(clients.back()).bytes.empty());
}

TEST_F(Control, ForgetsFollowersThatHaveLeft) {
  for (int i = 0; i < 100; ++i) {
    const Descriptor client = ask("events");
    settle();
    publish(i % 3);
  }
  settle();
  publish(1);
  EXPECT_EQ(read_from(ask("status")).bytes, status_ + "\n");
}

TEST_F(Control, ReplacesTheSocketOfAnAgentThatWasKilledAndRemovesItsOwn) {
  const std::string path = control_socket_path(dir_.path());
  server_.reset();
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  dir_.write("control.sock", "left behind");
  open();
  EXPECT_EQ(read_from(ask("status")).bytes, status_ + "\n");
}

TEST_F(Control, ThatIsGoneIsSaidInWords) {
  server_.reset();
  const auto nobody = ask_agent(dir_.path(), "status");
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().message.find("no agent is running there"), std::string::npos);
}

TEST_F(Control, RefusesAPathThatIsTooLongForASocket) {
  const std::string deep = dir_.path() + "/" + std::string(120, 'd');
  const auto server = ControlServer::open(deep, loop_, {});
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().message.find("longer than a socket's path may be"), std::string::npos);
  EXPECT_FALSE(ask_agent(deep, "status"));
}

}  // namespace
}  // namespace purposewatch
