// What can be seen of the machine itself: its case, who sits at it, its power and heat.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utmp.h>

#include <cstring>

#include "agent/safeguards/checks.h"
#include "tests/agent/safeguards/fake_host.h"
#include "tests/agent/safeguards/written_at.h"

namespace purposewatch {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kGarbage[] = {"", "\n", "yes", "1x", "\xff\xfe\n1", "99999999999999999999", "- 1"};

// ---- chassis-intrusion

constexpr const char* kPhysicalPolicy =
    "safeguards: {chassis-intrusion: {}, clean-shutdown: {}, hardware-temperature: {}, "
    "console-login-absent: {allow: [oncall, 'op-*']}}\n";
constexpr const char* kBmc = "/run/purposewatch/ipmi-chassis.txt";
constexpr const char* kSwitch = "/sys/class/hwmon/hwmon1/intrusion0_alarm";

SafeguardResult chassis(const FakeHost& host) {
  return check_chassis_intrusion(host.promised("chassis-intrusion"), host.view);
}

// As FreeIPMI 1.6 prints it, shortened.
std::string bmc_says(const std::string& intrusion) {
  return "System Power                        : on\n"
         "Power overload                      : false\n"
         "Chassis intrusion                   : " +
         intrusion + "\nFront panel lockout                 : inactive\n";
}

TEST(ChassisIntrusion, IsWhatTheSwitchRemembers) {
  const FakeHost host("", kPhysicalPolicy);
  EXPECT_EQ(chassis(host).state, SafeguardState::kUnknown) << "no sensor";
  host.file(kSwitch, "0\n");
  EXPECT_EQ(chassis(host).state, SafeguardState::kOk);
  host.file("/sys/class/hwmon/hwmon0/device/intrusion1_alarm", "1\n");
  const SafeguardResult opened = chassis(host);
  EXPECT_EQ(opened.state, SafeguardState::kViolated);
  EXPECT_THAT(opened.why, HasSubstr("/sys/class/hwmon/hwmon0/device/intrusion1_alarm"));
  EXPECT_THAT(opened.remedy, HasSubstr("echo 0 > /sys/class/hwmon/hwmon0/device/intrusion1_alarm"));
}

TEST(ChassisIntrusion, IsUnknownWhereTheSwitchCannotBeRead) {
  const FakeHost host("", kPhysicalPolicy);
  write_file(host, kBmc, bmc_says("inactive"), seconds(0));
  for (const char* text : kGarbage) {
    host.file(kSwitch, text);
    EXPECT_EQ(chassis(host).state, SafeguardState::kUnknown) << text;
  }
  host.remove(kSwitch);
  host.directory(kSwitch);
  EXPECT_EQ(chassis(host).state, SafeguardState::kUnknown);
}

TEST(ChassisIntrusion, IsAskedOfTheBmcWhereTheKernelKnowsNoSwitch) {
  const FakeHost host("", kPhysicalPolicy);
  host.file("/sys/class/hwmon/hwmon0/intrusion_alarm", "1\n");  // no number: another file
  write_file(host, kBmc, bmc_says("inactive"), hours(2));
  EXPECT_EQ(chassis(host).state, SafeguardState::kOk);
  write_file(host, kBmc, bmc_says("active"), hours(2));
  EXPECT_EQ(chassis(host).state, SafeguardState::kViolated);
  write_file(host, kBmc, "Chassis Intrusion    : Inactive", seconds(0));
  EXPECT_EQ(chassis(host).state, SafeguardState::kOk) << "ipmitool's line";
  write_file(host, kBmc, "Intrusion sensor           : Not Provided\n" + bmc_says("inactive"), seconds(0));
  EXPECT_EQ(chassis(host).state, SafeguardState::kUnknown) << "it would say inactive of any case";
  for (const std::string text :
       {"", "Chassis intrusion", "Chassis intrusion : maybe\n", ":\n:active", "\xff"}) {
    write_file(host, kBmc, text, seconds(0));
    EXPECT_EQ(chassis(host).state, SafeguardState::kUnknown) << text;
  }
}

TEST(ChassisIntrusion, DoesNotBelieveAnOldReport) {
  const FakeHost host("", kPhysicalPolicy);
  write_file(host, kBmc, bmc_says("inactive"), hours(4));
  EXPECT_EQ(chassis(host).state, SafeguardState::kUnknown);
  EXPECT_THAT(chassis(host).why, HasSubstr("is 4 h old"));
  write_file(host, kBmc, bmc_says("inactive"), hours(-4));
  EXPECT_THAT(chassis(host).why, HasSubstr("future"));
  host.remove(kBmc);
  ASSERT_EQ(mkfifo(host.view.path(kBmc).c_str(), 0600), 0);
  EXPECT_EQ(chassis(host).state, SafeguardState::kUnknown);
}

// ---- console-login-absent

SafeguardResult console(const FakeHost& host) {
  return check_console_login_absent(host.promised("console-login-absent"), host.view);
}

void session(const FakeHost& host, const std::string& id, const std::string& lines) {
  host.file("/run/systemd/sessions/" + id, "# This is private data. Do not parse.\nUID=1000\n" + lines);
}

TEST(ConsoleLogin, IsASessionAtASeatOrALocalLine) {
  const FakeHost host("", kPhysicalPolicy);
  EXPECT_EQ(console(host).state, SafeguardState::kUnknown);
  host.directory("/run/systemd/sessions");
  EXPECT_EQ(console(host).state, SafeguardState::kOk);
  session(host, "1", "USER=ann\nSTATE=active\nREMOTE=0\nCLASS=user\nSEAT=seat0\nTTY=tty2\n");
  EXPECT_THAT(console(host).why, HasSubstr("ann on tty2 is logged in"));
  EXPECT_EQ(console(host).state, SafeguardState::kViolated);
  for (const char* line : {"TTY=ttyS0", "TTY=/dev/hvc0", "TTY=console", "TTY=ttyAMA0", "SEAT=seat0"}) {
    session(host, "1", "USER=ann\nREMOTE=0\nCLASS=user-early\n" + std::string(line));
    EXPECT_EQ(console(host).state, SafeguardState::kViolated) << line;
  }
  session(host, "1", "SEAT=seat0");
  EXPECT_THAT(console(host).why, HasSubstr("user 1000 on seat0"));
}

TEST(ConsoleLogin, IsNoGreeterNorWhoComesOverTheNetworkNorWhoIsAllowed) {
  const FakeHost host("", kPhysicalPolicy);
  session(host, "c1", "USER=gdm\nSTATE=active\nREMOTE=0\nCLASS=greeter\nSEAT=seat0\nTTY=tty1\n");
  session(host, "2", "USER=ann\nSTATE=active\nREMOTE=1\nCLASS=user\nTTY=pts/0\n");
  session(host, "3", "USER=root\nSTATE=online\nREMOTE=0\nCLASS=background\n");
  session(host, "4", "USER=ann\nSTATE=closing\nREMOTE=0\nCLASS=user\nSEAT=seat0\n");
  session(host, "5", "USER=oncall\nSTATE=active\nREMOTE=0\nCLASS=user\nSEAT=seat0\n");
  session(host, "6", "USER=op-bob\nSTATE=active\nREMOTE=0\nCLASS=user\nTTY=ttyS0\n");
  ASSERT_EQ(mkfifo(host.view.path("/run/systemd/sessions/6.ref").c_str(), 0600), 0);
  EXPECT_EQ(console(host).state, SafeguardState::kOk) << console(host).why;
  host.directory("/run/systemd/sessions/7");
  EXPECT_EQ(console(host).state, SafeguardState::kUnknown) << "it cannot be read";
  session(host, "8", std::string(1 << 18, '=') + "\nSEAT=");
  EXPECT_EQ(console(host).state, SafeguardState::kUnknown);
}

constexpr int kPidInUtmp = 4711;

std::string utmp_entry(short kind, const char* user, const char* line, const char* from) {
  utmp entry{};
  entry.ut_type = kind;
  entry.ut_pid = kPidInUtmp;
  std::memcpy(entry.ut_user, user, std::min(strlen(user), sizeof(entry.ut_user)));
  std::memcpy(entry.ut_line, line, std::min(strlen(line), sizeof(entry.ut_line)));
  std::memcpy(entry.ut_host, from, std::min(strlen(from), sizeof(entry.ut_host)));
  return {reinterpret_cast<const char*>(&entry), sizeof(entry)};
}

TEST(ConsoleLogin, IsInUtmpWithoutLogind) {
  const FakeHost host("", kPhysicalPolicy);
  host.directory("/proc/" + std::to_string(kPidInUtmp));
  const std::string others =
      utmp_entry(BOOT_TIME, "reboot", "~", "6.1.0") + utmp_entry(LOGIN_PROCESS, "LOGIN", "tty1", "") +
      utmp_entry(DEAD_PROCESS, "ann", "tty2", "") + utmp_entry(USER_PROCESS, "ann", "pts/0", "192.0.2.1") +
      utmp_entry(USER_PROCESS, "oncall", "tty1", "");
  host.file("/run/utmp", others + "rest");
  EXPECT_EQ(console(host).state, SafeguardState::kOk) << console(host).why;
  host.file("/run/utmp", others + utmp_entry(USER_PROCESS, "bob", "tty3", ""));
  EXPECT_THAT(console(host).why, HasSubstr("bob on tty3"));
  const std::string full(64, 'x');
  host.file("/run/utmp", utmp_entry(USER_PROCESS, full.c_str(), "ttyS0", ":0"));
  EXPECT_EQ(console(host).state, SafeguardState::kViolated);
  host.directory("/run/systemd/sessions");
  EXPECT_EQ(console(host).state, SafeguardState::kViolated) << "not every login is one of logind's";
  host.remove("/proc/" + std::to_string(kPidInUtmp));
  EXPECT_EQ(console(host).state, SafeguardState::kOk) << "whose process is gone is not there";
}

// ---- clean-shutdown

TEST(CleanShutdown, IsMissedForADay) {
  FakeHost host("", kPhysicalPolicy);
  const auto check = [&] { return check_clean_shutdown(host.promised("clean-shutdown"), host.view); };
  EXPECT_EQ(check().state, SafeguardState::kUnknown) << "the agent's first start";
  host.view.agent.knows_run_before = true;
  EXPECT_EQ(check().state, SafeguardState::kOk);
  host.view.agent.cut_off_wall_ns = host.view.wall_ns - 3600'000'000'000;
  EXPECT_EQ(check().state, SafeguardState::kViolated) << "no uptime is known";
  for (const char* text :
       {"86399.99 12.00\n", "", "soon", "100000", "-100000.00 1", "99999999999999999999.0 1"}) {
    host.file("/proc/uptime", text);
    EXPECT_EQ(check().state, SafeguardState::kViolated) << text;
  }
  EXPECT_THAT(check().why, HasSubstr("cut off at 2027-01-15 07:00 UTC; no stop came before"));
  host.file("/proc/uptime", "86400.00 12.00\n");
  EXPECT_EQ(check().state, SafeguardState::kOk);
  EXPECT_THAT(check().why, HasSubstr("2027-01-15 07:00 UTC"));
}

TEST(CleanShutdown, TellsAnyTime) {
  FakeHost host("", kPhysicalPolicy);
  host.view.agent.knows_run_before = true;
  for (const std::int64_t time : {INT64_MIN, INT64_MAX, std::int64_t{0}, std::int64_t{-1}}) {
    host.view.agent.cut_off_wall_ns = time;
    EXPECT_EQ(check_clean_shutdown(host.promised("clean-shutdown"), host.view).state,
              SafeguardState::kViolated);
  }
}

// ---- hardware-temperature

SafeguardResult heat(const FakeHost& host) {
  return check_hardware_temperature(host.promised("hardware-temperature"), host.view);
}

TEST(HardwareTemperature, IsUnknownWithoutASensorThatCanTell) {
  const FakeHost host("", kPhysicalPolicy);
  EXPECT_EQ(heat(host).state, SafeguardState::kUnknown);
  host.file("/sys/class/hwmon/hwmon0/name", "nct6775\n");
  host.file("/sys/class/hwmon/hwmon0/temp1_input", "90000\n");
  host.file("/sys/class/hwmon/hwmon0/in0_alarm", "1\n");
  host.file("/sys/class/hwmon/hwmon0/temp2_crit", "0\n");
  host.file("/sys/class/hwmon/hwmon0/temp2_input", "90000\n");
  for (const char* text : kGarbage) {
    host.file("/sys/class/hwmon/hwmon0/temp1_crit_alarm", text);
    EXPECT_EQ(heat(host).state, SafeguardState::kUnknown) << text;
  }
}

TEST(HardwareTemperature, IsWhatAnySensorRaisesAnAlarmAbout) {
  const FakeHost host("", kPhysicalPolicy);
  host.file("/sys/class/hwmon/hwmon0/name", "coretemp\n");
  host.file("/sys/class/hwmon/hwmon0/temp2_label", "Core 0\n");
  for (const char* file :
       {"temp2_crit_alarm", "temp2_emergency_alarm", "temp2_fault", "fan1_alarm", "fan1_fault"}) {
    const std::string path = std::string("/sys/class/hwmon/hwmon0/") + file;
    host.file(path, "0\n");
    EXPECT_EQ(heat(host).state, SafeguardState::kOk) << file;
    host.file(path, "1\n");
    EXPECT_EQ(heat(host).state, SafeguardState::kViolated) << file;
    host.file(path, "0\n");
  }
  host.file("/sys/class/hwmon/hwmon0/temp2_crit_alarm", "1\n");
  EXPECT_THAT(heat(host).why, HasSubstr("coretemp temp2 'Core 0': too hot"));
}

TEST(HardwareTemperature, IsComparedWithTheLimitWhereThereIsNoAlarm) {
  const FakeHost host("", kPhysicalPolicy);
  host.file("/sys/class/hwmon/hwmon2/temp1_crit", "100000\n");
  host.file("/sys/class/hwmon/hwmon2/temp1_input", "99999\n");
  EXPECT_EQ(heat(host).state, SafeguardState::kOk);
  host.file("/sys/class/hwmon/hwmon2/temp1_input", "100000\n");
  EXPECT_THAT(heat(host).why, HasSubstr("hwmon2 temp1: 100 °C, and 100 °C are critical"));
  host.file("/sys/class/hwmon/hwmon2/temp1_crit_alarm", "0\n");
  EXPECT_EQ(heat(host).state, SafeguardState::kOk) << "the chip knows better";
}

TEST(HardwareTemperature, FallsBackToThermalZones) {
  const FakeHost host("", kPhysicalPolicy);
  const std::string zone = "/sys/class/thermal/thermal_zone0/";
  host.file(zone + "type", "acpitz\n");
  host.file(zone + "temp", "40000\n");
  host.file(zone + "trip_point_0_type", "passive\n");
  host.file(zone + "trip_point_0_temp", "30000\n");
  host.file("/sys/class/thermal/cooling_device0/type", "Fan\n");
  EXPECT_EQ(heat(host).state, SafeguardState::kUnknown) << "no critical point";
  host.file(zone + "trip_point_1_type", "critical\n");
  host.file(zone + "trip_point_1_temp", "105000\n");
  EXPECT_EQ(heat(host).state, SafeguardState::kOk);
  host.file(zone + "temp", "106000\n");
  EXPECT_THAT(heat(host).why, HasSubstr("acpitz: 106 °C, and 105 °C are critical"));
  EXPECT_EQ(heat(host).state, SafeguardState::kViolated);
}

TEST(PhysicalSafeguards, LookAtThisHostWithoutHarm) {
  FakeHost host("", kPhysicalPolicy);
  host.view.root = "";
  for (const auto& result : {chassis(host), console(host), heat(host)}) EXPECT_THAT(result.why, Not(""));
}

}  // namespace
}  // namespace purposewatch
