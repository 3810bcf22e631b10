// What the running kernel and the firmware allow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/safeguards/checks.h"
#include "tests/agent/safeguards/fake_host.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::Not;
using enum SafeguardState;

// A host whose /proc is there.
class KernelSettings : public testing::Test {
 protected:
  KernelSettings() { setting("kernel/ostype", "Linux"); }
  void setting(const std::string& name, const std::string& value) const {
    host_.file("/proc/sys/" + name, value + "\n");
  }

  FakeHost host_;
  const Safeguard promised_{.name = "",
                            .kind = SafeguardKind::kElectronic,
                            .clause = "P3",
                            .stores = {},
                            .allow = {},
                            .options = {},
                            .files = {},
                            .within = {},
                            .free_percent = 0,
                            .at = {}};
};

class KernelLockdown : public KernelSettings {
 protected:
  SafeguardResult check() const { return check_kernel_lockdown(promised_, host_.view); }
  void level(const std::string& text) const { host_.file("/sys/kernel/security/lockdown", text + "\n"); }
};

TEST_F(KernelLockdown, IsOkAtIntegrityAndAbove) {
  level("none [integrity] confidentiality");
  EXPECT_EQ(check(), is_ok("locked down to integrity"));
  level("none integrity [confidentiality]");
  EXPECT_EQ(check().state, kOk);
}

TEST_F(KernelLockdown, IsViolatedWhenThereIsNone) {
  level("[none] integrity confidentiality");
  EXPECT_EQ(check().state, kViolated);
  EXPECT_THAT(check().remedy, HasSubstr("echo integrity"));
}

TEST_F(KernelLockdown, IsViolatedByAKernelWithoutIt) {
  host_.file("/sys/kernel/security/lsm", "capability,yama,bpf");
  EXPECT_EQ(check().why, "the kernel has no lockdown");
}

TEST_F(KernelLockdown, IsUnknownWithoutSecurityfsOrWithOtherText) {
  EXPECT_EQ(check().state, kUnknown);
  EXPECT_THAT(check().remedy, HasSubstr("mount -t securityfs"));
  for (const char* text : {"", "integrity", "[", "[other]", "\xff"}) {
    level(text);
    EXPECT_EQ(check().state, kUnknown) << text;
  }
}

class ModuleLoading : public KernelSettings {
 protected:
  ModuleLoading() {
    host_.file("/proc/modules", "");
    setting("kernel/modules_disabled", "0");
  }
  SafeguardResult check() const { return check_module_loading(promised_, host_.view); }
};

TEST_F(ModuleLoading, IsViolatedWhenUnsignedOnesCanBeLoaded) {
  EXPECT_EQ(check().state, kViolated);
  EXPECT_EQ(check().why, "unsigned modules can be loaded (modules_disabled is 0, sig_enforce absent)");
  host_.file("/sys/module/module/parameters/sig_enforce", "N\n");
  EXPECT_THAT(check().why, HasSubstr("sig_enforce N"));
  EXPECT_THAT(check().remedy, HasSubstr("module.sig_enforce=1"));
}

TEST_F(ModuleLoading, IsOkWhenNoneCanBe) {
  setting("kernel/modules_disabled", "1");
  EXPECT_EQ(check(), is_ok("no module can be loaded any more"));
}

TEST_F(ModuleLoading, IsOkWhenSignaturesAreEnforced) {
  host_.file("/sys/module/module/parameters/sig_enforce", "Y\n");
  EXPECT_EQ(check(), is_ok("every module must be signed"));
}

TEST_F(ModuleLoading, IsOkUnderLockdown) {
  host_.file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  EXPECT_EQ(check().state, kOk);
}

TEST_F(ModuleLoading, IsOkWithAKernelWithoutModules) {
  host_.remove("/proc/modules");
  host_.remove("/proc/sys/kernel/modules_disabled");
  EXPECT_EQ(check(), is_ok("the kernel has no modules"));
}

TEST_F(ModuleLoading, IsUnknownWithoutProc) {
  host_.remove("/proc");
  EXPECT_EQ(check().state, kUnknown);
}

