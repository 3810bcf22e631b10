// Ways out of processes that carry clients' data, which lead to others of the host, and to people.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "agent/kernel/io_uring.h"
#include "rules/base/descriptor.h"
#include "tests/kernel/connect_verbs.h"
#include "tests/kernel/disclosing.h"

namespace purposewatch::testing {
namespace {

using LocalDisclosures = DisclosuresInTheKernel;

TEST_F(LocalDisclosures, ByTcpAreJudgedByWhoServesThePort) {
  watch(policy());
  const Listener strangers("127.0.0.1:8025");
  ASSERT_TRUE(strangers.is_open());
  act(imap_, {"read", mail_, "connect", "127.0.0.1:8025"});
  const Finding told = disclosure();
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(told.access.disclosure->kind, DisclosureKind::kLocal);
  ASSERT_TRUE(told.access.disclosure->peer) << "the test itself";
  EXPECT_EQ(told.access.disclosure->peer->pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);

  // A service with a permit of its own.
  const auto server = start(relay_, {"stay-listening", "127.0.0.1:8026", "create", path("listens"), "wait"});
  await_file(path("listens"));
  act(imap_, {"read", mail_, "connect", "127.0.0.1:8026"});
  const Finding handed_on = disclosure();
  EXPECT_EQ(handed_on.verdict.outcome, Outcome::kPermitted);
  server->go_on();
  EXPECT_EQ(server->finish(), 0);
}

TEST_F(LocalDisclosures, ByUnixSocketsAreJudgedByWhoServesThem) {
  watch(policy());
  const std::string socket = path("strangers.sock");
  const Listener strangers(socket);
  ASSERT_TRUE(strangers.is_open());
  act(imap_, {"read", mail_, "connect", socket});
  const Finding told = disclosure();
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(told.access.disclosure->kind, DisclosureKind::kLocal);
  EXPECT_EQ(told.access.disclosure->protocol, "unix");
  EXPECT_EQ(told.access.disclosure->path, socket);
  ASSERT_TRUE(told.access.disclosure->peer) << "the test itself";
  EXPECT_EQ(told.access.disclosure->peer->pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);

  const std::string services = path("services.sock");
  const auto server = start(relay_, {"stay-listening", services, "mkdir", path("listens"), "wait"});
  await_file(path("listens"));
  act(imap_, {"read", mail_, "connect", services});
  EXPECT_EQ(disclosure().verdict.outcome, Outcome::kPermitted);
  server->go_on();
  EXPECT_EQ(server->finish(), 0);
}

TEST_F(LocalDisclosures, ByUnixSocketsOfEveryKindAreToldOnce) {
  watch(policy());
  std::vector<Words> ways = {{"connect", "stream"},
                             {"connect-packets", "packets"},
                             {"connect-and-send", "datagrams", "3"},
                             {"send", "datagrams", "3"}};
  if (IoUring::is_allowed()) ways.push_back({"connect-ring", "stream"});
  const Listener stream(path("stream")), packets(path("packets"), SOCK_SEQPACKET),
      datagrams(path("datagrams"), SOCK_DGRAM);
  ASSERT_TRUE(stream.is_open() && packets.is_open() && datagrams.is_open());
  for (Words way : ways) {
    SCOPED_TRACE(way[0]);
    way[1] = path(way[1]);
    act(imap_, Words{"read", mail_} + way);
    const Finding told = disclosure();
    ASSERT_TRUE(told.access.disclosure);
    EXPECT_EQ(told.access.disclosure->path, way[1]);
    EXPECT_FALSE(told.access.disclosure->is_answer);
  }
}

TEST_F(LocalDisclosures, ByWhereThePermitSaysMayGo) {
  const std::string socket = path("log");
  watch(policy("disclosure: {egress: [\"unix:" + socket + "\"]}\n"));
  const Listener log(socket, SOCK_DGRAM);
  ASSERT_TRUE(log.is_open());
  act(imap_, {"read", mail_, "send", socket, "1"});
  EXPECT_EQ(disclosure().verdict.outcome, Outcome::kPermitted);
}

TEST_F(LocalDisclosures, OverUnixSocketsFromBeforeAnythingWasReadAreSeen) {
  watch(policy());
  const std::string socket = path("sock");
  const Listener listener(socket);
  ASSERT_TRUE(listener.is_open());
  act(imap_, {"stay-connected", socket, "read", mail_, "read", mail_});
  const Finding connected = disclosure();
  ASSERT_TRUE(connected.access.disclosure);
  EXPECT_EQ(connected.access.disclosure->path, socket);
  EXPECT_FALSE(connected.access.disclosure->is_answer);
  act({"stay-listening", path("own"), "read", mail_});
  const Finding listens = disclosure();
  ASSERT_TRUE(listens.access.disclosure);
  EXPECT_EQ(listens.access.disclosure->path, path("own"));
  EXPECT_TRUE(listens.access.disclosure->is_answer);
}

TEST_F(LocalDisclosures, ByUnixSocketsAreNoneOfWhoHasReadNothing) {
  watch(policy());
  const Listener listener(path("sock"));
  ASSERT_TRUE(listener.is_open());
  act(imap_, {"connect", path("sock")});
  act({"connect", path("sock")});
  EXPECT_EQ(seen(), 0U);
}

// The end of a pseudo terminal that a person's session has.
class Terminal {
 public:
  Terminal() : owner_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (owner_ && grantpt(owner_.get()) == 0 && unlockpt(owner_.get()) == 0) path_ = ptsname(owner_.get());
  }
  const std::string& path() const { return path_; }

 private:
  Descriptor owner_;
  std::string path_;
};

TEST_F(LocalDisclosures, OnTerminalsAreToldOfStoresThatAskForIt) {
  const Terminal terminal;
  ASSERT_FALSE(terminal.path().empty());
  // The test's own output may be one, too.
  const auto told_of_it = [&] {
    std::vector<Finding> found;
    for (const Finding& finding : disclosures())
      if (finding.access.disclosure->path == terminal.path()) found.push_back(finding);
    return found;
  };
  const Words opens = {"read", mail_, "hold-writing", terminal.path()};
  watch(policy());
  act(imap_, opens);
  EXPECT_TRUE(disclosures().empty());
  std::string asks = policy();
  asks.insert(asks.find("    class: [communications]"), "    display: true\n");
  ASSERT_TRUE(reload(asks));
  act(imap_, opens);
  const std::vector<Finding> told = told_of_it();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].access.disclosure->kind, DisclosureKind::kDisplay);
  EXPECT_EQ(told[0].verdict.outcome, Outcome::kPermitted);
  act(imap_, opens);
  EXPECT_TRUE(told_of_it().empty()) << "what is permitted is told once";
  for (const Words& strangers : {opens, Words{"hold-writing", terminal.path(), "read", mail_}}) {
    act(strangers);
    const std::vector<Finding> flagged = told_of_it();
    ASSERT_EQ(flagged.size(), 1U);
    EXPECT_EQ(flagged[0].verdict.reason, Reason::kNoEgress);
  }
}

}  // namespace
}  // namespace purposewatch::testing
