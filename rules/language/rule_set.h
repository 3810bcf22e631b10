// The checked policy: immutable, shared by judge (the definition) and compile (the kernel's tables).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/language/diagnostic.h"
#include "rules/model/access.h"
#include "rules/model/alert_detail.h"
#include "rules/model/finding.h"
#include "rules/model/grant.h"
#include "rules/model/safeguard.h"
#include "rules/model/verdict.h"
#include "rules/window.h"

namespace purposewatch {

class PathIndex;  // rules/path_index.h

struct PathComponent {
  enum class Kind : std::uint8_t {
    kLiteral,  // text: the exact bytes
    kAny,      // "*": any one component
    kCapture,  // "{name}": any one component, remembered; text: the name
    kGlob,     // text with '*' inside, e.g. "dovecot.index*": '*' matches any run of bytes, also none
  };
  Kind kind = Kind::kLiteral;
  std::string text;
  bool operator==(const PathComponent&) const = default;
};

// An absolute path, component by component. It covers what it names and everything beneath.
struct PathPattern {
  std::string text;  // as written
  std::vector<PathComponent> components;
  Position at;
};

// A TCP port that is served: "tcp:127.0.0.1:3306", "tcp:[::1]:3306", or "tcp:*:3306" for any address of this
// host.
struct PortPattern {
  std::string text;                    // as written
  std::optional<std::string> address;  // normal (rules/base/address.h); nothing: `*`
  std::uint16_t port = 0;
  Position at;
};

struct Store {
  std::string name;
  std::vector<std::string> classes;
  bool notes_display = false;  // what is shown on a terminal of it is told
  bool is_agents = false;      // no policy's, but what the agent watches of its own: nobody's data
  bool is_public = false;  // every one of its classes is public: reads and lists are counted, never flagged
  std::vector<PathPattern> paths;
  std::vector<PathPattern> sockets;  // unix sockets: who connects to them
  std::vector<PortPattern> ports;
  std::vector<PathPattern> except;  // of paths and sockets
  Position at;
};

struct Service {
  std::string name;
  std::vector<std::string> exe;  // absolute paths; empty: any executable
  std::vector<std::string>
      script;  // absolute paths: only when started to run one of them; empty: whatever it runs
  std::optional<std::string> user;   // name or decimal id, compared with the effective user
  std::optional<std::string> group;  // name or decimal id, compared with the effective group
  std::optional<std::string> unit;   // systemd unit, '*' allowed: "backup@*.service"
  bool owner = false;                // only files that belong to the process's effective user
  // Indices into RuleSet::services, none of them above itself: only below a process that was started as one
  // of these. That is asked of its executable and script alone: its user, unit and parents are not known any
  // more.
  std::vector<std::size_t> parents;
  Position at;
};

// Where a permit lets data go: any host, one by its name, a network, a unix socket, or files.
struct Destination {
  enum class Kind : std::uint8_t { kAnyHost, kHost, kNetwork, kSocket, kFiles };
  std::string text;  // as written
  Kind kind = Kind::kHost;
  // The host in lower case, the network's normal address, or the path: of a socket, where '*' stands for any
  // run of bytes, or of a file, or of a directory with all that is beneath.
  std::string name;
  std::uint8_t prefix = 0;            // of a network: how many of its address's bits count
  std::optional<std::uint16_t> port;  // nothing: every port
  Position at;
};

// So much within a duration that slides, and no more. Of what is not given there may be any number.
struct Limit {
  std::optional<std::uint32_t> clients;  // distinct ones
  std::optional<std::uint32_t> accesses;
  std::optional<std::uint32_t> days;  // UTC, on which anything was done
  std::chrono::seconds per{};
};

struct Purpose {
  std::string name;
  std::string clause;
  std::string dpv;
  std::vector<std::string> classes;  // expanded when the policy says "all"
  AccessMask access = 0;             // the kinds that it needs; 0: any
  bool requires_grant = false;       // no standing permit can use it
  bool needs_two = false;            // who approves a grant is neither who asks for it nor who gets it
  std::optional<std::chrono::seconds> max_duration;  // of a grant
  std::optional<Limit> limit;                        // of what one person does with all grants for it
  Position at;
};

// One service's right on one store (a permit of the file with lists becomes several of these).
struct Permit {
  std::string name;         // as the policy names it, else "service/store/purpose"
  std::size_t service = 0;  // index into RuleSet::services
  std::size_t store = 0;    // index into RuleSet::stores
  std::size_t purpose = 0;  // index into RuleSet::purposes
  AccessMask access = 0;
  std::vector<Window> windows;      // it holds while one of these is open; empty: always
  std::vector<Destination> egress;  // where what was read may go
  std::optional<Limit> limit;
  std::string limited_as;  // what shares the limit: the permit as written, for one service; empty without one
  Position at;
};

// Of the boot clock, when tests take place.
inline constexpr std::uint64_t kTestBootNs = 1;

struct PolicyTest {
  Position at;
  std::string exe, script, user, group, unit;
  std::vector<std::string> parents;  // programs and scripts above, nearest first
  std::optional<std::string> owner;  // who owns the file (user name or id); for owner services
  AccessKind access = AccessKind::kRead;
  std::optional<Moment> moment;      // nothing: at any time
  std::optional<Grant> grant;        // that who acts has; its store and end are the test's
  std::string path;                  // of a file, or of the unix socket that it connects to
  std::optional<Endpoint> endpoint;  // where else it connects to; `path` is then empty
  std::optional<Destination> to;     // or where what it carries of `store` may go; both others are then empty
  bool answers = false;              // there, to who has connected to it
  Outcome expect = Outcome::kFlagged;
  std::optional<std::string> reason, store, client, service, clause;  // compared when given
};

// What must be so on this host. What its sort (rules/safeguards.h) does not take is empty.
struct Safeguard {
  std::string name;
  SafeguardKind kind = SafeguardKind::kElectronic;
  std::string clause;
  std::vector<std::size_t> stores;  // indices into RuleSet::stores
  std::vector<std::string> allow, options, files;
  std::chrono::seconds within{};
  std::uint32_t free_percent = 0;
  Position at;
};

// For how long after it has read client data a process is taken to carry it, unless the policy says.
inline constexpr std::chrono::seconds kUsualFading = std::chrono::hours(1);

struct RuleSet {
  PolicyIdentity identity;
  std::optional<std::uint64_t> serial;   // which of those before it was: the lower one
  std::optional<std::string> review_by;  // ISO date
  AlertDetails alert_details = kUsualAlertDetails;
  std::vector<Purpose> purposes;
  std::vector<Store> stores;
  std::vector<Service> services;
  std::vector<Permit> permits;
  std::vector<Destination> egress;  // where whoever is a service may go with what it has a permit to read
  std::chrono::seconds fades_after = kUsualFading;
  std::vector<PolicyTest> tests;
  std::vector<Safeguard> safeguards;  // in the order of safeguard_sorts()
  // Of all the stores' paths, and of their sockets; check_policy makes them. Null in rules built by hand:
  // then every pattern is tried.
  std::shared_ptr<const PathIndex> index, socket_index;
};

}  // namespace purposewatch
