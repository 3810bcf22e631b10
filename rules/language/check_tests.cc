#include <algorithm>

#include "rules/base/paths.h"
#include "rules/language/check_rules.h"
#include "rules/language/destination.h"
#include "rules/language/path_pattern.h"
#include "rules/language/port_pattern.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

std::string text_of(const std::optional<Word>& word) {
  return word ? word->text : std::string();
}

std::optional<std::string> maybe(const std::optional<Word>& word) {
  return word ? std::optional(word->text) : std::nullopt;
}

Outcome outcome_named(const std::string& name) {
  for (const Outcome outcome : {Outcome::kNoStore, Outcome::kPermitted, Outcome::kGranted, Outcome::kFlagged})
    if (name_of(outcome) == name) return outcome;
  return Outcome::kFlagged;  // check_shape has refused other words
}

// A test's path is a file, as the kernel would name it; '*' and braces are bytes like others.
void check_path(const Word& path, Diagnostics& diagnostics) {
  if (!is_plain_path(path.text)) diagnostics.error(path.at, "'" + path.text + "' " + kNoPlainPath);
}

// A test connects to one port of this host.
std::optional<Endpoint> read_endpoint(const TestDraft& draft, Diagnostics& diagnostics) {
  if (!draft.port || draft.port->text.rfind("tcp:", 0) != 0) return std::nullopt;
  const auto port = read_one(*draft.port, parse_port_pattern, diagnostics);
  if (port && !port->address)
    diagnostics.error(draft.port->at,
                      "'" + draft.port->text + "' is a pattern; a test connects to one address");
  if (draft.path) diagnostics.error(draft.port->at, "a test has a path or a port, not both");
  if (draft.access && draft.access->text != "connect")
    diagnostics.error(draft.port->at, "only a connect leads to a port");
  if (!port || !port->address) return std::nullopt;
  return Endpoint{.address = *port->address, .port = port->port, .is_local = true};
}

// A test's destination is one place, not a pattern.
std::optional<Destination> read_destination(const TestDraft& draft, Diagnostics& diagnostics) {
  if (!draft.to) {
    if (!draft.access) diagnostics.error(draft.at, "a test says an access, or where data goes: 'to'");
    return std::nullopt;
  }
  for (const auto* word : {&draft.path, &draft.port, &draft.access, &draft.owner})
    if (*word) diagnostics.error((*word)->at, "of data that goes somewhere, a test says the store and 'to'");
  if (!draft.store) diagnostics.error(draft.to->at, "a test says of which store the data is that goes there");
  auto to = read_one(*draft.to, parse_destination, diagnostics);
  if (!to || is_one_place(*to)) return to;
  diagnostics.error(draft.to->at, "'" + draft.to->text + "' is a pattern; a test goes to one place");
  return std::nullopt;
}

std::optional<Moment> read_moment(const TestDraft& draft, Diagnostics& diagnostics) {
  if (!draft.moment) return std::nullopt;
  auto moment = parse_moment(draft.moment->text);
  if (moment) return std::move(*moment);
  diagnostics.error(draft.moment->at, "'" + draft.moment->text + "' " + moment.error());
  return std::nullopt;
}

// Without an end or a store: those are the test's.
std::optional<Grant> read_grant(const TestDraft& draft, AccessKind kind, const RuleNames& names,
                                Diagnostics& diagnostics) {
  if (!draft.grant) return std::nullopt;
  Grant grant;
  grant.user = text_of(draft.user);
  if (grant.user.empty()) diagnostics.error(draft.at, "a test with a grant needs a user who has it");
  if (draft.grant->purpose) {
    names.purposes.resolve(*draft.grant->purpose, diagnostics);
    grant.purpose = draft.grant->purpose->text;
  }
  for (const Word& client : draft.grant->clients) grant.clients.push_back(client.text);
  grant.access = draft.grant->access.empty() ? mask_of(kind) : mask_of_words(draft.grant->access);
  grant.expires_boot_ns = draft.grant->has_ended ? kTestBootNs : kTestBootNs + 1;
  return grant;
}

// What a test asks for must be able to come out.
void check_expectations(const TestDraft& draft, Diagnostics& diagnostics) {
  if (!draft.expect) return;
  if (draft.reason && draft.expect->text != "flagged")
    diagnostics.error(draft.reason->at, "only a flagged access has a reason");
  if (draft.expect->text != "no-store") return;
  for (const auto* word : {&draft.store, &draft.client, &draft.service, &draft.clause})
    if (*word) diagnostics.error((*word)->at, "an access to no store has nothing more to expect");
}

}  // namespace

void check_tests(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules, Diagnostics& diagnostics) {
  for (const TestDraft& one : draft.tests) {
    if (one.path) check_path(*one.path, diagnostics);
    if (one.store) names.stores.resolve(*one.store, diagnostics);
    if (one.service) names.services.resolve(*one.service, diagnostics);
    check_expectations(one, diagnostics);
    const auto kind = access_kind_named(text_of(one.access)).value_or(AccessKind::kRead);
    std::vector<std::string> parents;
    for (const Word& parent : one.parents) parents.push_back(parent.text);
    rules.tests.push_back({.at = one.at,
                           .exe = text_of(one.exe),
                           .script = text_of(one.script),
                           .user = text_of(one.user),
                           .group = text_of(one.group),
                           .unit = text_of(one.unit),
                           .parents = std::move(parents),
                           .owner = maybe(one.owner),
                           .access = kind,
                           .moment = read_moment(one, diagnostics),
                           .grant = read_grant(one, kind, names, diagnostics),
                           .path = text_of(one.path),
                           .endpoint = read_endpoint(one, diagnostics),
                           .to = read_destination(one, diagnostics),
                           .answers = one.answers,
                           .expect = outcome_named(text_of(one.expect)),
                           .reason = maybe(one.reason),
                           .store = maybe(one.store),
                           .client = maybe(one.client),
                           .service = maybe(one.service),
                           .clause = maybe(one.clause)});
  }
}

}  // namespace purposewatch
