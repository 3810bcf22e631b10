// The control socket: commands on this host speak with the running agent through it.
//
//   STATE_DIR/control.sock, mode 0600, a stream. The client sends one line: a word. It gets:
//     status   one line of JSON, then the end
//     events   findings as NDJSON, as they happen, until either side leaves
//   Anything else: {"error": "..."} and the end.
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

class ControlServer final : public Sink {
 public:
  // status: makes the answer to "status", without its newline.
  static Result<std::unique_ptr<ControlServer>> open(const std::string& path, EventLoop& loop,
                                                     std::function<std::string()> status);
  ~ControlServer() override;

  void accept(const Finding& finding) override;
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

  ControlServer(std::string path, EventLoop& loop, std::function<std::string()> status)
      : path_(std::move(path)), loop_(loop), status_(std::move(status)) {}
  void welcome();
  void serve(int socket, std::uint32_t events);
  bool read_request(Client& client);
  void answer(Client& client, const std::string& request);
  bool send_outgoing(Client& client);
  void leave(int socket);

  std::string path_;
  EventLoop& loop_;
  std::function<std::string()> status_;
  Descriptor listener_;
  std::map<int, Client> clients_;
  EventWriter writer_;
  std::string line_;
};

// For the commands: connects, sends the request. The descriptor then reads the answer.
Result<Descriptor> ask_agent(const std::string& state_dir, const std::string& request);

std::string control_socket_path(const std::string& state_dir);

}  // namespace purposewatch
