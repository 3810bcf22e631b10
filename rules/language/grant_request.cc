#include "rules/language/grant_request.h"

#include <algorithm>
#include <string_view>

#include "rules/base/utf8.h"
#include "rules/language/grammar.h"
#include "rules/language/nearest.h"
#include "rules/language/read_yaml.h"
#include "rules/language/shape.h"
#include "rules/language/times.h"
#include "rules/language/words.h"
#include "rules/purpose.h"

namespace purposewatch {
namespace {

constexpr std::size_t kClientsMax = 1000;
constexpr std::size_t kReferenceBytesMax = 200;
constexpr std::size_t kPersonBytesMax = 64;
constexpr std::size_t kClientBytesMax = 255;  // NAME_MAX: a component of a path

template <class Named>
std::vector<std::string_view> names_of(const std::vector<Named>& all) {
  std::vector<std::string_view> names;
  for (const Named& one : all) names.emplace_back(one.name);
  return names;
}

template <class Named>
const Named* named(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// One line of visible text.
bool is_plain(const std::string& text, std::size_t bytes_max) {
  if (text.empty() || text.size() > bytes_max) return false;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t length = utf8_length(rest);
    const auto first = static_cast<unsigned char>(rest.front());
    if (length == 0 || first < 0x20 || first == 0x7f) return false;
    rest.remove_prefix(length);
  }
  return true;
}

bool has_client(const Store& store) {
  const auto captures = [](const PathPattern& pattern) {
    return std::any_of(pattern.components.begin(), pattern.components.end(), [](const PathComponent& one) {
      return one.kind == PathComponent::Kind::kCapture && one.text == "client";
    });
  };
  return std::any_of(store.paths.begin(), store.paths.end(), captures) ||
         std::any_of(store.sockets.begin(), store.sockets.end(), captures);
}

GrantRequest request_of(const Node& root) {
  const auto text = [&](std::string_view key) {
    const auto found = word(root, key);
    return found ? found->text : std::string();
  };
  const auto texts = [&](std::string_view key) {
    std::vector<std::string> all;
    for (const Word& one : words(root, key)) all.push_back(one.text);
    return all;
  };
  return {.who = text("who"),
          .store = text("store"),
          .clients = texts("clients"),
          .access = texts("access"),
          .purpose = text("purpose"),
          .reference = text("ref"),
          .approved_by = text("approved-by"),
          .requested_by = text("requested-by"),
          .duration = text("for"),
          .is_break_glass = yes(root, "break-glass")};
}

class GrantCheck {
 public:
  GrantCheck(const RuleSet& rules, const GrantRequest& request, const GrantCircumstances& circumstances)
      : rules_(rules), request_(request), circumstances_(circumstances) {}

  tl::expected<Grant, std::vector<std::string>> run() {
    grant_.id = circumstances_.id;
    grant_.requested_by = circumstances_.requested_by;
    grant_.is_break_glass = request_.is_break_glass;
    take_holder();
    take_kinds();
    const Store* store = named(rules_.stores, request_.store);
    const Purpose* purpose = named(rules_.purposes, request_.purpose);
    if (!store) refuse_name("store", request_.store, names_of(rules_.stores));
    if (!purpose) refuse_name("purpose", request_.purpose, names_of(rules_.purposes));
    grant_.store = request_.store;
    grant_.purpose = request_.purpose;
    if (store) take_clients(*store);
    if (store && purpose && !may_touch(*purpose, *store))
      refuse("purpose '" + purpose->name + "' may not touch every class of store '" + store->name + "'");
    take_reference();
    take_approver(purpose);
    take_duration(purpose);
    if (!refusals_.empty()) return tl::make_unexpected(std::move(refusals_));
    return std::move(grant_);
  }

 private:
  void refuse(std::string why) { refusals_.push_back(std::move(why)); }

  void refuse_name(const char* what, const std::string& name, const std::vector<std::string_view>& known) {
    if (name.empty()) return refuse(std::string("names no ") + what);
    const std::string hint = did_you_mean(name, known);
    refuse(std::string("no ") + what + " is called '" + name + "'" + (hint.empty() ? "" : " (" + hint + ")"));
  }

  void take_holder() {
    constexpr std::string_view kUser = "user:", kService = "service:";
    const std::string& who = request_.who;
    if (who.rfind(kUser, 0) == 0) return take_user(who.substr(kUser.size()));
    if (who.rfind(kService, 0) == 0) return take_service(who.substr(kService.size()));
    const bool is_user = circumstances_.is_user(who), is_service = named(rules_.services, who) != nullptr;
    if (is_user && is_service)
      return refuse("'" + who + "' is a user and a service: say user:" + who + " or service:" + who);
    if (is_service) return take_service(who);
    if (is_user) return take_user(who);
    if (who.empty()) return refuse("names nobody");
    const std::string hint = did_you_mean(who, names_of(rules_.services));
    refuse("this host knows no user and the policy no service '" + who + "'" +
           (hint.empty() ? "" : " (" + hint + ")"));
  }