TEST_F(ModuleLoading, IsUnknownWhenTheSettingIsNoNumber) {
  setting("kernel/modules_disabled", "yes");
  EXPECT_EQ(check().state, kUnknown);
}

class PtraceRestricted : public KernelSettings {
 protected:
  SafeguardResult check() const { return check_ptrace_restricted(promised_, host_.view); }
};

TEST_F(PtraceRestricted, IsOkFromOneOn) {
  for (const char* scope : {"1", "2", "3"}) {
    setting("kernel/yama/ptrace_scope", scope);
    EXPECT_EQ(check().state, kOk) << scope;
  }
}

TEST_F(PtraceRestricted, IsViolatedAtZeroAndWithoutYama) {
  EXPECT_THAT(check().why, HasSubstr("without Yama"));
  EXPECT_EQ(check().state, kViolated);
  setting("kernel/yama/ptrace_scope", "0");
  EXPECT_EQ(check().state, kViolated);
  EXPECT_THAT(check().remedy, HasSubstr("sysctl -w kernel.yama.ptrace_scope=1"));
}

TEST_F(PtraceRestricted, IsUnknownWithoutProcOrWithOtherText) {
  setting("kernel/yama/ptrace_scope", "one");
  EXPECT_EQ(check().state, kUnknown);
  host_.remove("/proc");
  EXPECT_EQ(check().state, kUnknown);
}

class UnprivilegedBpfOff : public KernelSettings {
 protected:
  SafeguardResult check() const { return check_unprivileged_bpf_off(promised_, host_.view); }
};

TEST_F(UnprivilegedBpfOff, IsOkAtOneAndTwo) {
  for (const char* value : {"1", "2"}) {
    setting("kernel/unprivileged_bpf_disabled", value);
    EXPECT_EQ(check().state, kOk) << value;
  }
}

TEST_F(UnprivilegedBpfOff, IsViolatedAtZeroAndUnknownOtherwise) {
  EXPECT_EQ(check().state, kUnknown);
  setting("kernel/unprivileged_bpf_disabled", "0");
  EXPECT_EQ(check().state, kViolated);
  for (const char* value : {"", "3", "-1", "99999999999999999999"}) {
    setting("kernel/unprivileged_bpf_disabled", value);
    EXPECT_EQ(check().state, kUnknown) << value;
  }
}

class CoreDumps : public KernelSettings {
 protected:
  CoreDumps() { setting("fs/suid_dumpable", "0"); }
  SafeguardResult check() const { return check_core_dumps(promised_, host_.view); }
  SafeguardState of(const std::string& pattern) const {
    setting("kernel/core_pattern", pattern);
    return check().state;
  }
  void directory(const std::string& path, mode_t mode) const {
    host_.directory(path);
    ASSERT_EQ(chmod((host_.view.root + path).c_str(), mode), 0);
  }
};

TEST_F(CoreDumps, AreOkWithSystemdAndWhenThrownAway) {
  EXPECT_EQ(of("|/usr/lib/systemd/systemd-coredump %P %u %g %s %t 9223372036854775808 %h"), kOk);
  EXPECT_EQ(of("|/bin/false"), kOk);
  EXPECT_EQ(of("|/usr/bin/true"), kOk);
  EXPECT_EQ(of("/dev/null"), kOk);
}

TEST_F(CoreDumps, AreUnknownWithOtherPrograms) {
  for (const char* pattern : {"|/usr/share/apport/apport -p%p", "|", "| /bin/false",
                              "|/tmp/systemd-coredump2", "@/run/coredump.socket", "@@/run/coredump.socket"})
    EXPECT_EQ(of(pattern), kUnknown) << pattern;
  EXPECT_EQ(of("|/usr/share/apport/apport -p%p"), kUnknown);
  EXPECT_THAT(check().why, HasSubstr("/usr/share/apport/apport gets them"));
}

TEST_F(CoreDumps, AreViolatedInWhateverDirectoryAProcessIs) {
  for (const char* pattern : {"core", "core.%p", "%e", "../core"}) {
    EXPECT_EQ(of(pattern), kViolated) << pattern;
    EXPECT_THAT(check().why, HasSubstr(pattern));
  }
  EXPECT_THAT(check().remedy, HasSubstr("kernel.core_pattern='|/bin/false'"));
}

