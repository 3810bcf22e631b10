#include "agent/subject/proc_subject.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agent/subject/unit.h"
#include "agent/subject/users.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

// A tree that looks like /proc with one process, 7.
class ProcSubject : public testing::Test {
 protected:
  ProcSubject() {
    std::string name = (fs::temp_directory_path() / "proc-subject-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    root_ = name;
    fs::create_directories(root_ / "7");
    write("imap", "a program");
    write("7/status",
          "Name:\tim "
          "ap\\n\nUmask:\t0022\nTgid:\t7\nNgid:\t0\nPid:\t7\nPPid:\t3\nUid:\t33\t0\t33\t33\nGid:"
          "\t33\t8\t33\t33\n");
    write("7/stat", "7 (im ) ap) S 3 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 250 999 1\n");
    write("7/loginuid", "4294967295");
    write("7/sessionid", "12");
    write("7/cgroup", "4:memory:/x\n1:name=systemd:/y.service\n0::/system.slice/dovecot.service\n");
    fs::create_symlink(root_ / "imap", root_ / "7/exe");
  }
  ~ProcSubject() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(root_ / name) << text; }
  Result<Subject> read(const std::vector<std::string>& exe = {}) {
    RuleSet rules;
    rules.services.resize(1);
    rules.services[0].exe = exe;
    return read_proc_subject(root_.string(), 7, rules);
  }

  fs::path root_;
};

