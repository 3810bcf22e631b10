#include "agent/daemon/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <chrono>
#include <csignal>
#include <memory>

#include "agent/control/health_json.h"
#include "agent/control/server.h"
#include "agent/daemon/agent_facts.h"
#include "agent/daemon/alert_settings.h"
#include "agent/daemon/descriptors.h"
#include "agent/daemon/evidence_keeper.h"
#include "agent/daemon/host.h"
#include "agent/daemon/last_run.h"
#include "agent/daemon/own_places.h"
#include "agent/daemon/policy_source.h"
#include "agent/daemon/privileges.h"
#include "agent/daemon/protection.h"
#include "agent/daemon/safeguard_keeper.h"
#include "agent/daemon/sensor_place.h"
#include "agent/daemon/service_manager.h"
#include "agent/daemon/signals.h"
#include "agent/daemon/state_dir.h"
#include "agent/flow/agent.h"
#include "agent/flow/event_loop.h"
#include "agent/flow/mailbox.h"
#include "agent/grants/dropped_grants.h"
#include "agent/grants/grant_answers.h"
#include "agent/grants/grant_book.h"
#include "agent/kernel/clock.h"
#include "agent/paging/pager.h"
#include "agent/subject/users.h"
#include "exporters/http/agent_pages.h"
#include "exporters/http/web_server.h"
#include "exporters/ndjson/ndjson_sink.h"
#include "exporters/prometheus/health_collectable.h"

namespace purposewatch {
namespace {

// Nothing is told of that is not in the evidence by then, unless that cannot be written.
constexpr std::chrono::seconds kPatience{1};

class Daemon {
 public:
  explicit Daemon(DaemonOptions options)
      : options_(std::move(options)),
        policy_(options_.policy, options_.policy_key, options_.state_dir),
        protection_(options_.protects) {}

  DaemonEnd run() {
    signals_ = take_signals();
    if (auto opened = policy_.open(); !opened) {
      spdlog::error("{}", opened.error().message);
      return DaemonEnd::kCannotRunHere;
    }
    auto rules = policy_.load();
    if (!rules) return DaemonEnd::kPolicyRefused;
    if (auto started = start(std::move(*rules)); !started) {
      spdlog::error("{}", started.error().message);
      return DaemonEnd::kCannotRunHere;
    }
    while (!ending_) {
      turn();
      tend_safeguards();
      service_.tend(ServiceManager::Clock::now(), agent_->moves(), [this] { return look_at(*agent_); });
    }
    service_.stops();
    mailbox_.close();
    web_.reset();
    safeguards_.reset();
    agent_->finish();
    agent_->close_ledger();
    agent_->keep(options_.state_dir);
    evidence_->finish(*agent_);
    if (pager_) pager_->finish();
    last_run_->is_told_to_stop(clock_ns(CLOCK_REALTIME));
    spdlog::info("ended");
    return DaemonEnd::kAsTold;
  }

 private:
  Result<void> start(std::shared_ptr<const RuleSet> rules) {
    const auto descriptors = take_descriptors();
    if (!descriptors) return tl::unexpected(descriptors.error());
    descriptors_ = *descriptors;
    auto lock = hold_state_dir(options_.state_dir);
    if (!lock) return tl::unexpected(lock.error());
    lock_ = std::move(*lock);
    auto loop = EventLoop::create();
    if (!loop) return tl::unexpected(loop.error());
    loop_ = std::make_unique<EventLoop>(std::move(*loop));
    host_ = read_host_identity();
    last_run_ = std::make_shared<const LastRun>(options_.state_dir, host_->boot_id);
    if (auto opened = open_sinks(); !opened) return opened;
    if (auto opened = open_grants(); !opened) return opened;
    if (auto started = start_agent(std::move(rules)); !started) return started;
    agent_->recall(options_.state_dir);
    agent_->recall_flagged(evidence_->take_flagged());
    if (auto joined = join_loop(); !joined) return joined;
    // Before there are other threads, each of which would keep its own.
    auto kept = drop_privileges();
    if (!kept) return tl::unexpected(kept.error());
    capabilities_ = std::move(*kept);
    evidence_->start(options_.build, *agent_);
    safeguards_ = std::make_unique<SafeguardKeeper>(
        [this] { return agent_facts(); },
        [this](const SafeguardHealth& safeguard) { evidence_->record_safeguard(safeguard); });
    if (auto opened = open_pager(); !opened) return opened;
    if (auto started = start_web(); !started) return started;
    start_pager();
    await_canary();
    safeguards_->start(agent_->rules());  // of which one asks whether the canary is well
    policy_.is_in_force(*agent_->rules());
    tell_what_is_in_force();
    return {};
  }