  void take_user(const std::string& name) {
    if (!circumstances_.is_user(name)) refuse("this host knows no user '" + name + "'");
    grant_.user = name;
  }

  void take_service(const std::string& name) {
    if (!named(rules_.services, name)) refuse_name("service", name, names_of(rules_.services));
    grant_.service = name;
  }

  void take_kinds() {
    if (request_.access.empty()) refuse("names no kind of access");
    for (const std::string& word : request_.access) {
      const auto kind = access_kind_named(word);
      if (!kind)
        refuse_name("kind of access", word, {kAccessKindNames.begin(), kAccessKindNames.end()});
      else
        grant_.access = static_cast<AccessMask>(grant_.access | mask_of(*kind));
    }
  }

  void take_clients(const Store& store) {
    grant_.clients = request_.clients;
    if (request_.clients.empty()) return;
    if (!has_client(store)) refuse("store '" + store.name + "' does not tell one client from another");
    if (request_.clients.size() > kClientsMax)
      refuse("more than " + std::to_string(kClientsMax) +
             " clients: leave them out, and say why in the reference");
    for (const std::string& client : request_.clients)
      if (client.empty() || client.size() > kClientBytesMax || client.find('/') != std::string::npos)
        refuse("'" + client + "' can be no client's name");
  }

  void take_reference() {
    grant_.reference = request_.reference;
    if (!is_plain(request_.reference, kReferenceBytesMax))
      refuse("needs a reference, a ticket or a warrant, of one line of at most 200 bytes");
  }

  void take_approver(const Purpose* purpose) {
    grant_.approved_by = request_.approved_by;
    if (request_.approved_by.empty()) {
      if (!request_.is_break_glass) refuse("needs somebody who has approved it");
      return;
    }
    if (!is_plain(request_.approved_by, kPersonBytesMax)) refuse("names nobody who could have approved it");
    if (!purpose || !purpose->needs_two) return;
    if (request_.approved_by == circumstances_.requested_by)
      refuse("purpose '" + purpose->name + "' needs two people: " + request_.approved_by +
             " cannot ask for it and approve it");
    if (request_.approved_by == grant_.user)
      refuse("purpose '" + purpose->name + "' needs two people: " + request_.approved_by +
             " cannot approve what is for " + request_.approved_by);
  }

  void take_duration(const Purpose* purpose) {
    const auto lasts = parse_duration(request_.duration);
    if (!lasts)
      return refuse(request_.duration.empty()
                        ? "needs an end: how long it is for, like 2h"
                        : "'" + request_.duration + "' is no duration like 30d, 12h, 15m or 20s");
    if (purpose && purpose->max_duration && *lasts > *purpose->max_duration)
      return refuse("purpose '" + purpose->name + "' is granted for at most " +
                    to_string(*purpose->max_duration));
    const auto ns = std::chrono::nanoseconds(*lasts).count();
    if (__builtin_add_overflow(circumstances_.wall_ns, ns, &grant_.expires_wall_ns))
      return refuse("'" + request_.duration + "' is no end that a clock could show: it lies beyond 2261");
    grant_.given_wall_ns = circumstances_.wall_ns;
    grant_.given_boot_ns = circumstances_.boot_ns;
    grant_.expires_boot_ns = circumstances_.boot_ns + static_cast<std::uint64_t>(ns);
  }

  const RuleSet& rules_;
  const GrantRequest& request_;
  const GrantCircumstances& circumstances_;
  Grant grant_;
  std::vector<std::string> refusals_;
};

}  // namespace

tl::expected<GrantRequest, std::vector<Diagnostic>> read_grant_request(const PolicyText& text) {
  Diagnostics diagnostics;
  const auto root = read_yaml(text, diagnostics);
  if (root) check_shape(*root, kGrantFile, diagnostics);
  if (diagnostics.has_errors()) return tl::make_unexpected(diagnostics.sorted());
  return request_of(*root);
}

tl::expected<Grant, std::vector<std::string>> check_grant(const RuleSet& rules, const GrantRequest& request,
                                                          const GrantCircumstances& circumstances) {
  return GrantCheck(rules, request, circumstances).run();
}

}  // namespace purposewatch
