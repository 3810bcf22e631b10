// check, test and explain as a user types them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/cli/command.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

struct Answer {
  int exit_code = 0;
  std::string out, err;
};

Answer type(std::vector<std::string> words) {
  CLI::App app("purposewatch", "purposewatch");
  Answer answer;
  add_check(app, answer.exit_code);
  add_test(app, answer.exit_code);
  add_explain(app, answer.exit_code);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  std::reverse(words.begin(), words.end());  // CLI11 takes them last first
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    answer.exit_code = app.exit(error) == 0 ? kFine : kWrongUsage;
  }
  answer.out = testing::internal::GetCapturedStdout();
  answer.err = testing::internal::GetCapturedStderr();
  return answer;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class PolicyCommands : public testing::Test {
 protected:
  PolicyCommands() {
    std::string name = (fs::temp_directory_path() / "policy-commands-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    root_ = fs::canonical(name);
    std::ofstream(root_ / "imap") << "a program";
    fs::create_directories(root_ / "mail/alice/cur");
  }
  ~PolicyCommands() override { fs::remove_all(root_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name) << text;
    return root_ / name;
  }
  std::string sound_policy(const std::string& more = "") {
    return write(
        "sound.yaml",
        "policy: {name: shop, version: 1}\n"
        "classes: {mail: {clause: P2}}\n"
        "purposes: {serve: {clause: P4, classes: all}}\n"
        "stores: {m: {class: mail, paths: \"" +
            (root_ / "mail").string() +
            "/{client}\"}}\n"
            "services:\n  imap: {exe: " +
            (root_ / "imap").string() +
            ", user: root}\n  self: {owner: true}\n"
            "permits:\n  - {service: [imap, self], store: m, access: [read, list], purpose: serve}\n" +
            more);
  }

  fs::path root_;
};

TEST_F(PolicyCommands, CheckCountsWhatIsFine) {
  const Answer answer = type({"check", sound_policy()});
  EXPECT_EQ(answer.exit_code, kFine);
  EXPECT_EQ(answer.out, "shop 1: 1 store, 2 services, 2 permits: fine\n");
}

TEST_F(PolicyCommands, CheckTellsErrorsOneALineForEditors) {
  const std::string file = write("bad.yaml", "stors: {}\npolicy: {name: t, version: 1}\n");
  const Answer answer = type({"check", file});
  EXPECT_EQ(answer.exit_code, kAnswerIsNo);
  EXPECT_EQ(answer.out,
            file + ":1:1: error: unknown key 'stors' in a policy file (did you mean 'stores'?)\n");
}

TEST_F(PolicyCommands, CheckShowsATerminalTheLineAndThePlace) {
  const std::string file =
      write("bad.yaml", "policy: {name: t, version: 1}\n\xc3\xa9: {}\npolicy2: \"\xe2\x80\xae\"\n");
  const Answer answer = type({"check", "--color", "always", file});
  EXPECT_NE(answer.out.find("  | \xc3\xa9: {}\n  | \x1b[32m^"), std::string::npos) << answer.out;
  EXPECT_EQ(answer.out.find("\xe2\x80\xae"), std::string::npos)
      << "text that reverses what follows reached the terminal";
}

TEST_F(PolicyCommands, CheckAnswersProgramsInJson) {
  const Answer fine = type({"check", "-o", "json", sound_policy()});
  const auto json = nlohmann::json::parse(fine.out);
  EXPECT_EQ(json["valid"], true);
  EXPECT_EQ(json["policy"]["name"], "shop");
  EXPECT_EQ(json["permits"], 2);
  const Answer bad = type({"check", "-o", "json", write("bad.yaml", "x: 1\n")});
  EXPECT_EQ(bad.exit_code, kAnswerIsNo);
  const auto first = nlohmann::json::parse(bad.out)["diagnostics"][1];
  EXPECT_EQ(first["line"], 1);
  EXPECT_EQ(first["severity"], "error");
}

TEST_F(PolicyCommands, CheckPrintsTheSchemaAndNeedsAPathOtherwise) {
  EXPECT_TRUE(nlohmann::json::parse(type({"check", "--print-schema"}).out).contains("$schema"));
  EXPECT_EQ(type({"check"}).exit_code, kWrongUsage);
  EXPECT_EQ(type({"check", "-o", "xml", "p"}).exit_code, kWrongUsage);
}

TEST_F(PolicyCommands, TestShowsExpectedBesideGot) {
  const std::string path = (root_ / "mail/alice/1").string();
  const std::string file = sound_policy(
      "tests:\n"
      "  - {who: {exe: " +
      (root_ / "imap").string() + ", user: root}, access: read, path: " + path +
      ", expect: permitted}\n"
      "  - {who: {exe: /cat, user: eve}, access: read, path: " +
      path + ", owner: al, expect: permitted}\n");
  const Answer answer = type({"test", file});
  EXPECT_EQ(answer.exit_code, kAnswerIsNo);
  EXPECT_EQ(answer.out,
            file + ":12:5: failed: read " + path +
                " by /cat as eve, owned by al\n"
                "  - expected expect: permitted\n"
                "  + got      expect: flagged\n"
                "    flagged: not-owner: is self, but the file belongs to another user, not to eve\n"
                "2 tests: 1 failed\n");
  const auto json = nlohmann::json::parse(type({"test", "-o", "json", file}).out);
  EXPECT_EQ(json["passed"], 1);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["tests"][1]["differences"][0]["got"], "flagged");
}

