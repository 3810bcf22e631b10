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
#include "agent/daemon/evidence_keeper.h"
#include "agent/daemon/host.h"
#include "agent/daemon/privileges.h"
#include "agent/daemon/state_dir.h"
#include "agent/flow/agent.h"
#include "agent/flow/event_loop.h"
#include "agent/flow/mailbox.h"
#include "agent/grants/dropped_grants.h"
#include "agent/grants/grant_answers.h"
#include "agent/grants/grant_book.h"
#include "agent/kernel/clock.h"
#include "agent/paging/pager.h"
#include "agent/paging/pseudonym.h"
#include "agent/subject/users.h"
#include "exporters/http/agent_pages.h"
#include "exporters/http/web_server.h"
#include "exporters/ndjson/ndjson_sink.h"
#include "exporters/prometheus/health_collectable.h"
#include "rules/language/policy.h"

namespace purposewatch {
namespace {

// Blocks the signals that the loop reads as events; before any thread is made, so that all inherit it.
Descriptor take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return Descriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Nothing is told of that is not in the evidence by then, unless that cannot be written.
constexpr std::chrono::seconds kPatience{1};

// Every diagnostic goes to the log; the first error is the answer.
Result<std::shared_ptr<const RuleSet>> load_rules(const std::vector<std::string>& paths) {
  LoadedPolicy loaded = load_policy(paths);
  std::string first_error;
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    const bool is_error = diagnostic.severity == Diagnostic::Severity::kError;
    spdlog::log(is_error ? spdlog::level::err : spdlog::level::warn, "policy: {}", to_string(diagnostic));
    if (is_error && first_error.empty()) first_error = to_string(diagnostic);
  }
  if (!loaded.rules) return fail(first_error.empty() ? "no policy" : first_error);
  return loaded.rules;
}

class Daemon {
 public:
  explicit Daemon(DaemonOptions options) : options_(std::move(options)) {}

  DaemonEnd run() {
    signals_ = take_signals();
    auto rules = load_rules(options_.policy);
    if (!rules) return DaemonEnd::kPolicyRefused;
    if (auto started = start(std::move(*rules)); !started) {
      spdlog::error("{}", started.error().message);
      return DaemonEnd::kCannotRunHere;
    }
    while (!ending_) {
      loop_->run_once(agent_->drain_interval());
      agent_->drain();
      agent_->tick();
      tend_grants();
      evidence_->tend(*agent_);
      tend_canary();
    }
    mailbox_.close();
    web_.reset();
    agent_->finish();
    agent_->keep_limits(limits_file());
    evidence_->finish(*agent_);
    if (pager_) pager_->finish();
    spdlog::info("ended");
    return DaemonEnd::kAsTold;
  }

 private:
  Result<void> start(std::shared_ptr<const RuleSet> rules) {
    auto lock = hold_state_dir(options_.state_dir);
    if (!lock) return tl::unexpected(lock.error());
    lock_ = std::move(*lock);
    auto loop = EventLoop::create();
    if (!loop) return tl::unexpected(loop.error());
    loop_ = std::make_unique<EventLoop>(std::move(*loop));
    host_ = read_host_identity();
    if (auto opened = open_sinks(); !opened) return opened;
    if (auto opened = open_grants(); !opened) return opened;
    if (auto started = start_agent(std::move(rules)); !started) return started;
    agent_->recall_limits(limits_file());
    agent_->recall_flagged(evidence_->take_flagged());
    if (auto joined = join_loop(); !joined) return joined;
    // Before there are other threads, each of which would keep its own.
    auto kept = drop_privileges();
    if (!kept) return tl::unexpected(kept.error());
    capabilities_ = std::move(*kept);
    evidence_->start(options_.build, *agent_);
    if (auto opened = open_pager(); !opened) return opened;
    if (auto started = start_web(); !started) return started;
    start_pager();
    tend_canary();
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

  std::string limits_file() const { return options_.state_dir + "/limits.json"; }

  // Ends are told within a second; when they count does not depend on it.
  void tend_grants() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_grant_scan_) {
      next_grant_scan_ = now + std::chrono::seconds(20);
      dropped_grants_->scan();
      agent_->keep_limits(limits_file());
    }
    if (dropped_grants_->is_behind()) dropped_grants_->scan();
    if (now < next_grant_look_) return;
    next_grant_look_ = now + std::chrono::milliseconds(500);
    grants_->end_what_is_due();
  }

