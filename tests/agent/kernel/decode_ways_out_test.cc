// Records of ways out of processes that carry client data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/kernel/decoded.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;

TEST(DecodeWaysOut, ReadsAWayOutAndWhatIsCarriedThere) {
  auto raw = disclosure_record();
  const AccessRecord access = access_of(decoded(raw));
  EXPECT_EQ(access.outlet,
            (OutletRecord{.protocol = "tcp",
                          .socket = 0,
                          .socket_file = {},
                          .address = "192.0.2.7",
                          .port = 443,
                          .is_local = false,
                          .is_answer = false,
                          .file = {},
                          .path = {},
                          .stores = {{3, Carried::kRead}, {70, Carried::kRead}, {200, Carried::kInherited}},
                          .was_told = false,
                          .has_others = false}));
  EXPECT_EQ(accesses_in(access), 3U);
  raw.flags = PW_OUTLET_LOCAL | PW_OUTLET_ANSWERS;
  raw.protocol = 132;
  raw.carried.had.others = 1;
  const AccessRecord other = access_of(decoded(raw));
  EXPECT_TRUE(other.outlet->is_local && other.outlet->is_answer && other.outlet->has_others);
  EXPECT_EQ(other.outlet->protocol, "ip-132");
  EXPECT_EQ(accesses_in(other), 4U);
  EXPECT_EQ(accesses_in(access_of(decoded(access_record()))), 2U) << "a read and a write";
}

TEST(DecodeWaysOut, ReadsWhichMachineItIs) {
  auto raw = disclosure_record();
  raw.protocol = PW_PROTOCOL_VSOCK;
  raw.address = {};
  raw.address.word[0] = 3;
  raw.port = 70'000;
  const AccessRecord access = access_of(decoded(raw));
  EXPECT_EQ(access.outlet->protocol, "vsock");
  EXPECT_EQ(access.outlet->address, "3");
  EXPECT_EQ(access.outlet->port, 70'000U);
}

TEST(DecodeWaysOut, ReadsWhereACopyGoes) {
  const AccessRecord access = access_of(decoded(copy_record()));
  ASSERT_TRUE(access.outlet);
  EXPECT_EQ(access.outlet->file, (InodeKey{99, 0x800002, 7}));
  EXPECT_EQ(access.outlet->path, "/tmp/x");
  EXPECT_EQ(access.outlet->stores,
            (std::map<std::uint32_t, Carried>{{3, Carried::kDerived}, {5, Carried::kRead}}));
  auto raw = copy_record();
  raw.access.kinds = 1U << PW_CONNECT;
  EXPECT_THAT(refusal(raw), HasSubstr("a copy by kinds"));
  raw = copy_record();
  raw.path_offset = PW_EXE_PATH + 1;
  EXPECT_THAT(refusal(raw), HasSubstr("a path starts at"));
}

TEST(DecodeWaysOut, ReadsWhichUnixSocketItIs) {
  auto raw = unix_record();
  const AccessRecord access = access_of(decoded(raw));
  ASSERT_TRUE(access.outlet);
  EXPECT_EQ(access.outlet->protocol, "unix");
  EXPECT_EQ(access.outlet->path, "/run/relay");
  EXPECT_EQ(access.outlet->socket, 4711U);
  EXPECT_TRUE(access.outlet->is_local);
  EXPECT_EQ(access.outlet->socket_file, (InodeKey{99, 0x800002, 7}));
  EXPECT_FALSE(access.outlet->is_answer || access.outlet->file);
  EXPECT_EQ(access.outlet->stores, (std::map<std::uint32_t, Carried>{{5, Carried::kRead}}));
  raw.flags |= PW_OUTLET_ANSWERS;
  raw.file = {};
  const AccessRecord other = access_of(decoded(raw));
  EXPECT_EQ(other.outlet->path, "@run/relay")
      << "the record's slash stands for the zero that begins the name";
  EXPECT_TRUE(other.outlet->is_answer);
  raw.path_offset = PW_EXE_PATH + 1;
  EXPECT_THAT(refusal(raw), HasSubstr("a path starts at"));
  raw = unix_record();
  raw.access.kinds = 1U << PW_WRITE;
  EXPECT_THAT(refusal(raw), HasSubstr("a unix socket by kinds"));
}

TEST(DecodeWaysOut, ReadsOfEachWhetherWhatIsCarriedWasTold) {
  const auto expect_read = [](auto raw) {
    EXPECT_FALSE(access_of(decoded(raw)).outlet->was_told);
    raw.carried.is_told = 1;
    EXPECT_TRUE(access_of(decoded(raw)).outlet->was_told);
  };
  expect_read(disclosure_record());
  expect_read(unix_record());
  expect_read(copy_record());
}

TEST(DecodeWaysOut, RefusesAWayOutThatMakesNoSense) {
  auto raw = disclosure_record();
  raw.access.kinds = 1U << PW_READ;
  EXPECT_THAT(refusal(raw), HasSubstr("a disclosure by kinds"));
  raw = disclosure_record();
  raw.port = 65536;
  EXPECT_THAT(refusal(raw), HasSubstr("a port number 65536"));
  raw = disclosure_record();
  raw.protocol = PW_PROTOCOL_VSOCK + 1;
  EXPECT_THAT(refusal(raw), HasSubstr("an IP protocol 257"));
}

}  // namespace
}  // namespace purposewatch
