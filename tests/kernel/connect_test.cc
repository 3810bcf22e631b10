// Who connects to a store's unix sockets: known by the socket that listens, whatever name was used.
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdio>
#include <string_view>

#include "agent/kernel/io_uring.h"
#include "tests/kernel/connect_verbs.h"
#include "tests/kernel/small_program.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

using std::literals::operator""sv;

class UnixConnects : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    make_directory("run");
    make_directory("elsewhere");
    client_ = copy_of_actor("client");
  }

  // Store "db" has sockets at ROOT/run/{client}.sock alone, and files in ROOT/data; "other" has files in
  // ROOT/run.
  std::string policy() const {
    return R"(
policy: {name: test, version: "1"}
classes: {mail: {clause: P2}}
purposes: {serve: {clause: P4, classes: [mail]}}
stores:
  db: {class: [mail], paths: [")" +
           path("data") + R"("], sockets: [")" + path("run/db.sock") + R"(", ")" +
           path("pools/{client}/sock") +
           R"("]}
  other: {class: [mail], paths: [")" +
           path("run") + R"("]}
services:
  client: {exe: [")" +
           path("client") + R"("]}
  owner: {owner: true}
permits:
  - {service: client, store: db, access: [connect], purpose: serve}
  - {service: owner, store: db, access: [connect], purpose: serve}
)";
  }

  void expect_told(const std::string& socket) {
    const Finding told = finding();
    EXPECT_EQ(told.access.kind, AccessKind::kConnect);
    EXPECT_EQ(told.verdict.store, "db");
    EXPECT_EQ(told.access.path, socket);
    EXPECT_EQ(told.subject->executable, actor());
    EXPECT_EQ(told.file_inode, inode_of(socket));
  }

  static std::uint64_t inode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_ino;
  }

  std::string client_;
};

TEST_F(UnixConnects, AreToldWithTheSocketAndSilentWhenPermitted) {
  const Listener listener(path("run/db.sock"));
  ASSERT_TRUE(listener.is_open());
  watch(policy());
  act({"connect", path("run/db.sock")});
  expect_told(path("run/db.sock"));
  act(client_, {"connect", path("run/db.sock"), "connect", path("run/db.sock")});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("client", "connect"), 2U);
  EXPECT_EQ(seen(), 1U) << "the kernel itself decides what is permitted";
}

TEST_F(UnixConnects, ByEveryOtherNameOfTheSocketAreTold) {
  const std::string socket = path("run/db.sock"), elsewhere = path("elsewhere");
  const Listener listener(socket);
  make_file("elsewhere/bound");
  ASSERT_EQ(symlink(socket.c_str(), (elsewhere + "/symbolic").c_str()), 0);
  ASSERT_EQ(link(socket.c_str(), (elsewhere + "/hard").c_str()), 0);
  watch(policy());
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"connect", elsewhere + "/symbolic"},
           {"connect", elsewhere + "/hard"},
           {"connect", elsewhere + "/../run/db.sock"},
           {"private", "bind", socket, elsewhere + "/bound", "connect", elsewhere + "/bound"}}) {
    SCOPED_TRACE(words.back());
    act(words);
    expect_told(socket);
    auto permitted_words = words;
    act(client_, permitted_words);
    EXPECT_TRUE(findings().empty());
  }
  EXPECT_EQ(permitted("client", "connect"), 4U);
}

TEST_F(UnixConnects, AreToldAfterTheSocketWasRenamed) {
  watch(policy());
  if (!sees_names()) GTEST_SKIP() << "not seen: changes of names";
  const std::string socket = path("run/db.sock"), moved = path("elsewhere/moved");
  const Listener listener(socket);
  ASSERT_EQ(std::rename(socket.c_str(), moved.c_str()), 0);
  act({"connect", moved});
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kConnect);
  EXPECT_EQ(told.verdict.store, "db");
  EXPECT_EQ(told.access.path, socket) << "what it is in the store";
  EXPECT_EQ(told.access.accessed_through, moved);
  act(client_, {"connect", moved});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("client", "connect"), 1U);

  ASSERT_TRUE(reload(policy()));
  act({"connect", moved});
  EXPECT_EQ(finding().verdict.store, "db") << "after a reload, too";

  ASSERT_EQ(std::rename(moved.c_str(), socket.c_str()), 0);
  act({"connect", socket});
  expect_told(socket);
}

