#include "agent/kernel/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/kernel/decoded.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;

TEST(Decode, ReadsAProcess) {
  const auto record = decoded(process_record());
  ASSERT_TRUE(record) << record.error().message;
  const auto& process = std::get<ProcessRecord>(*record);
  EXPECT_EQ(process.subject_number, 42U);
  EXPECT_EQ(process.program, 3U);
  EXPECT_EQ(process.cgroup, 77U);
  EXPECT_EQ(process.exe.inode, 1234U);
  EXPECT_EQ(process.exe.device, 0x800001U);
  EXPECT_EQ(process.script_file.inode, 55U);
  EXPECT_EQ(process.script, 7U);
  EXPECT_EQ(process.script_named, 0U);
  EXPECT_EQ(process.lineage, (std::vector<std::uint32_t>{9, 2}));
  const Subject& subject = process.subject;
  EXPECT_EQ(subject.pid, 4711U);
  EXPECT_EQ(subject.tid, 4712U);
  EXPECT_EQ(subject.parent_pid, 4700U);
  EXPECT_EQ(subject.start_boot_ns, 4'000'000'000U);
  EXPECT_EQ(subject.uid, 1U);
  EXPECT_EQ(subject.euid, 2U);
  EXPECT_EQ(subject.gid, 3U);
  EXPECT_EQ(subject.login_uid, 1000U);
  EXPECT_EQ(subject.session_id, 5U);
  EXPECT_EQ(subject.name, "imap");
  EXPECT_EQ(subject.executable, "/usr/lib/dovecot/imap");
  EXPECT_EQ(subject.script_path, "/usr/local/sbin/nightly");
  EXPECT_EQ(subject.cgroup, "/system.slice/dovecot.service");
  ASSERT_EQ(subject.ancestors.size(), 2U);
  EXPECT_EQ(subject.ancestors[0].name, "dovecot");
  EXPECT_EQ(subject.ancestors[0].executable, "/usr/sbin/dovecot");
  EXPECT_EQ(subject.ancestors[1].pid, 1U);
  EXPECT_EQ(subject.ancestors[1].executable, "");
}

TEST(Decode, SaysByWhomAProcessWasTamperedWith) {
  const auto tampered_by = [](const pw_process_record& raw) {
    const auto record = decoded(raw);
    return record ? std::get<ProcessRecord>(*record).subject.tampered_by : record.error().message;
  };
  auto raw = process_record();
  EXPECT_EQ(tampered_by(raw), "");
  raw.tampering.by = memory_record().target;
  raw.tampering.how = PW_BY_TRACING;
  EXPECT_EQ(tampered_by(raw), "ptrace by 4711 (/usr/lib/dovecot/imap)");
  raw.tampering.how = PW_BY_WRITING;
  EXPECT_EQ(tampered_by(raw), "a write into its memory by 4711 (/usr/lib/dovecot/imap)");
  raw.tampering.how = PW_BY_TRACED_EXEC;
  raw.tampering.by.exe_offset = PW_ANCESTOR_EXE_PATH;
  EXPECT_EQ(tampered_by(raw), "being traced from its start by 4711 (imap)");
  raw.tampering.how = PW_BY_ENVIRONMENT;
  EXPECT_EQ(tampered_by(raw), "something too large to look at in its environment");
  std::memcpy(raw.tampering.variable, "LD_PRELOAD=/x.so", 17);
  EXPECT_EQ(tampered_by(raw), "LD_PRELOAD=/x.so in its environment");
  raw.tampering.how = PW_BY_ENVIRONMENT + 1;
  EXPECT_EQ(tampered_by(raw), "tampering of kind 5");
}

TEST(Decode, ReadsWhoseMemoryIsTouchedAndWhatItHolds) {
  AccessRecord access = access_of(decoded(memory_record()));
  EXPECT_EQ(access.kinds, mask_of(AccessKind::kMemory));
  EXPECT_EQ(access.owner, 1001U);
  EXPECT_EQ(access.store, std::nullopt) << "not by the tables of this generation";
  EXPECT_EQ(access.held_store, 5U);
  EXPECT_EQ(access.target_program, 3U);
  EXPECT_EQ(access.path_below, "");
  EXPECT_EQ(access.target, (OtherProcess{4711, 4'000'000'000, "imap", "/usr/lib/dovecot/imap"}));
  auto unsure = memory_record();
  unsure.store = PW_HELD_MAX;
  EXPECT_EQ(access_of(decoded(unsure)).held_store, std::nullopt);
}

TEST(Decode, ReadsWhereAConnectionLeads) {
  auto raw = connect_record();
  AccessRecord access = access_of(decoded(raw));
  EXPECT_EQ(access.kinds, mask_of(AccessKind::kConnect));
  EXPECT_EQ(access.store, 2U);
  EXPECT_EQ(access.endpoint, (Endpoint{"192.0.2.7", 3306, true}));
  raw.is_local = 0;
  raw.address = {{0, 1ULL << 56}};
  EXPECT_EQ(access_of(decoded(raw)).endpoint, (Endpoint{"::1", 3306, false}));
}

TEST(Decode, RefusesAConnectionThatMakesNoSense) {
  auto raw = connect_record();
  raw.access.kinds = 1U << PW_READ;
  EXPECT_THAT(refusal(raw), HasSubstr("a connection by kinds"));
  raw = connect_record();
  raw.port = 65536;
  EXPECT_THAT(refusal(raw), HasSubstr("a port number 65536"));
  raw = connect_record();
  raw.access.path_length = 1;
  EXPECT_THAT(refusal(raw), HasSubstr("a path of 1 bytes"));
}

TEST(Decode, RefusesMemoryThatMakesNoSense) {
  auto raw = memory_record();
  raw.access.kinds = 1U << PW_READ;
  EXPECT_THAT(refusal(raw), HasSubstr("memory by kinds"));
  raw = memory_record();
  raw.store = PW_HELD_MAX + 1;
  EXPECT_THAT(refusal(raw), HasSubstr("store number 257"));
  raw = memory_record();
  raw.target.exe_offset = PW_ANCESTOR_EXE_PATH + 1;
  EXPECT_THAT(refusal(raw), HasSubstr("a path starts at"));
  raw = memory_record();
  raw.access.path_length = 1;
  EXPECT_THAT(refusal(raw), HasSubstr("a path of 1 bytes"));
}

TEST(Decode, ReadsAnAccessOfEitherSize) {
  EXPECT_EQ(access_of(decoded(access_record<pw_access_small>())).client, std::nullopt);
  EXPECT_EQ(access_of(decoded(access_record<pw_access_large>())).client, "alice");
  for (const auto& record :
       {decoded(access_record<pw_access_small>()), decoded(access_record<pw_access_large>())}) {
    const AccessRecord access = access_of(record);
    EXPECT_EQ(access.subject_number, 42U);
    EXPECT_EQ(access.sequence, 17U);
    EXPECT_EQ(access.boot_ns, 6'000'000'000U);
    EXPECT_EQ(access.inode, 99U);
    EXPECT_EQ(access.device, 0x800002U);
    EXPECT_EQ(access.generation, 1U);
    EXPECT_EQ(access.anchor, 4U);
    EXPECT_EQ(access.owner, 1001U);
    EXPECT_EQ(access.mode, 0100600U);
    EXPECT_EQ(access.store, 2U);
    EXPECT_EQ(access.kinds, mask_of(AccessKind::kRead) | mask_of(AccessKind::kWrite));
    EXPECT_FALSE(access.truncated);
    EXPECT_EQ(access.path_below, "/alice/cur/1");
    EXPECT_EQ(access.name, "imap");
  }
}

TEST(Decode, ReadsAnAccessWithTwoNames) {
  auto raw = access_record<pw_access_named>();
  raw.other_offset = put_backwards(raw.other.bytes, PW_PATH_LARGE, "/vmail/bob/1");
  raw.real_offset = PW_PATH_LARGE;
  const AccessRecord renamed = access_of(decoded(raw));
  EXPECT_EQ(renamed.path_below, "/alice/cur/1");
  EXPECT_EQ(renamed.other_path, "/vmail/bob/1");
  EXPECT_EQ(renamed.real_path, "");
  EXPECT_EQ(renamed.mark, std::nullopt);
}

TEST(Decode, ReadsAnAccessThroughAMark) {
  auto raw = access_record<pw_access_named>("");
  raw.access.flags = PW_ACCESS_MARKED;
  raw.mark = {.inode = 5, .device = 6, .generation = 7};
  raw.other_offset = PW_PATH_LARGE;
  raw.real_offset = put_backwards(raw.real.bytes, PW_PATH_LARGE, "/tmp/harmless");
  const AccessRecord record = access_of(decoded(raw));
  EXPECT_EQ(record.mark, (InodeKey{5, 6, 7}));
  EXPECT_EQ(record.real_path, "/tmp/harmless");
  raw.access.flags |= PW_ACCESS_DEVICE;
  EXPECT_THAT(refusal(raw), HasSubstr("a block device that is a mark"));
  raw.access.flags = PW_ACCESS_MARKED;
  raw.other_offset = PW_PATH_LARGE + 1;
  EXPECT_THAT(refusal(raw), HasSubstr("a path starts at"));
}

TEST(Decode, ReadsAnAccessToWhatHasNoName) {
  auto raw = access_record<pw_access_named>("");
  raw.access.flags = PW_ACCESS_ADRIFT;
  raw.other_offset = PW_PATH_LARGE;
  raw.real_offset = put_backwards(raw.real.bytes, PW_PATH_LARGE, "/vmail");
  const AccessRecord record = access_of(decoded(raw));
  EXPECT_TRUE(record.is_adrift);
  EXPECT_EQ(record.mark, std::nullopt);
  EXPECT_EQ(record.real_path, "/vmail");
}

TEST(Decode, ReadsWhatIsMarkedAndNoMore) {
  pw_mark_record raw{};
  raw.head = {PW_ABI_VERSION, PW_RECORD_MARK, sizeof(raw), 1, 0};
  raw.key = {.inode = 5, .device = 6, .generation = 7};
  raw.mark.generation = 3;
  raw.anchor = 4;
  raw.path_offset = put_backwards(raw.path.bytes, PW_PATH_LARGE, "/alice/1");
  auto record = decoded(raw);
  ASSERT_TRUE(record) << record.error().message;
  const auto& mark = std::get<MarkRecord>(*record);
  EXPECT_EQ(mark.inode, (InodeKey{5, 6, 7}));
  EXPECT_EQ(mark.below, std::nullopt);
  EXPECT_EQ(mark.mark.generation, 3U);
  EXPECT_EQ(mark.path_below, "/alice/1");
  raw.path_offset = put_backwards(raw.path.bytes, PW_PATH_LARGE, "alice");
  EXPECT_THAT(refusal(raw), HasSubstr("does not begin with '/'"));

  pw_unmark_record end{};
  end.head = {PW_ABI_VERSION, PW_RECORD_UNMARK, sizeof(end), 1, 0};
  end.key = raw.key;
  auto ended = decoded(end);
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(std::get<UnmarkRecord>(*ended).inode, (InodeKey{5, 6, 7}));
}

TEST(Decode, KnowsWhatTheKernelDidNot) {
  auto raw = access_record();
  raw.access.store = 0xffff;
  raw.access.flags = PW_ACCESS_UNSURE | PW_ACCESS_TRUNCATED;
  raw.access.client_length = 0;
  raw.access.path_length = 0;
  const AccessRecord access = access_of(decoded(raw));
  EXPECT_EQ(access.store, std::nullopt);
  EXPECT_EQ(access.client, std::nullopt);
  EXPECT_TRUE(access.truncated);
  EXPECT_EQ(access.path_below, "");
}

TEST(Decode, KeepsBytesThatAreNoText) {
  const std::string hostile("/\xff\n\x1b[31m/..\x01", 13);
  EXPECT_EQ(access_of(decoded(access_record(hostile))).path_below, hostile);
}

TEST(Decode, TakesNamesThatFillTheirField) {
  auto access = access_record<pw_access_large>();
  std::memset(access.access.comm, 'c', PW_COMM_LEN);
  std::memset(access.client, 'k', sizeof(access.client));
  access.access.client_length = PW_NAME_MAX;
  const AccessRecord record = access_of(decoded(access));
  EXPECT_EQ(record.name, std::string(PW_COMM_LEN, 'c'));
  EXPECT_EQ(record.client, std::string(PW_NAME_MAX, 'k'));
  auto process = process_record();
  std::memset(process.comm, 'c', PW_COMM_LEN);
  std::memset(process.ancestor[1].comm, 'a', PW_COMM_LEN);
  const auto subject = std::get<ProcessRecord>(*decoded(process)).subject;
  EXPECT_EQ(subject.name, std::string(PW_COMM_LEN, 'c'));
  EXPECT_EQ(subject.ancestors[1].name, std::string(PW_COMM_LEN, 'a'));
}

TEST(Decode, RefusesARecordCutAnywhere) {
  for (const auto& whole : {record_bytes(process_record()), record_bytes(access_record<pw_access_small>()),
                            record_bytes(access_record<pw_access_large>())}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      // An allocation of exactly this size, so that a sanitizer sees a read beyond.
      const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      ASSERT_FALSE(decode(cut)) << length << " of " << whole.size();
    }
    std::vector<std::byte> longer = whole;
    longer.push_back({});
    EXPECT_FALSE(decode(longer));
  }
}

// Also when the size it claims is the size it has.
TEST(Decode, RefusesASizeThatNoRecordHas) {
  for (std::size_t size = sizeof(pw_record); size < sizeof(pw_process_record) + 64; ++size) {
    const bool is_access = size == sizeof(pw_access_small) || size == sizeof(pw_access_large);
    pw_record head{PW_ABI_VERSION, PW_RECORD_ACCESS, static_cast<__u32>(size), 0, 0};
    std::vector<std::byte> bytes(size);
    std::memcpy(bytes.data(), &head, sizeof(head));
    const auto as_access = decode(bytes);
    ASSERT_FALSE(as_access);
    ASSERT_EQ(as_access.error().message.find("access kinds") == 0, is_access) << size;
    head.type = PW_RECORD_PROCESS;
    std::memcpy(bytes.data(), &head, sizeof(head));
    ASSERT_EQ(decode(bytes).has_value(), size == sizeof(pw_process_record)) << size;
  }
}

TEST(Decode, RefusesAnotherVersionAndAnUnknownType) {
  auto raw = access_record();
  raw.access.head.version = PW_ABI_VERSION + 1;
  EXPECT_THAT(refusal(raw), HasSubstr("version"));
  for (const __u16 type : {0, 3, 0xffff}) {
    raw = access_record();
    raw.access.head.type = type;
    EXPECT_THAT(refusal(raw), HasSubstr("type")) << type;
  }
  raw = access_record();
  raw.access.head.type = PW_RECORD_PROCESS;
  EXPECT_THAT(refusal(raw), HasSubstr("type"));
}

TEST(Decode, RefusesKindsThatAreNoneOrUnknown) {
  auto raw = access_record();
  for (unsigned kinds = 0; kinds <= 0xffff; ++kinds) {
    raw.access.kinds = static_cast<__u16>(kinds);
    const bool is_known = kinds != 0 && kinds < 1U << PW_KINDS;
    ASSERT_EQ(decoded(raw).has_value(), is_known) << kinds;
  }
}

TEST(Decode, RefusesAPathThatLeavesTheRecord) {
  constexpr __u32 kRoom = PW_PATH_SMALL + PW_SLACK;
  struct Case {
    __u32 offset, length;
    bool fits;
  };
  for (const Case& one :
       {Case{0, kRoom, true}, Case{0, kRoom + 1, false}, Case{kRoom, 0, true}, Case{kRoom + 1, 0, false},
        Case{kRoom - 1, 1, true}, Case{kRoom - 1, 2, false}, Case{1, 0xffffffff, false},
        Case{0xffffffff, 1, false}, Case{0xffffffff, 0xffffffff, false}}) {
    auto raw = access_record();
    std::memset(raw.path, '/', sizeof(raw.path));
    raw.access.path_offset = one.offset;
    raw.access.path_length = one.length;
    EXPECT_EQ(decoded(raw).has_value(), one.fits) << one.offset << "+" << one.length;
  }
}

TEST(Decode, RefusesAPathThatDoesNotBeginWithASlash) {
  auto raw = access_record("alice/cur/1");
  EXPECT_THAT(refusal(raw), HasSubstr("path"));
}

TEST(Decode, RefusesAClientNameLongerThanAnyName) {
  auto raw = access_record<pw_access_large>();
  for (const __u32 length : {static_cast<__u32>(PW_NAME_MAX + 1), 0xffffffffU}) {
    raw.access.client_length = length;
    EXPECT_THAT(refusal(raw), HasSubstr("client")) << length;
  }
}

TEST(Decode, RefusesAProcessWhosePathsOrAncestorsLeaveTheRecord) {
  const auto bent = [](auto bend) {
    pw_process_record raw = process_record();
    bend(raw);
    return refusal(raw);
  };
  for (const __u32 beyond : {1U, 0x7fffffffU, 0xffffffffU - PW_EXE_PATH}) {
    EXPECT_THAT(bent([&](auto& raw) { raw.exe_offset = PW_EXE_PATH + beyond; }), HasSubstr("path"));
    EXPECT_THAT(bent([&](auto& raw) { raw.script_place.offset = PW_SCRIPT_PATH + beyond; }),
                HasSubstr("path"));
    EXPECT_THAT(bent([&](auto& raw) { raw.cgroup_offset = PW_CGROUP_PATH + beyond; }), HasSubstr("path"));
    EXPECT_THAT(bent([&](auto& raw) { raw.ancestor[1].exe_offset = PW_ANCESTOR_EXE_PATH + beyond; }),
                HasSubstr("path"));
    EXPECT_THAT(bent([&](auto& raw) { raw.ancestors = PW_ANCESTORS_MAX + beyond; }), HasSubstr("ancestors"));
  }
  // What lies behind the last ancestor was never written and is not looked at.
  EXPECT_EQ(bent([](auto& raw) { raw.ancestor[2].exe_offset = 0xffffffff; }), "accepted");
}

TEST(Decode, ASignalToTheAgentSaysWhoseAndWhich) {
  pw_tamper_record raw{};
  raw.head = {
      .version = PW_ABI_VERSION, .type = PW_RECORD_TAMPER, .size = sizeof(raw), .boot_ns = 5, .subject = 7};
  raw.what = PW_TAMPER_SIGNAL;
  raw.number = 9;
  const auto record = decode(std::as_bytes(std::span(&raw, 1)));
  ASSERT_TRUE(record) << record.error().message;
  const auto& signal = std::get<TamperRecord>(*record);
  EXPECT_EQ(signal.subject_number, 7U);
  EXPECT_EQ(signal.boot_ns, 5U);
  EXPECT_EQ(signal.signal, 9U);
  EXPECT_FALSE(signal.is_refused);
  raw.is_refused = 1;
  EXPECT_TRUE(std::get<TamperRecord>(*decode(std::as_bytes(std::span(&raw, 1)))).is_refused);
  raw.number = 65;
  EXPECT_FALSE(decode(std::as_bytes(std::span(&raw, 1))));
  raw.number = 9;
  raw.what = PW_TAMPER_PINS + 1;
  EXPECT_FALSE(decode(std::as_bytes(std::span(&raw, 1))));
}

}  // namespace
}  // namespace purposewatch
