#include "agent/safeguards/safeguard_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>

#include "agent/safeguards/host/store_places.h"

namespace purposewatch {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kSecondLook{1}, kPauseMax{5};
constexpr int kToldPerMinute = 6;

// Some numbers in a reason change all the time: how old, how full.
std::string without_digits(std::string text) {
  std::erase_if(text, [](unsigned char letter) { return std::isdigit(letter) != 0; });
  return text;
}

bool is_news(const SafeguardStatus& before, const SafeguardResult& result) {
  if (before.checked_wall_ns == 0 || before.result.state != result.state) return true;
  return result.state != SafeguardState::kOk &&
         without_digits(before.result.why) != without_digits(result.why);
}

}  // namespace

SafeguardWatch::SafeguardWatch(Surroundings surroundings)
    : around_(std::move(surroundings)), host_(around_.root) {}

SafeguardWatch::~SafeguardWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  closing_.notify_all();
  host_.wake();
  if (thread_.joinable()) thread_.join();
}

void SafeguardWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void SafeguardWatch::use(std::shared_ptr<const RuleSet> rules) {
  {
    const std::lock_guard lock(mutex_);
    next_rules_ = std::move(rules);
  }
  host_.wake();
}

void SafeguardWatch::use(AgentFacts facts) {
  {
    const std::lock_guard lock(mutex_);
    facts_ = std::move(facts);
    facts_confirmed_ = Clock::now();
  }
  host_.wake();
}

void SafeguardWatch::work(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  work_ = std::move(work);
}

void SafeguardWatch::confirm_facts() {
  const std::lock_guard lock(mutex_);
  facts_confirmed_ = Clock::now();
}

std::vector<SafeguardStatus> SafeguardWatch::statuses() const {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  std::vector<SafeguardStatus> statuses;
  for (const Watched& watched : watched_) {
    SafeguardStatus& status = statuses.emplace_back(watched.status);
    if (status.result.state == SafeguardState::kViolated || now >= watched.shown_until) continue;
    status.result = watched.violation;
    status.result.why += " (no longer so)";
  }
  return statuses;
}

void SafeguardWatch::run() {
  HostChanges changes = 0;
  while (!is_closing()) {
    const auto began = Clock::now();
    take_rules();
    if (auto work = take_work()) (void)worker_.run(std::move(work), around_.deadline);
    // Like a look, it may meet a disk that does not answer.
    if (host_.wants_search()) (void)worker_.run(host_.search(), around_.deadline);
    look_at_what_is_due(changes);
    const auto ended = Clock::now();
    changes = host_.wait(until_next_due());
    // The first is looked at immediately; of a flood, what has come meanwhile, together, and no more than the
    // tenth part of the time.
    const auto pause = std::clamp<Clock::duration>(10 * (ended - began), kBetweenRounds, kPauseMax);
    const auto rest = ended + pause - Clock::now();
    if (rest <= Clock::duration{0}) continue;
    std::unique_lock lock(mutex_);
    closing_.wait_for(lock, rest, [this] { return is_closing_; });
    lock.unlock();
    changes |= host_.wait(milliseconds(0));
  }
}

std::function<void()> SafeguardWatch::take_work() {
  const std::lock_guard lock(mutex_);
  return std::exchange(work_, nullptr);
}

bool SafeguardWatch::is_closing() const {
  const std::lock_guard lock(mutex_);
  return is_closing_;
}

