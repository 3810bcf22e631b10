// Tells every Alertmanager of incidents directly, besides what Prometheus makes of the metrics: a page does
// not wait for a scrape. One thread for each, so that one that hangs holds up nobody.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/paging/delivery.h"
#include "agent/paging/outbox.h"
#include "exporters/http_client/http_client.h"
#include "rules/base/result.h"
#include "rules/model/health.h"

namespace purposewatch {

struct PagerSettings {
  std::vector<std::string>
      urls;  // of Alertmanagers: of all members of a cluster, not of a balancer before it
  HttpIdentity identity;
  std::function<void()> before_post = {};  // on the threads that post: returns when it may be told
};

class Pager {
 public:
  // An error: one of the addresses is none.
  static Result<std::unique_ptr<Pager>> open(PagerSettings settings);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // From here on it tells: of these, which were there before, first.
  void start(IncidentAlertSettings alerts, const std::map<std::string, Incident>& incidents);
  // Thread-safe, and never waits for a network.
  void put(const Incident& incident);
  // Of all these, the policy says anew what may be told.
  void use_details(AlertDetails details, const std::map<std::string, Incident>& incidents);
  PagingHealth health() const;  // thread-safe
  // Gives what is not delivered yet a moment, unless it had one before; the next agent will go on with it.
  void finish();

 private:
  struct Receiver;

  Pager() = default;
  void serve(Receiver& receiver);
  void tell(Receiver& receiver, const std::optional<PostProblem>& problem);  // mutex_ is held
  void wake();
  bool is_settled() const;  // mutex_ is held

  Outbox outbox_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool is_ending_ = false;
  std::uint64_t successes_ = 0, failures_ = 0;  // requests
};

}  // namespace purposewatch