TEST_F(CoreDumps, AreWhatTheirDirectoryIs) {
  directory("/var/crash", 0750);
  EXPECT_EQ(of("/var/crash/core.%p"), kOk);
  EXPECT_EQ(of("/var/crash/%u/core"), kOk);
  directory("/var/crash", 01777);
  EXPECT_EQ(of("/var/crash/core.%p"), kViolated);
  EXPECT_THAT(check().why, HasSubstr("/var/crash, which is open to everybody"));
  directory("/var", 0750);
  EXPECT_EQ(of("/var/crash/core.%p"), kOk) << "nobody passes above";
  EXPECT_EQ(of("/nowhere/core"), kUnknown);
  EXPECT_EQ(of("/core"), host_.view.root.empty() ? kViolated : kOk) << "the tree is closed";
}

TEST_F(CoreDumps, AreNoneWhenTheNameIsEmptyAndWithoutANumber) {
  setting("kernel/core_uses_pid", "0");
  EXPECT_EQ(of(""), kOk);
  setting("kernel/core_uses_pid", "1");
  EXPECT_EQ(of(""), kViolated);
}

TEST_F(CoreDumps, OfPrivilegedProcessesAreViolatedWhenAllMayHaveThem) {
  setting("fs/suid_dumpable", "1");
  EXPECT_EQ(of("|/bin/false"), kViolated);
  EXPECT_THAT(check().remedy, HasSubstr("fs.suid_dumpable=0"));
  setting("fs/suid_dumpable", "2");
  EXPECT_EQ(of("|/bin/false"), kOk);
}

TEST_F(CoreDumps, AreNoneOfAKernelWithoutThemAndUnknownWithoutProc) {
  EXPECT_EQ(check(), is_ok("the kernel writes none"));
  host_.remove("/proc");
  EXPECT_EQ(check().state, kUnknown);
}

class LoginuidImmutable : public KernelSettings {
 protected:
  LoginuidImmutable() { host_.file("/proc/self/loginuid", "4294967295"); }
  SafeguardResult check() const { return check_loginuid_immutable(promised_, host_.view); }
  void auditd_runs() const {
    host_.file("/run/auditd.pid", "77\n");
    host_.file("/proc/77/comm", "auditd\n");
  }
};

TEST_F(LoginuidImmutable, IsOkWhenTheRulesSaySoAndAuditdRuns) {
  host_.file("/etc/audit/audit.rules", "-D\n-b 8192\n  --loginuid-immutable \r\n-e 2\n");
  auditd_runs();
  EXPECT_EQ(check(), is_ok("/etc/audit/audit.rules says so, and auditd runs"));
}

TEST_F(LoginuidImmutable, IsUnknownWhileAuditdDoesNotRun) {
  host_.file("/etc/audit/audit.rules", "--loginuid-immutable");
  EXPECT_EQ(check().state, kUnknown);
  host_.file("/run/auditd.pid", "77\n");
  host_.file("/proc/77/comm", "bash\n");
  EXPECT_EQ(check().state, kUnknown) << "another has its number";
  EXPECT_THAT(check().remedy, HasSubstr("systemctl enable --now auditd"));
}

TEST_F(LoginuidImmutable, IsViolatedWithoutSuchARule) {
  auditd_runs();
  EXPECT_EQ(check().why, "no rule of auditd says --loginuid-immutable");
  for (const char* rules :
       {"", "# --loginuid-immutable\n", "--loginuid-immutable-x\n", "-w /x --loginuid-immutable\n"}) {
    host_.file("/etc/audit/audit.rules", rules);
    EXPECT_EQ(check().state, kViolated) << rules;
  }
}