void SafeguardWatch::take_rules() {
  {
    const std::lock_guard lock(mutex_);
    if (!next_rules_) return;
    rules_ = std::move(next_rules_);
    next_rules_ = nullptr;
    std::vector<Watched> fresh;
    for (const Safeguard& promised : rules_->safeguards) {
      const auto entry = std::find_if(around_.entries.begin(), around_.entries.end(),
                                      [&](const SafeguardEntry& one) { return one.name == promised.name; });
      if (entry == around_.entries.end()) continue;
      Watched& watched = fresh.emplace_back();
      const auto known = std::find_if(watched_.begin(), watched_.end(),
                                      [&](const Watched& one) { return one.promised.name == promised.name; });
      if (known != watched_.end()) watched = std::move(*known);
      watched.promised = promised;
      watched.entry = &*entry;
      watched.due = {};
      watched.status.name = promised.name;
      watched.status.clause = promised.clause;
      watched.status.kind = promised.kind;
      if (watched.status.checked_wall_ns == 0) watched.status.result.why = "not looked at yet";
    }
    watched_ = std::move(fresh);
  }
  std::vector<std::string> places;
  for (const Store& store : rules_->stores) {
    for (std::string& root : roots_of(store)) places.push_back(std::move(root));
    for (const PathPattern& socket : store.sockets)
      places.push_back(std::filesystem::path(socket.text).parent_path().string());
  }
  host_.use(std::move(places));
}

void SafeguardWatch::look_at_what_is_due(HostChanges changes) {
  std::shared_ptr<const HostView> view;
  for (Watched& watched : watched_) {  // which only this thread adds to and takes from
    const auto now = Clock::now();
    const bool is_woken = (watched.entry->wakes & changes) != 0;
    if (now < watched.due && !is_woken) continue;
    if (is_closing()) return;
    if (!view) view = look_around();
    // What has just changed may not be whole yet.
    watched.due = now + (is_woken ? std::min(kSecondLook, watched.entry->interval) : watched.entry->interval);
    note(watched, look(watched, view));
  }
}

std::shared_ptr<const HostView> SafeguardWatch::look_around() {
  const std::lock_guard lock(mutex_);
  return std::make_shared<const HostView>(
      HostView{.root = around_.root,
               .rules = rules_,
               .wall_ns = around_.wall_ns(),
               .agent = facts_,
               .facts_age = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - facts_confirmed_),
               .calls = around_.calls});
}

SafeguardResult SafeguardWatch::look(Watched& watched, const std::shared_ptr<const HostView>& view) {
  const SafeguardResult late = is_unknown(
      fmt::format("it has not answered for {} s", std::chrono::duration<double>(around_.deadline).count()),
      "Something that it looks at hangs: a disk, a network file system? See dmesg.");
  if (watched.look) {
    if (!watched.look->is_over) return late;
    return std::exchange(watched.look, nullptr)->result;  // better late than never
  }
  watched.look = std::make_shared<Look>();
  const auto work = [look = watched.look, view, promised = watched.promised, check = watched.entry->check] {
    look->result = check(promised, *view);
    look->is_over = true;
  };
  if (!worker_.run(work, around_.deadline)) return late;
  return std::exchange(watched.look, nullptr)->result;
}

void SafeguardWatch::note(Watched& watched, SafeguardResult result) {
  SafeguardStatus told;
  {
    const std::lock_guard lock(mutex_);
    watched.has_news |= is_news(watched.status, result);
    if (result.state == SafeguardState::kViolated) {
      watched.violation = result;
      watched.shown_until = Clock::now() + kShown;
    }
    watched.status.result = std::move(result);
    watched.status.checked_wall_ns = around_.wall_ns();
    if (!watched.has_news || !may_tell(watched)) return;
    watched.has_news = false;
    told = watched.status;
  }
  around_.tell(told);
}

// Whoever makes one go on and off fills neither the log nor the evidence.
bool SafeguardWatch::may_tell(Watched& watched) {
  const auto now = Clock::now();
  if (now >= watched.told_since + std::chrono::minutes(1)) {
    watched.told_since = now;
    watched.told = 0;
  }
  if (watched.told >= kToldPerMinute) {
    watched.due = std::min(watched.due, watched.told_since + std::chrono::minutes(1));
    return false;
  }
  ++watched.told;
  return true;
}

milliseconds SafeguardWatch::until_next_due() const {
  auto next = Clock::now() + std::chrono::minutes(1);
  for (const Watched& watched : watched_) next = std::min(next, watched.due);
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(next - Clock::now()));
}

}  // namespace purposewatch