TEST_F(UnixConnects, AreToldAfterADirectoryAboveWasRenamed) {
  watch(policy());
  if (!sees_names()) GTEST_SKIP() << "not seen: changes of names";
  make_directory("pools/alice");
  const Listener listener(path("pools/alice/sock"));
  ASSERT_EQ(std::rename(path("pools/alice").c_str(), path("elsewhere/a").c_str()), 0);
  act({"connect", path("elsewhere/a/sock")});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.store, "db");
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.access.path, path("pools/alice/sock"));
}

TEST_F(UnixConnects, AreToldWhenTheSocketWasBoundElsewhereAndNamedByALinkOrARename) {
  watch(policy());
  if (!sees_names()) GTEST_SKIP() << "not seen: changes of names";
  const std::string socket = path("run/db.sock");
  const Listener first(path("elsewhere/first"));
  ASSERT_EQ(link(path("elsewhere/first").c_str(), socket.c_str()), 0);
  act({"connect", socket});
  EXPECT_EQ(finding().verdict.store, "db");
  const Listener second(path("elsewhere/second"));
  ASSERT_EQ(std::rename(path("elsewhere/second").c_str(), socket.c_str()), 0);
  act({"connect", socket});
  expect_told(socket);
}

TEST_F(UnixConnects, OfEveryKindOfSocketAreToldOnceEach) {
  make_directory("pools/packets");
  make_directory("pools/datagrams");
  const std::string packets = path("pools/packets/sock"), datagrams = path("pools/datagrams/sock");
  const Listener first(packets, SOCK_SEQPACKET), second(datagrams, SOCK_DGRAM);
  watch(policy());
  act({"connect-packets", packets});
  expect_told(packets);
  act({"connect-and-send", datagrams, "2"});
  EXPECT_EQ(finding().count, 1U) << "what is sent over a connection is no new one";
  act(client_, {"connect-packets", packets, "connect-and-send", datagrams, "2"});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("client", "connect"), 2U);
}

TEST_F(UnixConnects, AreToldForEachDatagramThatIsSentByAName) {
  const std::string socket = path("run/db.sock");
  const Listener listener(socket, SOCK_DGRAM);
  watch(policy());
  act({"send", socket, "2"});
  std::uint64_t accesses = 0;
  for (const Finding& told : findings()) accesses += told.count;
  EXPECT_EQ(accesses, 2U);
  act(client_, {"send", socket, "2"});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("client", "connect"), 2U);
}

TEST_F(UnixConnects, ThroughIoUringAreTheirSubmitters) {
  if (!IoUring::is_allowed()) GTEST_SKIP() << "io_uring is not to be had here";
  const std::string socket = path("run/db.sock");
  const Listener listener(socket);
  watch(policy());
  for (const std::string verb : {"connect-ring", "connect-ring-async"}) {
    SCOPED_TRACE(verb);
    act({"name", "disguised", verb, socket});
    const Finding told = finding();
    EXPECT_EQ(told.access.kind, AccessKind::kConnect);
    EXPECT_EQ(told.access.path, socket);
    EXPECT_EQ(told.subject->executable, actor());
    EXPECT_EQ(told.subject->name, "disguised");
    act(client_, {verb, socket});
    EXPECT_TRUE(findings().empty());
  }
  EXPECT_EQ(permitted("client", "connect"), 2U);
}

TEST_F(UnixConnects, AreToldAlsoWhenTheRingSaysNothingOfThem) {
  if (!IoUring::is_allowed()) GTEST_SKIP() << "io_uring is not to be had here";
  const std::string socket = path("run/db.sock");
  const Listener listener(socket);
  watch(policy());
  act({"connect-ring-silent", socket});
  expect_told(socket);
  act(client_, {"connect-ring-silent", socket});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("client", "connect"), 1U);

  make_directory("pools/datagrams");
  const std::string datagrams = path("pools/datagrams/sock");
  const Listener receiver(datagrams, SOCK_DGRAM);
  act({"connect-silent-and-send", datagrams});
  expect_told(datagrams);
  act(client_, {"connect-silent-and-send", datagrams});
  EXPECT_TRUE(findings().empty());
}