TEST_F(ProcSubject, IsReadFromWhatTheKernelShows) {
  const auto subject = read();
  ASSERT_TRUE(subject) << subject.error().message;
  EXPECT_EQ(subject->pid, 7U);
  EXPECT_EQ(subject->parent_pid, 3U);
  EXPECT_EQ(subject->name, "im ap\\n");
  EXPECT_EQ(subject->uid, 33U);
  EXPECT_EQ(subject->euid, 0U);
  EXPECT_EQ(subject->gid, 8U);
  EXPECT_EQ(subject->user, "root");
  EXPECT_EQ(subject->login_uid, kUnsetId);
  EXPECT_EQ(subject->session_id, 12U);
  EXPECT_EQ(subject->unit, "dovecot.service");
  EXPECT_EQ(subject->executable, (root_ / "imap").string());
  EXPECT_EQ(subject->start_boot_ns,
            250ULL * 1'000'000'000ULL / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
  EXPECT_EQ(subject->program, "");
}

TEST_F(ProcSubject, IsAProgramOfThePolicyByInode) {
  fs::create_hard_link(root_ / "imap", root_ / "linked");
  fs::copy_file(root_ / "imap", root_ / "copy");
  const std::string linked = (root_ / "linked").string(), copy = (root_ / "copy").string();
  EXPECT_EQ(read({copy, linked})->program, linked);
  EXPECT_EQ(read({copy, "/nowhere"})->program, "");
}

TEST_F(ProcSubject, RunsTheScriptThatItsInterpreterWasStartedWith) {
  write("report.py", "a script");
  write("other.py", "a script");
  fs::create_hard_link(root_ / "report.py", root_ / "linked.py");
  fs::create_directory_symlink(root_, root_ / "7/cwd");
  RuleSet rules;
  rules.services.resize(1);
  rules.services[0].script = {(root_ / "missing.py").string(), (root_ / "report.py").string()};
  const auto script = [&](const std::string& arguments) {
    write("7/cmdline", arguments);
    return read_proc_subject(root_.string(), 7, rules)->script;
  };
  const std::string nul(1, '\0'), report = (root_ / "report.py").string();
  EXPECT_EQ(script("python3" + nul + report + nul + "-v" + nul), report);
  EXPECT_EQ(script("python3" + nul + "-I" + nul + "linked.py" + nul), report)
      << "by inode, from where it runs";
  EXPECT_EQ(script("python3" + nul + "other.py" + nul), "");
  EXPECT_EQ(script("python3" + nul + "-c" + nul + "code" + nul + report + nul), "")
      << "an argument of its code";
  EXPECT_EQ(script(report), "") << "its own name is none of its arguments";
  EXPECT_EQ(script(""), "");
}

TEST_F(ProcSubject, KnowsWhatStillRunsAboveIt) {
  write("cron", "a program");
  write("job.sh", "a script");
  fs::create_directories(root_ / "3");
  fs::create_directories(root_ / "1");
  write("3/status", "Name:\tjob.sh\nPPid:\t1\n");
  write("3/cmdline", std::string("bash\0", 5) + (root_ / "job.sh").string());
  write("1/status", "Name:\tcron\nPPid:\t0\n");
  fs::create_symlink(root_ / "imap", root_ / "3/exe");
  fs::create_symlink(root_ / "cron", root_ / "1/exe");
  RuleSet rules;
  rules.services.resize(1);
  rules.services[0].exe = {(root_ / "cron").string()};
  rules.services[0].script = {(root_ / "job.sh").string()};
  EXPECT_EQ(read_proc_subject(root_.string(), 7, rules)->ancestor_programs,
            (std::vector<std::string>{(root_ / "job.sh").string(), (root_ / "cron").string()}));
  write("1/status", "Name:\tcron\nPPid:\t3\n");
  EXPECT_LE(read_proc_subject(root_.string(), 7, rules)->ancestor_programs.size(), 64U)
      << "what changes while it is read never keeps the reader";
}

TEST_F(ProcSubject, OfAKernelThreadHasNoExecutable) {
  fs::remove(root_ / "7/exe");
  fs::remove(root_ / "7/loginuid");
  const auto subject = read();
  ASSERT_TRUE(subject);
  EXPECT_EQ(subject->executable, "");
  EXPECT_EQ(subject->login_uid, kUnsetId);
}

TEST_F(ProcSubject, FailsInWordsWhenThereIsNoneOrItsStatusIsNonsense) {
  EXPECT_EQ(read_proc_subject(root_.string(), 8, {}).error().message, "no process 8 in " + root_.string());
  for (const char* nonsense : {"", "Name:\tx\n", "Name:\tx\nTgid:\tno\nPPid:\t1\nUid:\t1 1\nGid:\t1 1\n",
                               "Name:\tx\nTgid:\t7\nPPid:\t1\nUid:\t-\nGid:\t1 1\n"}) {
    write("7/status", nonsense);
    EXPECT_FALSE(read()) << nonsense;
  }
}

TEST(Unit, IsTheOneNearestToTheRoot) {
  EXPECT_EQ(unit_of_cgroup("/system.slice/dovecot.service"), "dovecot.service");
  EXPECT_EQ(unit_of_cgroup("/system.slice/system-postfix.slice/postfix@-.service"), "postfix@-.service");
  EXPECT_EQ(unit_of_cgroup("/user.slice/user-1000.slice/session-3.scope"), "session-3.scope");
  EXPECT_EQ(unit_of_cgroup("/user.slice/user-1000.slice/user@1000.service/app.slice/dovecot.service"),
            "user@1000.service");
  EXPECT_EQ(unit_of_cgroup("/system.slice/_cpu.service"), "cpu.service");
}

TEST(Unit, IsNoneWhereSystemdMadeNoCgroup) {
  for (const char* none : {"", "/", "/init", "/docker/dovecot.service", "/system.slice",
                           "/system.slice/.service", "relative", "///"})
    EXPECT_EQ(unit_of_cgroup(none), "") << none;
}

TEST(Users, AreNamedAndNumbered) {
  EXPECT_EQ(user_name(0), "root");
  EXPECT_EQ(user_id("root"), 0U);
  EXPECT_EQ(user_id("4000000000"), 4000000000U);
  EXPECT_EQ(user_id("no-such-user-here"), std::nullopt);
  EXPECT_EQ(user_id(""), std::nullopt);
  EXPECT_EQ(user_name(3999999999U), "");
}

}  // namespace
}  // namespace purposewatch