  Result<void> open_sinks() {
    evidence_ = std::make_unique<EvidenceKeeper>(options_.state_dir, *host_, options_.retention,
                                                 [this](const Incident& incident) {
                                                   if (pager_) pager_->put(incident);
                                                 });
    auto control = ControlServer::open(control_socket_path(options_.state_dir), *loop_, answers());
    if (!control) return tl::unexpected(control.error());
    control_ = std::move(*control);
    sinks_.push_back(control_.get());
    for (Sink* sink : evidence_->sinks()) sinks_.push_back(sink);
    if (options_.events.empty()) return {};
    auto events = NdjsonSink::open(options_.events);
    if (!events) return tl::unexpected(events.error());
    events_ = std::move(*events);
    sinks_.push_back(events_.get());
    return {};
  }

  Answers answers() {
    Answers all;
    all["status"] = [this](auto&, auto&) { return health_json(health()); };
    all.merge(grant_answers([this]() -> GrantBook& { return *grants_; }, in_force()));
    all.merge(evidence_->answers());
    all.merge(protection_.answers());
    return all;
  }

  std::function<std::shared_ptr<const RuleSet>()> in_force() {
    return [this] { return agent_->rules(); };
  }

  Result<void> open_grants() {
    GrantBook::Surroundings surroundings;
    surroundings.directory = options_.state_dir + "/grants";
    surroundings.boot_id = host_->boot_id;
    surroundings.clocks = [] {
      return GrantBook::Clocks{clock_ns(CLOCK_REALTIME),
                               static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME))};
    };
    surroundings.is_user = [](const std::string& name) { return user_id(name).has_value(); };
    surroundings.tell = [this](const GrantEvent& event) { tell_grant(event); };
    auto grants = GrantBook::open(std::move(surroundings));
    if (!grants) return tl::unexpected(grants.error());
    grants_ = std::move(*grants);
    dropped_grants_ = std::make_unique<DroppedGrants>(options_.grants_dir, *grants_, in_force());
    return {};
  }

  void tell_grant(GrantEvent event) {
    agent_->use_grants(grants_->current());
    event.host = host_;
    event.policy = std::shared_ptr<const PolicyIdentity>(agent_->rules(), &agent_->rules()->identity);
    const bool is_good = event.change != GrantChange::kRefused;
    const Grant& grant = event.grant;
    spdlog::log(is_good ? spdlog::level::info : spdlog::level::warn, "{}: {} {} on {}{}{}{}{}",
                name_of(event.change), grant.id, grant.who(), grant.store, event.by.empty() ? "" : ", by ",
                event.by, is_good ? "" : ": ", event.why);
    for (Sink* sink : sinks_) sink->note(event);
  }

