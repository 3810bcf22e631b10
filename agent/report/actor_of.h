// Who acted, as a recorded finding tells it.
#pragma once

#include <nlohmann/json.hpp>

#include "exporters/report/report.h"

namespace purposewatch {

Actor actor_of(const nlohmann::ordered_json& event);

// The same for the eyes of one client: no account of somebody who has not logged in and may be a client too,
// no program outside the system's directories, whose path may name one.
struct ActorForClient {
  Actor who;
  bool person_is_system = false,
       acts_as_is_system = false;  // an account of the system, which is nobody's name
};
ActorForClient actor_for_client(const nlohmann::ordered_json& event, const std::string& client);

}  // namespace purposewatch
