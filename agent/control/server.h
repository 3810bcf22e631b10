// The control socket: commands on this host speak with the running agent through it.
//
//   STATE_DIR/control.sock, mode 0600, a stream. The client sends one line: a word, and perhaps more behind
//   it. It gets:
//     events   findings and what happens to grants as NDJSON, as they happen, until either side leaves
//     WORD     one line of JSON, as the answers below say, then the end
//   Anything else: {"errors": ["..."]} and the end.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/flow/event_loop.h"
#include "exporters/ndjson/event_json.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"
#include "rules/model/sink.h"

namespace purposewatch {

// By the first word of the request: makes an answer, without its newline, from the name of the person who
// asks and what stands behind the word.
using Answers =
    std::map<std::string, std::function<std::string(const std::string& person, const std::string& argument)>>;

class ControlServer final : public Sink {
 public:
  static Result<std::unique_ptr<ControlServer>> open(const std::string& path, EventLoop& loop,
                                                     Answers answers);
  ~ControlServer() override;

  void accept(const Finding& finding) override;
  void note(const GrantEvent& event) override;
  void flush() override;

 private:
  struct Client {
    Descriptor socket;
    std::string request;
    std::string outgoing;
    bool follows_events = false;
    bool ends_when_sent = false;
    bool waits_for_room = false;
    std::uint64_t skipped = 0;  // findings this client was too slow for
  };

  ControlServer(std::string path, EventLoop& loop, Answers answers)
      : path_(std::move(path)), loop_(loop), answers_(std::move(answers)) {}
  void welcome();
  void serve(int socket, std::uint32_t events);
  bool read_request(Client& client);
  void answer(Client& client, const std::string& request);
  bool send_outgoing(Client& client);
  void leave(int socket);
  void send_to_followers(const std::string& line);

  std::string path_;
  EventLoop& loop_;
  Answers answers_;
  Descriptor listener_;
  std::map<int, Client> clients_;
  EventWriter writer_;
  std::string line_;
};

// For the commands: connects, sends the request. The descriptor then reads the answer.
Result<Descriptor> ask_agent(const std::string& state_dir, const std::string& request);

std::string control_socket_path(const std::string& state_dir);

}  // namespace purposewatch
