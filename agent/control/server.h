// The control socket: commands on this host speak with the running agent through it.
//
//   STATE_DIR/control.sock, mode 0600, a stream. The client sends one line: a word, and perhaps more behind
//   it. It gets:
//     events   findings and what happens to grants as NDJSON, as they happen, until either side leaves; to at
//     most
//              32 clients at once
//     WORD     one line of JSON, as the answers below say, then the end
//   Anything else: {"errors": ["..."]} and the end.
//
// Whatever clients do, the loop goes on to its other work, and a new one is served: of each round of the loop
// one request is answered; who takes up a place without asking or reading leaves when another one comes; and
// what waits to be read is bounded.
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
  using Sink::note;
  void note(const GrantEvent& event) override;
  void flush() override;

 private:
  struct Client {
    Descriptor socket;
    std::uint64_t number = 0;  // by the order in which they came
    std::string request;
    std::string outgoing;
    bool follows_events = false;
    bool ends_when_sent = false;
    bool waits_for_room = false;
    std::uint64_t skipped = 0;  // findings this client was too slow for
  };

  ControlServer(std::string path, EventLoop& loop, Answers answers)
      : path_(std::move(path)), loop_(loop), answers_(std::move(answers)) {}
  using Clients = std::map<int, Client>;
  void welcome();
  void turn_away();
  static bool is_silent(const Client& client);
  Clients::iterator least_missed();
  void bound_what_waits();
  std::size_t followers() const;
  void serve(int socket, std::uint32_t events);
  bool read_request(Client& client);
  void answer(Client& client, const std::string& request);
  void watch(Client& client);
  bool send_outgoing(Client& client);
  void leave(int socket);
  void send_to_followers(const std::string& line);

  std::string path_;
  EventLoop& loop_;
  Answers answers_;
  Descriptor listener_;
  Descriptor spare_;  // to turn somebody away with, when there is no other
  Clients clients_;
  std::uint64_t last_number_ = 0;
  std::uint64_t answered_in_ = 0;  // round of the loop
  EventWriter writer_;
  std::string line_;
};

// For the commands: connects, sends the request. The descriptor then reads the answer.
Result<Descriptor> ask_agent(const std::string& state_dir, const std::string& request);

std::string control_socket_path(const std::string& state_dir);

}  // namespace purposewatch
