// The records about one client, told so that no other client is.
#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/report/actor_of.h"
#include "agent/report/grant_list.h"
#include "agent/report/incident_list.h"
#include "agent/report/other_clients.h"
#include "exporters/report/report.h"

namespace purposewatch {

class ClientAccesses {
 public:
  ClientAccesses(std::string client, std::size_t rows_max)
      : client_(client), others_(std::move(client)), rows_max_(rows_max) {}

  // Of whatever time: whose names are not to be told.
  void note_names(const nlohmann::ordered_json& event);
  // finding: one about the client, of this time.
  void take(const nlohmann::ordered_json& finding, std::uint64_t record, std::int64_t wall_ns);

  // The latest ones, the earliest of them first. What names somebody else is replaced.
  Listed<ClientAccess> list(const IncidentList& incidents, const GrantList& grants) const;
  Listed<GrantReport> without_others(Listed<GrantReport> grants) const;

 private:
  std::string told(const std::string& text, const char* instead) const;
  Actor told(const ActorForClient& actor) const;

  std::string client_;
  OtherClients others_;
  std::size_t rows_max_;
  struct Row {
    ClientAccess access;
    ActorForClient actor;
  };
  std::deque<Row> rows_;
  std::uint64_t more_ = 0;
};

}  // namespace purposewatch
