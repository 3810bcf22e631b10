// Ways out over IP of processes that carry clients' data. The actors go into networks of their own, where all
// of 192.0.2.0/24 is at home and nobody answers: so nothing leaves, and asking is what counts.
#include <sys/socket.h>
#include <unistd.h>

#include <ctime>
#include <set>
#include <tuple>

#include "agent/kernel/clock.h"
#include "agent/kernel/io_uring.h"
#include "rules/base/descriptor.h"
#include "tests/kernel/connect_verbs.h"
#include "tests/kernel/disclosing.h"

namespace purposewatch::testing {
namespace {

TEST_F(DisclosuresInTheKernel, OfWhatWasReadAreToldWithWhereAndHow) {
  watch(policy());
  act(imap_, Words{"read", mail_} + kAsk);
  const Finding told = disclosure();
  EXPECT_EQ(told.verdict.outcome, Outcome::kFlagged);
  EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);
  EXPECT_EQ(told.verdict.store, "mail");
  EXPECT_EQ(told.verdict.service, "imap");
  EXPECT_EQ(told.subject->executable, imap_);
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(*told.access.disclosure, (Disclosure{.kind = DisclosureKind::kNetwork,
                                                 .carried = Carried::kRead,
                                                 .protocol = "tcp",
                                                 .address = "192.0.2.50",
                                                 .port = 443,
                                                 .path = {},
                                                 .is_answer = false,
                                                 .was_told = false,
                                                 .peer = nullptr}));
}

TEST_F(DisclosuresInTheKernel, OfStrangersAreToldBesidesTheirReading) {
  watch(policy());
  act(Words{"read", mail_} + kAsk);
  std::vector<Reason> reasons;
  for (const Finding& finding : findings()) {
    reasons.push_back(finding.verdict.reason);
    EXPECT_EQ(finding.verdict.client, "alice");
  }
  EXPECT_EQ(reasons, (std::vector{Reason::kUnknownService, Reason::kNoEgress}));
  act(Words{"read", mail_, "read", make_file("vmail/example.org/bob/1")} + kAsk);
  for (const Finding& finding : findings())
    if (finding.access.disclosure) {
      EXPECT_EQ(finding.verdict.client, "") << "two clients'";
    }
}

// Whoever owns a file is a client, who may do anything with what is his own.
TEST_F(DisclosuresInTheKernel, OfAnothersDataAreNoClientsOwn) {
  std::string text = policy();
  const std::string own = "service: client-self, store: mail, access: [read], purpose: requested-service";
  text.insert(text.find(own) + own.size(), ", egress: \"*:*\"");
  watch(text);
  std::filesystem::permissions(mail_, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  act(kElsewhere + Words{"uid", "65534", "read", mail_, "refused", "192.0.2.50:443"});
  EXPECT_EQ(disclosure().verdict.reason, Reason::kNoEgress);
  ASSERT_EQ(chown(mail_.c_str(), 65534, 65534), 0);
  act(kElsewhere + Words{"uid", "65534", "read", mail_, "refused", "192.0.2.50:443"});
  EXPECT_EQ(disclosure().verdict.outcome, Outcome::kPermitted);
}

TEST_F(DisclosuresInTheKernel, AreNoneWhereNothingWasRead) {
  watch(policy());
  act(relay_, kAsk);
  act(kAsk + Words{"send", "192.0.2.50:53", "1"});
  act({"write", mail_, "own-network", "take-address", "192.0.2.9", "refused", "192.0.2.50:443"});
  EXPECT_TRUE(disclosures().empty()) << "to have written is not to have read";
  act(kAsk);
  EXPECT_EQ(seen(), 1U) << "the write alone";
}

TEST_F(DisclosuresInTheKernel, ToWhereThePermitSaysAreToldOnceAndCounted) {
  watch(policy());
  const std::uint64_t before = permitted_ways();
  act(relay_, Words{"read", mail_} + kAsk + Words{"refused", "192.0.2.50:443"});
  const Finding told = disclosure();
  EXPECT_EQ(told.verdict.outcome, Outcome::kPermitted);
  EXPECT_EQ(told.verdict.service, "relay");
  act(relay_, Words{"read", mail_} + kAsk);
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted_ways() - before, 3U);
  act(relay_, Words{"read", mail_} + kElsewhere + Words{"refused", "192.0.2.50:444"});
  EXPECT_EQ(disclosure().verdict.reason, Reason::kNoEgress);
}

TEST_F(DisclosuresInTheKernel, AreThoseOfAllThreadsChildrenAndWhatTheyRun) {
  watch(policy());
  const std::vector<std::tuple<const char*, Words, Carried>> ways = {
      {"a thread has read it", {"thread-read", mail_}, Carried::kRead},
      {"a child, which has the memory", {"read", mail_, "fork"}, Carried::kRead},
      {"a grandchild", {"read", mail_, "fork", "fork"}, Carried::kRead},
      {"another program in the process", {"read", mail_, "become", actor()}, Carried::kInherited},
      {"a program that it starts", {"read", mail_, "run", actor()}, Carried::kInherited},
      {"the same, twice", {"read", mail_, "run", actor(), "become", actor()}, Carried::kInherited}};
  for (const auto& [what, words, carried] : ways) {
    SCOPED_TRACE(what);
    act(imap_, words + kAsk);
    const Finding told = disclosure();
    ASSERT_TRUE(told.access.disclosure);
    EXPECT_EQ(told.access.disclosure->carried, carried);
    EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);
  }
}