TEST_F(UnixConnects, AreToldAlsoWhenAThreadSwapsTheDescriptor) {
  constexpr unsigned kTimes = 20;
  const std::string socket = path("run/db.sock");
  const Listener listener(socket);
  watch(policy());
  act({"connect-swapped", socket, std::to_string(kTimes)});
  std::uint64_t accesses = 0;
  for (const Finding& told : findings()) accesses += told.count;
  EXPECT_GE(accesses, kTimes);
  EXPECT_LE(accesses, 2 * kTimes) << "either of the two, or both";
}

// Connects to its second argument; its exit code is 1 when that fails.
constexpr std::string_view kConnectIn32Bits =
    "\x8b\x74\x24\x0c\x83\xec\x7c"  // mov 12(%esp),%esi: argv[2]; sub $124,%esp: struct sockaddr_un
    "\x89\xe5\x8d\x7d\x02"          // mov %esp,%ebp; lea 2(%ebp),%edi
    "\x66\xc7\x45\x00\x01\x00"      // movw $1,(%ebp): AF_UNIX
    "\xac\xaa\x84\xc0\x75\xfa"      // the name: lodsb; stosb; test %al,%al; jnz
    "\x6a\x01\x5b\x89\xd9\x31\xd2"  // push $1; pop %ebx; mov %ebx,%ecx; xor %edx,%edx: a stream
    "\xb8\x67\x01\x00\x00\xcd\x80"  // mov $359,%eax; int $0x80: socket
    "\x93\x89\xe9\x89\xfa\x29\xea"  // xchg %eax,%ebx; mov %ebp,%ecx; mov %edi,%edx; sub %ebp,%edx
    "\xb8\x6a\x01\x00\x00\xcd\x80"  // mov $362,%eax; int $0x80: connect
    "\xc1\xe8\x1f\x93\x6a\x01\x58\xcd\x80"sv;  // the sign of the result; exit

TEST_F(UnixConnects, OfProgramsOf32BitsAreTold) {
  const std::string socket = path("run/db.sock"), program = path("small");
  make_program_of_32_bits(program, kConnectIn32Bits);
  const Listener listener(socket);
  watch(policy());
  if (try_to_act(program, {socket}) != 0) GTEST_SKIP() << "this kernel runs no 32-bit programs";
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kConnect);
  EXPECT_EQ(told.access.path, socket);
  EXPECT_EQ(told.subject->executable, program);
}

TEST_F(UnixConnects, AreJudgedByWhoOwnsTheSocket) {
  make_directory("pools/alice");
  make_directory("pools/bob");
  const std::string own = path("pools/alice/sock"), other = path("pools/bob/sock");
  const Listener first(own), second(other);
  ASSERT_EQ(chown(own.c_str(), 20001, 20001), 0);
  ASSERT_EQ(chmod(other.c_str(), 0777), 0);
  watch(policy());
  act({"uid", "20001", "connect", own, "connect", other});
  const Finding told = finding();
  EXPECT_EQ(told.access.path, other);
  EXPECT_EQ(told.verdict.client, "bob");
  EXPECT_EQ(permitted("owner", "connect"), 1U);
}

TEST_F(UnixConnects, ToWhatIsNoStoresSocketAreSilent) {
  make_directory("data");
  const Listener elsewhere(path("elsewhere/sock")), among_files(path("data/sock"));
  watch(policy());
  act({"connect", path("elsewhere/sock"), "connect", path("data/sock")});
  EXPECT_TRUE(findings().empty()) << "a socket among a store's files is none of its data";
  EXPECT_EQ(seen(), 0U);
}

TEST_F(UnixConnects, LeaveWhatElseIsDoneWhereASocketLiesToTheFiles) {
  watch(policy());
  const std::string file = make_file("run/file");
  act({"read", file});
  EXPECT_EQ(finding().verdict.store, "other");
  if (!sees_names()) return;
  const Listener listener(path("run/db.sock"));
  act({"unlink", path("run/db.sock")});
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kDelete);
  EXPECT_EQ(told.verdict.store, "other");
}

}  // namespace
}  // namespace purposewatch::testing