  // Ends are told within a second; when they count does not depend on it.
  void tend_grants() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_grant_scan_) {
      next_grant_scan_ = now + std::chrono::seconds(20);
      dropped_grants_->scan();
      agent_->keep(options_.state_dir);
      agent_->keep_names();
    }
    if (dropped_grants_->is_behind()) dropped_grants_->scan();
    if (now < next_grant_look_) return;
    next_grant_look_ = now + std::chrono::milliseconds(500);
    grants_->end_what_is_due();
  }

  void turn() {
    loop_->run_once(agent_->drain_interval());
    agent_->drain();
    agent_->tick();
    tend_grants();
    evidence_->tend(*agent_);
    agent_->tend_canary();
  }

  // The first one: what is in force is told when it is known to be seen.
  void await_canary() {
    do turn();
    while (agent_->is_canary_out() && !ending_);
  }

  void tend_safeguards() {
    safeguards_->tend();
    const auto now = std::chrono::steady_clock::now();
    if (now < next_life_sign_) return;
    next_life_sign_ = now + std::chrono::minutes(1);
    safeguards_->work([last_run = last_run_] { last_run->is_alive(clock_ns(CLOCK_REALTIME)); });
  }

  AgentFacts agent_facts() const {
    AgentFacts facts = facts_of(*agent_, *web_, *grants_, evidence_->incidents());
    facts.state_dir = options_.state_dir;
    facts.cut_off_wall_ns = last_run_->cut_off_wall_ns();
    facts.knows_run_before = last_run_->knows_run_before();
    return facts;
  }

  Result<void> start_agent(std::shared_ptr<const RuleSet> rules) {
    AgentOptions options;
    options.backend = backend_named(options_.backend);
    options.host = host_;
    options.grants = grants_->current();
    place_ = std::make_unique<SensorPlace>(options_.pin_dir, options_.state_dir, host_->boot_id);
    options.handover = place_->handover(*evidence_);
    options.own = own_places(options_);
    options.canary = canary_options(options_);
    options.protects = protection_.is_wanted();
    auto agent = Agent::start(options, std::move(rules), sinks_);
    if (!agent) return tl::unexpected(agent.error());
    agent_ = std::move(*agent);
    for (const std::string& attempt : agent_->sensor().attempts()) spdlog::info("not used: {}", attempt);
    protection_.begin(*agent_);
    return {};
  }

  Result<void> join_loop() {
    if (auto joined = agent_->join(*loop_); !joined) return joined;
    auto watched = loop_->add(dropped_grants_->watch_descriptor(), EPOLLIN,
                              [this](std::uint32_t) { dropped_grants_->scan(); });
    if (!watched) return watched;
    auto added = loop_->add(signals_.get(), EPOLLIN, [this](std::uint32_t) { take_signal(); });
    if (!added) return added;
    return loop_->add(mailbox_.descriptor(), EPOLLIN, [this](std::uint32_t) { mailbox_.run(); });
  }

  Result<void> start_web() {
    metrics_ = std::make_unique<HealthCollectable>([this] { return health(); }, options_.build);
    AgentPages pages;
    pages.host = host_->name;
    pages.version = options_.build.version;
    pages.now = [] { return static_cast<double>(clock_ns(CLOCK_REALTIME)) / 1e9; };
    pages.metrics = [this] { return scraped(); };
    pages.health = [this] { return health(); };
    pages.reload = [this] { return mailbox_.call([this] { return reload(); }); };
    pages.lifecycle = options_.lifecycle;
    WebServerSettings settings;
    settings.listen_addresses = options_.listen_addresses;
    settings.config_file = options_.web_config;
    settings.connections_max = descriptors_.web_connections;
    settings.log = [](const std::string& line) { spdlog::warn("web: {}", line); };
    auto web = WebServer::start(settings, agent_routes(std::move(pages)));
    if (!web) return tl::unexpected(web.error());
    web_ = std::move(*web);
    return {};
  }

  // Before there are threads that ask how it is.
  Result<void> open_pager() {
    if (options_.alertmanagers.empty()) return {};
    auto pager = Pager::open({.urls = options_.alertmanagers,
                              .identity = options_.alertmanager_identity,
                              .before_post = [this] { (void)evidence_->wait_until_synced(kPatience); }});
    if (!pager) return tl::unexpected(pager.error());
    pager_ = std::move(*pager);
    return {};
  }

  void start_pager() {
    if (!pager_) return;
    pager_->start(alert_settings(options_, host_->name, web_->urls().front(), agent_->rules()->alert_details),
                  evidence_->incidents());
  }

  // Of thousands of series, the library's lists take many times what stays.
  std::string scraped() const {
    constexpr std::size_t kLarge = std::size_t{1} << 20;
    std::string text = metrics_text(*metrics_);
    if (text.size() > kLarge) malloc_trim(0);
    (void)evidence_->wait_until_synced(kPatience);
    return text;
  }

  void tell_what_is_in_force() const {
    const auto rules = agent_->rules();
    spdlog::info("watching by {}: policy {} {}, {} stores, {} services, {} permits",
                 name_of(agent_->sensor().backend()), rules->identity.name, rules->identity.version,
                 rules->stores.size(), rules->services.size(), rules->permits.size());
    spdlog::info("capabilities kept: {}", fmt::join(capabilities_, ", "));
    for (const std::string& url : web_->urls()) spdlog::info("metrics on {}/metrics", url);
  }

  void take_signal() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
      if (info.ssi_signo == SIGHUP)
        (void)reload();  // a refusal is logged, and shows in the metrics
      else
        ending_ = true;
    }
  }

  Result<void> reload() {
    const ServiceManager::Reload telling = service_.reload(clock_ns(CLOCK_MONOTONIC));
    if (events_ != nullptr && options_.events != "-")
      if (auto reopened = events_->reopen(); !reopened) spdlog::error("events: {}", reopened.error().message);
    auto rules = policy_.load();
    if (!rules) {
      agent_->reload_refused(rules.error().message);
      spdlog::error("the policy was refused; the old one stays in force");
      evidence_->record_reload(agent_->rules()->identity, rules.error().message);
      return tl::unexpected(rules.error());
    }
    auto done = agent_->reload(std::move(*rules));
    evidence_->record_reload(agent_->rules()->identity, done ? "" : done.error().message);
    if (done) policy_.is_in_force(*agent_->rules());
    if (done) safeguards_->use(agent_->rules());
    if (done && pager_) pager_->use_details(agent_->rules()->alert_details, evidence_->incidents());
    if (done)
      spdlog::info("policy {} {} is in force", agent_->rules()->identity.name,
                   agent_->rules()->identity.version);
    else
      spdlog::error("the policy was refused; the old one stays in force: {}", done.error().message);
    return done;
  }

  Health health() const {
    Health health = agent_->health();
    health.capabilities = capabilities_;
    health.protection = protection_.health();
    health.grants = grants_->counts(*agent_->rules());
    evidence_->add_to(health, *agent_->rules());
    if (safeguards_) health.safeguards = safeguards_->health();
    if (pager_) health.paging = pager_->health();
    if (events_ != nullptr) health.lost.push_back({"ndjson", events_->lost()});
    return health;
  }

  DaemonOptions options_;
  PolicySource policy_;
  Protection protection_;
  DescriptorShares descriptors_;
  Descriptor signals_, lock_;
  std::unique_ptr<EventLoop> loop_;
  Mailbox mailbox_;
  std::shared_ptr<const HostIdentity> host_;
  std::shared_ptr<const LastRun> last_run_;
  std::unique_ptr<GrantBook> grants_;
  std::unique_ptr<DroppedGrants> dropped_grants_;
  std::chrono::steady_clock::time_point next_grant_scan_{}, next_grant_look_{}, next_life_sign_{};
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<EvidenceKeeper> evidence_;
  std::unique_ptr<NdjsonSink> events_;
  std::vector<Sink*> sinks_;
  std::unique_ptr<SensorPlace> place_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<HealthCollectable> metrics_;
  std::unique_ptr<WebServer> web_;
  std::unique_ptr<Pager> pager_;
  std::unique_ptr<SafeguardKeeper> safeguards_;
  ServiceManager service_;
  std::vector<std::string> capabilities_;
  bool ending_ = false;
};

}  // namespace

DaemonEnd run_daemon(DaemonOptions options) {
  return Daemon(std::move(options)).run();
}

}  // namespace purposewatch