TEST_F(DisclosuresInTheKernel, AreKeptWhenAThreadThatDoesNotLeadStartsAProgram) {
  watch(policy());
  act(imap_, Words{"read", mail_, "thread-become", actor()} + kAsk);
  const Finding told = disclosure();
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(told.access.disclosure->carried, Carried::kInherited);
}

TEST_F(DisclosuresInTheKernel, ByEveryCallAreSeen) {
  watch(policy());
  Words verbs = {"refused"};
  if (IoUring::is_allowed()) verbs.insert(verbs.end(), {"connect-ring", "connect-ring-async"});
  for (const std::string& verb : verbs) {
    SCOPED_TRACE(verb);
    const std::string target = verb == "refused" ? "192.0.2.50:443" : "192.0.2.9:443";
    const Words asks = verb == "refused" ? Words{verb, target} : Words{"serve", target, verb};
    act(imap_, Words{"read", mail_} + kElsewhere + asks);
    std::set<std::string> addresses;
    for (const Finding& told : disclosures())
      if (!told.access.disclosure->is_answer) addresses.insert(told.access.disclosure->address);
    EXPECT_EQ(addresses.size(), 1U);
  }
}

TEST_F(DisclosuresInTheKernel, ByDatagramsAreToldOnceForEachSocketAndAddress) {
  watch(policy());
  if (!agent().sensor().sees_datagrams()) GTEST_SKIP() << "not seen: datagrams";
  // Over a connection, the second one would be told that nobody listens.
  for (const auto& [verb, count] : {std::pair{"send", "20"}, std::pair{"connect-and-send", "1"}}) {
    SCOPED_TRACE(verb);
    act(imap_, Words{"read", mail_} + kElsewhere + Words{verb, "192.0.2.50:53", count});
    const Finding told = disclosure();
    ASSERT_TRUE(told.access.disclosure);
    EXPECT_EQ(told.access.disclosure->protocol, "udp");
    EXPECT_EQ(told.access.disclosure->address, "192.0.2.50");
    EXPECT_EQ(told.access.disclosure->port, 53);
    EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);
  }
  act(relay_, Words{"read", mail_} + kElsewhere + Words{"send", "192.0.2.50:53", "2"});
  EXPECT_EQ(disclosure().verdict.outcome, Outcome::kPermitted);
}

TEST_F(DisclosuresInTheKernel, ByVsockAreToldWithTheMachine) {
  const Descriptor any(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!any) GTEST_SKIP() << "this kernel has no vsock";
  watch(policy());
  if (!agent().sensor().sees_vsock()) GTEST_SKIP() << "not seen: vsock";
  act(imap_, {"read", mail_, "ask-vsock", "2", "70000"});
  const Finding told = disclosure();
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(told.access.disclosure->kind, DisclosureKind::kNetwork);
  EXPECT_EQ(told.access.disclosure->protocol, "vsock");
  EXPECT_EQ(told.access.disclosure->address, "2") << "whatever this machine runs on";
  EXPECT_EQ(told.access.disclosure->port, 70000U);
  EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);
  act(relay_, {"ask-vsock", "2", "70000"});
  EXPECT_TRUE(disclosures().empty());
}

TEST_F(DisclosuresInTheKernel, ByIPv6AreSeenToo) {
  watch(policy());
  const Words here = {"read", mail_, "own-network", "refused", "[::1]:443"};
  act(imap_, agent().sensor().sees_datagrams() ? here + Words{"connect-and-send", "[::1]:53", "1"} : here);
  std::set<std::tuple<std::string, std::string, std::uint16_t>> ways;
  for (const Finding& told : disclosures())
    ways.insert(
        {told.access.disclosure->protocol, told.access.disclosure->address, told.access.disclosure->port});
  EXPECT_TRUE(ways.contains({"tcp", "::1", 443}));
  EXPECT_EQ(ways.contains({"udp", "::1", 53}), agent().sensor().sees_datagrams());
}

TEST_F(DisclosuresInTheKernel, ToWhoeverConnectsAreTheServicesAndNoStrangers) {
  watch(policy());
  const Words serve = kElsewhere + Words{"serve", "192.0.2.9:8080", "connect"};
  act(Words{"read", mail_} + serve);
  bool waits = false;
  for (const Finding& told : disclosures())
    if (told.access.disclosure->is_answer) {
      waits = true;
      EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);
      EXPECT_EQ(told.access.disclosure->port, 8080);
    }
  EXPECT_TRUE(waits);
  act(imap_, Words{"read", mail_} + serve);
  for (const Finding& told : disclosures())
    if (told.access.disclosure->is_answer) {
      EXPECT_EQ(told.verdict.outcome, Outcome::kPermitted);
    }
}

