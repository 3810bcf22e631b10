// Looks at everything that the policy promises of the host: at once when something happens there, else by the
// clock. On a thread of its own; no check holds up another for longer than its deadline.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "agent/safeguards/all_safeguards.h"
#include "agent/safeguards/host_changes.h"
#include "agent/safeguards/patient_worker.h"

namespace purposewatch {

struct SafeguardStatus {
  std::string name, clause;
  SafeguardKind kind = SafeguardKind::kElectronic;
  SafeguardResult result;
  std::int64_t checked_wall_ns = 0;  // 0: not yet
};

class SafeguardWatch {
 public:
  // So long a violation shows after it has ended: a scrape comes too seldom for one that is undone at once.
  static constexpr std::chrono::seconds kShown{120};
  static constexpr std::chrono::milliseconds kBetweenRounds{50};  // at least

  struct Surroundings {
    std::string root;  // as of HostView
    HostCalls calls;
    std::function<std::int64_t()> wall_ns;
    // Of one that is other than at the last look: another state, or another reason of a violation. On the
    // thread.
    std::function<void(const SafeguardStatus&)> tell;
    std::chrono::milliseconds deadline{5000};  // of one look at one of them
    std::span<const SafeguardEntry> entries = all_safeguards();
  };
  explicit SafeguardWatch(Surroundings surroundings);
  ~SafeguardWatch();
  SafeguardWatch(const SafeguardWatch&) = delete;
  SafeguardWatch& operator=(const SafeguardWatch&) = delete;

  // The thread has the privileges that are held now.
  void start();

  // Thread-safe, as all that follows. All of them are looked at anew.
  void use(std::shared_ptr<const RuleSet> rules);
  void use(AgentFacts facts);
  // They are still as they were told. Who does not say so for a while is taken to be stuck.
  void confirm_facts();
  // Does this, too, between looks; it owns what it needs. Of several, the last that was given.
  void work(std::function<void()> work);
  // Those of the policy, in its order.
  std::vector<SafeguardStatus> statuses() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Look {
    SafeguardResult result;
    std::atomic<bool> is_over = false;
  };
  struct Watched {
    Safeguard promised;
    const SafeguardEntry* entry = nullptr;
    Clock::time_point due{};
    std::shared_ptr<Look> look;  // the last one, which may not be over yet
    SafeguardStatus status;
    SafeguardResult violation;  // the last one
    Clock::time_point shown_until{};
    bool has_news = false;  // that nobody has been told yet
    Clock::time_point told_since{};
    int told = 0;  // times, since then
  };

  void run();
  void take_rules();
  void look_at_what_is_due(HostChanges changes);
  std::shared_ptr<const HostView> look_around();
  SafeguardResult look(Watched& watched, const std::shared_ptr<const HostView>& view);
  void note(Watched& watched, SafeguardResult result);
  static bool may_tell(Watched& watched);
  bool is_closing() const;
  std::function<void()> take_work();
  std::chrono::milliseconds until_next_due() const;

  Surroundings around_;
  HostChangeWatch host_;
  PatientWorker worker_;
  std::shared_ptr<const RuleSet> rules_;  // the thread's

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable closing_;
  std::shared_ptr<const RuleSet> next_rules_;
  AgentFacts facts_;
  Clock::time_point facts_confirmed_ = Clock::now();
  std::vector<Watched> watched_;
  std::function<void()> work_;
  bool is_closing_ = false;

  std::thread thread_;
};

}  // namespace purposewatch