TEST_F(PolicyCommands, TestOfABrokenPolicyFails) {
  EXPECT_EQ(type({"test", write("bad.yaml", "x: 1\n")}).exit_code, kAnswerIsNo);
  EXPECT_EQ(type({"test", sound_policy()}).exit_code, kFine);
}

TEST_F(PolicyCommands, ExplainPermitsAndFlags) {
  const std::string file = sound_policy(), exe = (root_ / "imap").string(),
                    path = (root_ / "mail/alice/cur").string();
  const Answer yes = type({"explain", "--policy", file, path, "--exe", exe, "--user", "root"});
  EXPECT_EQ(yes.exit_code, kFine);
  EXPECT_NE(yes.out.find("permitted by imap/m/serve for serve [P4]"), std::string::npos) << yes.out;
  const Answer no = type({"explain", "--policy", file, path, "--exe", exe, "--user", "daemon", "--owner",
                          "bin", "--access", "list"});
  EXPECT_EQ(no.exit_code, kAnswerIsNo);
  EXPECT_NE(no.out.find("is imap by executable, but user is daemon, not root"), std::string::npos) << no.out;
  EXPECT_NE(no.out.find("client   alice"), std::string::npos) << no.out;
  const Answer none = type({"explain", "--policy", file, "/proc/self/../1/status", "--user", "root"});
  EXPECT_EQ(none.exit_code, kFine);
  EXPECT_NE(none.out.find("no-store: no store covers the path"), std::string::npos) << none.out;
}

TEST_F(PolicyCommands, ExplainRecognisesAProgramByItsInodeNotItsPath) {
  const std::string file = sound_policy(), path = (root_ / "mail/alice/cur").string();
  fs::create_hard_link(root_ / "imap", root_ / "linked");
  fs::copy_file(root_ / "imap", root_ / "copy");
  EXPECT_EQ(
      type({"explain", "--policy", file, path, "--owner", "bin", "--exe", root_ / "linked", "--user", "root"})
          .exit_code,
      kFine);
  EXPECT_EQ(
      type({"explain", "--policy", file, path, "--owner", "bin", "--exe", root_ / "copy", "--user", "root"})
          .exit_code,
      kAnswerIsNo);
}

