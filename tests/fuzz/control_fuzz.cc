// Any bytes from a client of the control socket, in pieces (0xff parts them): it gets lines of JSON, and
// whoever comes after it is served.
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "agent/control/server.h"
#include "agent/grants/grant_answers.h"
#include "agent/incidents/incident_answers.h"
#include "rules/language/policy.h"
#include "tests/exporters/sample_findings.h"
#include "tests/fuzz/no_sync.h"
#include "tests/fuzz/target.h"

namespace purposewatch {
namespace {

constexpr std::int64_t kNowNs = 1'800'000'000'000'000'000;

class FuzzedAgent {
 public:
  FuzzedAgent()
      : scratch_("control"),
        incidents_([](IncidentChange, const Incident&) {}),
        loop_(std::move(*EventLoop::create())) {
    rules_ = check_policy({{"p.yaml",
                            "policy: {name: t, version: 1}\nclasses: {mail: {clause: P2}}\n"
                            "purposes: {warrant: {clause: P7, classes: all, requires: grant}}\n"
                            "stores: {m: {class: mail, paths: '/m/{client}'}}\n"}})
                 .rules;
    forget();
    Answers answers = grant_answers([this]() -> GrantBook& { return *grants_; }, [this] { return rules_; });
    answers.merge(incident_answers([this]() -> IncidentBook& { return incidents_; }, [] { return kNowNs; }));
    answers["status"] = [](auto&, auto&) { return std::string(R"({"ready": true})"); };
    auto server = ControlServer::open(control_socket_path(scratch_.path()), loop_, std::move(answers));
    require(server.has_value());
    server_ = std::move(*server);
  }

  // What has been given is gone: each input begins with the same agent.
  void forget() {
    grants_.reset();
    scratch_.remove("grants");
    GrantBook::Surroundings around;
    around.directory = scratch_ / "grants";
    around.boot_id = "now";
    around.clocks = [] { return GrantBook::Clocks{kNowNs, 1}; };
    around.is_user = [](const std::string& name) { return name == "bob"; };
    around.tell = [this](const GrantEvent& event) {
      if (server_) server_->note(event);
    };
    auto book = GrantBook::open(std::move(around));
    require(book.has_value());
    grants_ = std::move(*book);
  }

  Descriptor connect_to_it() const {
    Descriptor client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = control_socket_path(scratch_.path());
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    require(connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    return client;
  }
  void settle() {
    while (loop_.run_once(std::chrono::milliseconds(0))) {
    }
  }
  void publish() {
    server_->accept(flagged_read());
    server_->flush();
  }
  bool has_granted() const { return !grants_->all().empty(); }

 private:
  Scratch scratch_;
  std::shared_ptr<const RuleSet> rules_;
  std::unique_ptr<GrantBook> grants_;
  IncidentBook incidents_;
  EventLoop loop_;
  std::unique_ptr<ControlServer> server_;
};

std::string receive(const Descriptor& client, FuzzedAgent& agent) {
  std::string all;
  char buffer[16384];
  for (;;) {
    agent.settle();
    const ssize_t count = recv(client.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    if (count <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(count));
  }
}

void require_lines_of_json(const std::string& answer) {
  require(answer.empty() || answer.back() == '\n');
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = answer.find('\n', at);
    require(nlohmann::json::accept(answer.substr(at, end - at)));
    at = end + 1;
  }
}

}  // namespace
}  // namespace purposewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  spdlog::set_level(spdlog::level::off);
  static FuzzedAgent agent;
  const std::string script = text_of(data, size);
  {
    const Descriptor client = agent.connect_to_it();
    for (std::size_t at = 0; at < script.size();) {
      const std::size_t end = std::min(script.find('\xff', at), script.size());
      (void)send(client.get(), script.data() + at, end - at, MSG_NOSIGNAL);
      agent.settle();
      at = end + 1;
    }
    agent.publish();
    require_lines_of_json(receive(client, agent));
  }
  const Descriptor next = agent.connect_to_it();
  require(send(next.get(), "status\n", 7, MSG_NOSIGNAL) == 7);
  require(receive(next, agent) == "{\"ready\": true}\n");
  if (agent.has_granted()) agent.forget();
  return 0;
}
