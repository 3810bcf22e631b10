#include "agent/paging/pager.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "agent/kernel/clock.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

constexpr std::chrono::seconds kPostTimeout{10};
constexpr std::chrono::seconds kLastPatience{2};
constexpr std::chrono::minutes kComplaintInterval{10};
constexpr std::size_t kAnswerBytesMax = std::size_t{64} << 10U;

std::optional<PostProblem> post(HttpClient& client, const std::string& json) {
  const auto answer = client.post_json(kAlertsPath, json);
  if (!answer) return PostProblem{answer.error().message};
  if (answer->status / 100 == 2) return std::nullopt;
  constexpr std::size_t kShownMax = 200;
  return PostProblem{
      .message = fmt::format("{}: status {}: {}", client.shown_url(), answer->status,
                             visible_text(answer->body.substr(0, kShownMax), Backslash::kKeep)),
      .is_refusal = answer->status / 100 == 4};
}

}  // namespace

struct Pager::Receiver {
  HttpClient client;
  Delivery delivery;
  std::uint64_t delivered = 0;  // version of the outbox; guarded by the pager's mutex, as is what follows
  bool is_failing = false;
  std::chrono::steady_clock::time_point next_complaint{};
  std::thread thread{};

  Receiver(HttpClient http_client, Outbox& outbox, std::function<void()> before_post)
      : client(std::move(http_client)),
        delivery(outbox, [this, wait = std::move(before_post)](const std::string& json) {
          if (wait) wait();
          return post(client, json);
        }) {}
};

Result<std::unique_ptr<Pager>> Pager::open(PagerSettings settings) {
  std::unique_ptr<Pager> pager(new Pager);
  for (const std::string& url : settings.urls) {
    HttpSettings http{.url = url,
                      .identity = settings.identity,
                      .timeout = kPostTimeout,
                      .bytes_max = kAnswerBytesMax,
                      .is_over = [alive = pager.get()] {
                        const std::lock_guard lock(alive->mutex_);
                        return alive->is_ending_;
                      }};
    auto client = HttpClient::open(std::move(http));
    if (!client) return tl::unexpected(client.error());
    pager->receivers_.push_back(
        std::make_unique<Receiver>(std::move(*client), pager->outbox_, settings.before_post));
  }
  return pager;
}

Pager::~Pager() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  for (const auto& receiver : receivers_)
    if (receiver->thread.joinable()) receiver->thread.join();
}

void Pager::start(IncidentAlertSettings alerts, const std::map<std::string, Incident>& incidents) {
  outbox_.use(std::move(alerts));
  for (const auto& [id, incident] : incidents) outbox_.recall(incident, clock_ns(CLOCK_REALTIME));
  for (const auto& receiver : receivers_)
    receiver->thread = std::thread([this, one = receiver.get()] { serve(*one); });
}

void Pager::put(const Incident& incident) {
  outbox_.put(incident, clock_ns(CLOCK_REALTIME));
  wake();
}

void Pager::use_details(AlertDetails details, const std::map<std::string, Incident>& incidents) {
  outbox_.use_details(details);
  for (const auto& [id, incident] : incidents) outbox_.put(incident, clock_ns(CLOCK_REALTIME));
  wake();
}

// The lock is taken so that who has just found nothing to do is waiting by now.
void Pager::wake() {
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

PagingHealth Pager::health() const {
  const std::lock_guard lock(mutex_);
  PagingHealth health{
      .successes = successes_, .failures = failures_, .receivers = receivers_.size(), .failing = {}};
  for (const auto& receiver : receivers_)
    if (receiver->is_failing) health.failing.push_back(receiver->client.shown_url());
  return health;
}

bool Pager::is_settled() const {
  return std::all_of(receivers_.begin(), receivers_.end(), [&](const auto& receiver) {
    return receiver->is_failing || receiver->delivered >= outbox_.version();
  });
}

void Pager::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kLastPatience, [this] { return is_settled(); });
}

// Not every try is told, but that it goes on is.
void Pager::tell(Receiver& receiver, const std::optional<PostProblem>& problem) {
  const auto now = std::chrono::steady_clock::now();
  if (!problem && receiver.is_failing) spdlog::info("alerts: {} is there again", receiver.client.shown_url());
  if (!problem || (receiver.is_failing && now < receiver.next_complaint)) return;
  receiver.next_complaint = now + kComplaintInterval;
  spdlog::error("alerts: {}; it is tried again", problem->message);
}

void Pager::serve(Receiver& receiver) {
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    if (const auto next = receiver.delivery.next_turn(); next > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, next);
      continue;
    }
    lock.unlock();
    const auto problem = receiver.delivery.turn(std::chrono::steady_clock::now(), clock_ns(CLOCK_REALTIME));
    lock.lock();
    if (is_ending_) return;
    ++(problem ? failures_ : successes_);
    tell(receiver, problem);
    receiver.is_failing = problem.has_value();
    receiver.delivered = receiver.delivery.delivered();
    changed_.notify_all();
  }
}

}  // namespace purposewatch