  void tend_canary() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_canary_) return;
    next_canary_ = now + std::chrono::seconds(30);
    agent_->provoke(options_.state_dir);
  }

  Result<void> start_agent(std::shared_ptr<const RuleSet> rules) {
    AgentOptions options;
    options.backend = backend_named(options_.backend);
    options.host = host_;
    options.grants = grants_->current();
    auto agent = Agent::start(options, std::move(rules), sinks_);
    if (!agent) return tl::unexpected(agent.error());
    agent_ = std::move(*agent);
    for (const std::string& attempt : agent_->sensor().attempts()) spdlog::info("not used: {}", attempt);
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
    auto pseudonyms = Pseudonyms::open(options_.state_dir + "/pseudonym.key");
    if (!pseudonyms) spdlog::error("alerts name no clients: {}", pseudonyms.error().message);
    const std::string& url = web_->urls().front();  // SCHEME://ADDRESS:PORT
    const std::string instance = host_->name + url.substr(url.rfind(':'));
    IncidentAlertSettings alerts;
    alerts.labels = options_.alert_labels;
    alerts.labels.try_emplace("instance", instance);
    alerts.generator_url = url.substr(0, url.find("://") + 3) + instance + "/status";
    alerts.runbook_url = options_.runbook_url;
    alerts.details = agent_->rules()->alert_details;
    alerts.pseudonym = [names = std::move(pseudonyms)](const std::string& client) {
      return names ? names->of_client(client) : "";
    };
    pager_->start(std::move(alerts), evidence_->incidents());
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
    if (events_ != nullptr && options_.events != "-")
      if (auto reopened = events_->reopen(); !reopened) spdlog::error("events: {}", reopened.error().message);
    auto rules = load_rules(options_.policy);
    if (!rules) {
      agent_->reload_refused(rules.error().message);
      spdlog::error("the policy was refused; the old one stays in force");
      evidence_->record_reload(agent_->rules()->identity, rules.error().message);
      return tl::unexpected(rules.error());
    }
    auto done = agent_->reload(std::move(*rules));
    evidence_->record_reload(agent_->rules()->identity, done ? "" : done.error().message);
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
    health.grants = grants_->counts(*agent_->rules());
    evidence_->add_to(health, *agent_->rules());
    if (pager_) health.paging = pager_->health();
    if (events_ != nullptr) health.lost.push_back({"ndjson", events_->lost()});
    return health;
  }

  DaemonOptions options_;
  Descriptor signals_, lock_;
  std::unique_ptr<EventLoop> loop_;
  Mailbox mailbox_;
  std::shared_ptr<const HostIdentity> host_;
  std::unique_ptr<GrantBook> grants_;
  std::unique_ptr<DroppedGrants> dropped_grants_;
  std::chrono::steady_clock::time_point next_grant_scan_{}, next_grant_look_{}, next_canary_{};
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<EvidenceKeeper> evidence_;
  std::unique_ptr<NdjsonSink> events_;
  std::vector<Sink*> sinks_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<HealthCollectable> metrics_;
  std::unique_ptr<WebServer> web_;
  std::unique_ptr<Pager> pager_;
  std::vector<std::string> capabilities_;
  bool ending_ = false;
};

}  // namespace

DaemonEnd run_daemon(DaemonOptions options) {
  return Daemon(std::move(options)).run();
}

}  // namespace purposewatch