TEST_F(PolicyCommands, ExplainKnowsScriptsAndParentsByInodeAndPortsByAddress) {
  for (const char* name : {"job.sh", "restic", "bash"}) std::ofstream(root_ / name) << name;
  fs::create_hard_link(root_ / "job.sh", root_ / "linked.sh");
  const std::string root = root_.string();
  const std::string file =
      write("routes.yaml",
            "policy: {name: shop, version: 1}\n"
            "classes: {mail: {clause: P2}}\n"
            "purposes: {serve: {clause: P4, classes: all}}\n"
            "stores: {db: {class: mail, sockets: " +
                root + "/db.sock, ports: \"tcp:*:3306\"}}\n" + "services:\n  job: {exe: " + root +
                "/bash, script: " + root + "/job.sh}\n  tool: {exe: " + root +
                "/restic, parent: job}\n"
                "permits:\n  - {service: [job, tool], store: db, access: connect, purpose: serve}\n");
  const auto ask = [&](const std::string& target, std::vector<std::string> who) {
    std::vector<std::string> words = {"explain", "--policy", file, "--access", "connect", target};
    words.insert(words.end(), who.begin(), who.end());
    return type(words);
  };
  const std::string socket = root + "/db.sock", bash = root + "/bash", restic = root + "/restic";
  EXPECT_EQ(ask(socket, {"--exe", bash, "--script", root + "/linked.sh"}).exit_code, kFine);
  const Answer other = ask(socket, {"--exe", bash, "--script", bash});
  EXPECT_EQ(other.exit_code, kAnswerIsNo);
  EXPECT_NE(other.out.find("script-mismatch: is job by executable, but runs " + bash), std::string::npos)
      << other.out;
  EXPECT_EQ(
      ask("tcp:[::1]:3306", {"--exe", restic, "--parent-exe", bash, "--parent-exe", root + "/linked.sh"})
          .exit_code,
      kFine);
  const Answer alone = ask("tcp:[::1]:3306", {"--exe", restic});
  EXPECT_EQ(alone.exit_code, kAnswerIsNo);
  EXPECT_NE(alone.out.find("parent-mismatch: is tool by executable, but was not started by job"),
            std::string::npos)
      << alone.out;
  EXPECT_NE(alone.out.find("store    db by tcp:*:3306"), std::string::npos) << alone.out;
  EXPECT_NE(ask("tcp:127.0.0.1:1", {"--exe", restic}).out.find("no store covers the port"),
            std::string::npos);
  EXPECT_EQ(ask("tcp:*:3306", {"--exe", restic}).exit_code, kWrongUsage);
  EXPECT_EQ(ask("tcp:localhost:3306", {"--exe", restic}).exit_code, kWrongUsage);
}

TEST_F(PolicyCommands, ExplainFollowsLinksAsTheKernelDoes) {
  fs::create_directory_symlink(root_ / "mail/alice", root_ / "shortcut");
  const Answer answer = type({"explain", "-o", "json", "--policy", sound_policy(), root_ / "shortcut/cur/",
                              "--user", "daemon", "--owner", "bin"});
  const auto json = nlohmann::json::parse(answer.out);
  EXPECT_EQ(json["client"], "alice");
  EXPECT_EQ(json["verdict"], "flagged");
  EXPECT_EQ(json["reason"], "not-owner");
}

TEST_F(PolicyCommands, ExplainAsksWhoAndKnowsThisProcess) {
  const std::string file = sound_policy();
  EXPECT_EQ(type({"explain", "--policy", file, "/x"}).exit_code, kWrongUsage);
  EXPECT_EQ(type({"explain", "--policy", file, "/x", "--pid", "1", "--user", "root"}).exit_code, kWrongUsage);
  EXPECT_EQ(type({"explain", "--policy", file, "/x", "--pid", std::to_string(::getpid())}).exit_code, kFine);
  EXPECT_EQ(type({"explain", "--policy", file, "/x", "--pid", "4194305"}).exit_code, kWrongUsage);
}

TEST_F(PolicyCommands, TestWritesItsResultsForBuildServers) {
  const std::string policy = sound_policy(
      "tests:\n"
      "  - {who: {exe: /bin/cat, user: '<&\"'}, access: read, path: /elsewhere, expect: no-store}\n"
      "  - {who: {exe: /bin/cat}, access: read, path: /elsewhere, expect: flagged}\n");
  const Answer answer = type({"test", "--junit", (root_ / "junit.xml").string(), policy});
  EXPECT_EQ(answer.exit_code, kAnswerIsNo);
  EXPECT_NE(answer.out.find("2 tests: 1 failed"), std::string::npos);
  const std::string xml = text_of(root_ / "junit.xml");
  EXPECT_EQ(xml.find("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"2\" failures=\"1\">"),
            0U)
      << xml;
  EXPECT_NE(xml.find("name=\"read /elsewhere by /bin/cat as &lt;&amp;&quot;\"/>"), std::string::npos) << xml;
  EXPECT_NE(xml.find("  - expected expect: flagged\n  + got      expect: no-store\n"), std::string::npos)
      << xml;
  EXPECT_EQ(xml.substr(xml.size() - 14), "</testsuites>\n");

  const Answer alone = type({"test", "--junit", "-", policy});
  EXPECT_EQ(alone.out, xml);
  EXPECT_EQ(type({"test", "--junit", (root_ / "no/such/directory").string(), policy}).exit_code,
            kCannotRunHere);
}

}  // namespace
}  // namespace purposewatch