TEST_F(LoginuidImmutable, IsViolatedWhenTheRuleWasNotLoaded) {
  auditd_runs();
  host_.file("/etc/audit/audit.rules", "-D\n");
  host_.file("/etc/audit/rules.d/10-x.rules.disabled", "--loginuid-immutable\n");
  EXPECT_THAT(check().why, HasSubstr("no rule"));
  host_.file("/etc/audit/rules.d/10-x.rules", "--loginuid-immutable\n");
  EXPECT_EQ(check().why, "/etc/audit/rules.d/10-x.rules says so, but was not loaded");
  EXPECT_THAT(check().remedy, HasSubstr("augenrules --load"));
}

TEST_F(LoginuidImmutable, IsViolatedByAKernelWithoutAudit) {
  host_.remove("/proc/self/loginuid");
  EXPECT_EQ(check().why, "the kernel does not know who has logged in");
}

TEST_F(LoginuidImmutable, IsUnknownWithoutProcAndWhenTheRulesCannotBeRead) {
  host_.directory("/etc/audit/audit.rules");
  EXPECT_EQ(check().state, kUnknown);
  host_.remove("/proc");
  EXPECT_EQ(check().state, kUnknown);
}

class SecureBoot : public KernelSettings {
 protected:
  SafeguardResult check() const { return check_secure_boot(promised_, host_.view); }
  void variable(const std::string& name, char value) const {
    host_.file("/sys/firmware/efi/efivars/" + name, std::string("\6\0\0\0", 4) + value);
  }
  static constexpr const char* kSecureBoot = "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  static constexpr const char* kSetupMode = "SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  static constexpr const char* kShim = "MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23";
};

TEST_F(SecureBoot, IsOkWhenOn) {
  variable(kSecureBoot, 1);
  EXPECT_EQ(check(), is_ok("Secure Boot is on"));
  variable(kSetupMode, 0);
  variable(kShim, 0);
  EXPECT_EQ(check().state, kOk);
}

TEST_F(SecureBoot, IsViolatedWhenOff) {
  variable(kSecureBoot, 0);
  EXPECT_EQ(check().state, kViolated);
  EXPECT_EQ(check().why, "Secure Boot is off");
}

TEST_F(SecureBoot, IsViolatedInSetupModeAndWhenShimDoesNotCheck) {
  variable(kSecureBoot, 1);
  variable(kShim, 1);
  EXPECT_THAT(check().why, HasSubstr("shim"));
  variable(kSetupMode, 1);
  EXPECT_THAT(check().why, HasSubstr("setup mode"));
}

TEST_F(SecureBoot, IsViolatedByFirmwareWithoutIt) {
  variable("BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c", 1);
  EXPECT_EQ(check().why, "the firmware has no Secure Boot");
}

TEST_F(SecureBoot, IsUnknownWithoutUefiOrItsVariables) {
  EXPECT_EQ(check().state, kUnknown);
  EXPECT_THAT(check().why, HasSubstr("no UEFI"));
  host_.directory("/sys/firmware/efi");
  EXPECT_THAT(check().remedy, HasSubstr("mount -t efivarfs"));
  host_.directory("/sys/firmware/efi/efivars");
  EXPECT_EQ(check().state, kUnknown);
}

TEST_F(SecureBoot, IsUnknownWhenTheVariableIsNoByte) {
  const std::string path = std::string("/sys/firmware/efi/efivars/") + kSecureBoot;
  for (const std::string& bytes : {std::string(), std::string("\6\0\0\0", 4), std::string(1000, '\1')}) {
    host_.file(path, bytes);
    EXPECT_EQ(check().state, kUnknown) << bytes.size();
  }
  host_.remove(path);
  ASSERT_EQ(mkfifo((host_.view.root + path).c_str(), 0600), 0);
  EXPECT_EQ(check().state, kUnknown);
}

TEST_F(KernelSettings, OfThisHostAreLookedAtWithoutACrash) {
  host_.view.root = "";
  for (const auto check :
       {check_kernel_lockdown, check_module_loading, check_ptrace_restricted, check_core_dumps,
        check_unprivileged_bpf_off, check_loginuid_immutable, check_secure_boot}) {
    const SafeguardResult result = check(promised_, host_.view);
    EXPECT_THAT(result.why, Not(testing::IsEmpty()));
    EXPECT_EQ(result.remedy.empty(), result.state == kOk);
  }
}

}  // namespace
}  // namespace purposewatch