TEST_F(DisclosuresInTheKernel, OverWhatWasOpenBeforeAnythingWasReadAreSeen) {
  watch(policy());
  const Listener listener("127.0.0.1:8027");
  ASSERT_TRUE(listener.is_open());
  act(imap_, {"stay-connected", "127.0.0.1:8027", "read", mail_, "read", mail_});
  const Finding connected = disclosure();
  ASSERT_TRUE(connected.access.disclosure);
  EXPECT_EQ(connected.access.disclosure->port, 8027);
  EXPECT_FALSE(connected.access.disclosure->is_answer);
  act({"stay-listening", "127.0.0.1:8028", "read", mail_});
  const Finding listens = disclosure();
  ASSERT_TRUE(listens.access.disclosure);
  EXPECT_EQ(listens.access.disclosure->port, 8028);
  EXPECT_TRUE(listens.access.disclosure->is_answer);
}

class CopiesInTheKernel : public DisclosuresInTheKernel {
 protected:
  void SetUp() override {
    DisclosuresInTheKernel::SetUp();
    make_directory("out");
    copy_ = path("out/copy");
  }
  std::string copy_;
};

TEST_F(CopiesInTheKernel, AreToldWithTheirPath) {
  watch(policy());
  for (const Words& words :
       {Words{"read", mail_, "create", copy_}, Words{"hold-writing", copy_, "read", mail_}}) {
    act(words);
    const Finding told = disclosure();
    EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);
    EXPECT_EQ(told.access.kind, AccessKind::kWrite);
    ASSERT_TRUE(told.access.disclosure);
    EXPECT_EQ(told.access.disclosure->kind, DisclosureKind::kCopy);
    EXPECT_EQ(told.access.disclosure->path, copy_);
    std::filesystem::remove(copy_);
  }
}

TEST_F(CopiesInTheKernel, AreFollowedToWhoeverReadsThem) {
  watch(policy());
  act({"read", mail_, "create", copy_});
  EXPECT_EQ(disclosures().size(), 1U);
  act(imap_, kAsk);
  EXPECT_TRUE(disclosures().empty()) << "it has not read the copy";
  act(relay_, Words{"read", copy_, "create", path("out/second")});
  EXPECT_EQ(disclosure().verdict.outcome, Outcome::kPermitted) << "a service's own copy";
  act(Words{"read", copy_} + kAsk);
  const Finding told = disclosure();
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(told.access.disclosure->carried, Carried::kDerived);
  EXPECT_EQ(told.verdict.store, "mail");
  EXPECT_EQ(told.verdict.reason, Reason::kNoEgress);
}

TEST_F(CopiesInTheKernel, OfServicesThatMayReadAreNobodysBusiness) {
  watch(policy());
  act(imap_, {"read", mail_, "create", copy_});
  EXPECT_EQ(disclosure().verdict.outcome, Outcome::kPermitted);
  act(Words{"read", copy_} + kAsk);
  EXPECT_TRUE(findings().empty());
}

TEST_F(CopiesInTheKernel, AreFollowedThroughAPipeline) {
  watch(policy());
  if (!agent().sensor().sees_pipes()) GTEST_SKIP() << "not seen: what is read from a pipe";
  const std::string pipeline =
      "exec " + actor() + " act read " + mail_ + " | " + actor() + " act hear > " + copy_;
  ASSERT_EQ(std::system(pipeline.c_str()), 0);
  const Finding told = disclosure();
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(told.access.disclosure->carried, Carried::kPiped);
  EXPECT_EQ(told.access.disclosure->path, copy_);
}

TEST_F(CopiesInTheKernel, WithinAStoreAreNoCopies) {
  watch(policy());
  act({"hold-writing", mail_, "read", mail_, "read", mail_});
  EXPECT_TRUE(disclosures().empty());
}

TEST_F(DisclosuresInTheKernel, FadeWhenThePolicySaysSo) {
  watch(policy("disclosure: {fades-after: 1s}\n"));
  const auto actor =
      start(imap_, Words{"read", mail_} + kElsewhere +
                       Words{"refused", "192.0.2.50:443", "wait", "refused", "192.0.2.50:444"});
  await(1);
  const std::int64_t faded = clock_ns(CLOCK_BOOTTIME) + 1'100'000'000;
  const timespec then{faded / 1'000'000'000, faded % 1'000'000'000};
  while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &then, nullptr) != 0) {
  }
  actor->go_on();
  EXPECT_EQ(actor->finish(), 0);
  const Finding told = disclosure();
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(told.access.disclosure->port, 443);
}

TEST_F(DisclosuresInTheKernel, OutliveAReload) {
  watch(policy());
  const auto actor =
      start(imap_, Words{"read", mail_} + kElsewhere +
                       Words{"refused", "192.0.2.50:443", "wait", "refused", "192.0.2.50:444"});
  await(1);
  ASSERT_TRUE(reload(policy()));
  actor->go_on();
  EXPECT_EQ(actor->finish(), 0);
  EXPECT_EQ(disclosures().size(), 2U);
}

}  // namespace
}  // namespace purposewatch::testing
