// The daemon: puts the parts together, then turns the loop until it is told to end.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "agent/evidence/erasure.h"
#include "exporters/http_client/http_client.h"
#include "exporters/prometheus/build_info.h"

namespace purposewatch {

// As `purposewatch run` has them.
struct DaemonOptions {
  std::vector<std::string> policy = {"/etc/purposewatch/policy.d"};
  std::string state_dir = "/var/lib/purposewatch";
  std::string events;      // also write NDJSON there; empty: do not
  std::string policy_key;  // file of the key whose signature policy files need; empty: they need none
  std::vector<std::string> listen_addresses = {"127.0.0.1:9807"};
  std::string web_config;
  std::vector<std::string> alertmanagers;  // URLs; none: only Prometheus tells of incidents
  HttpIdentity alertmanager_identity;
  std::string runbook_url;                          // of the runbook's page; empty: alerts have no link to it
  std::map<std::string, std::string> alert_labels;  // besides our own, or in their place
  std::string grants_dir = "/etc/purposewatch/grants.d";
  bool lifecycle = false;
  std::string backend = "auto";
  std::chrono::milliseconds canary_interval{30'000};
  bool protects = false;  // what would harm the agent is refused, if the kernel can
  std::string pin_dir;    // where the sensor stays when the agent ends; empty: nowhere
  RetentionTimes retention = usual_retention_times();
  BuildInfo build;
};

enum class DaemonEnd { kAsTold, kPolicyRefused, kCannotRunHere };

// Until a signal ends it. Why it could not run, its log says.
DaemonEnd run_daemon(DaemonOptions options);

}  // namespace purposewatch
