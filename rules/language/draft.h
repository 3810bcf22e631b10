// A policy as written: plain structs, every word with its place, nothing resolved yet. What has the wrong
// shape is missing here; check_shape has reported it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/language/node.h"
#include "rules/language/words.h"

namespace purposewatch {

struct ClassDraft {
  Word name;
  bool is_public = false;
};

struct LimitDraft {
  Position at;
  std::optional<std::uint32_t> clients, accesses, days;
  std::optional<Word> per;
};

struct PurposeDraft {
  Word name;
  std::optional<Word> clause, dpv;
  std::vector<Word> classes, access;
  std::optional<Word> max_duration;
  std::optional<LimitDraft> limit;
  bool requires_grant = false;
  bool needs_two = false;
};

struct StoreDraft {
  Word name;
  std::vector<Word> classes, paths, sockets, ports, except;
  bool display = false;
};

struct ServiceDraft {
  Word name;
  std::vector<Word> exe, script, parents;
  std::optional<Word> user, group, unit;
  bool owner = false;
  bool is_anybody = false;  // no condition was even attempted
};

struct PermitDraft {
  Position at;
  std::vector<Word> services, stores, access, windows, egress;
  std::optional<Word> purpose, name;
  std::optional<LimitDraft> limit;
};

struct TestGrantDraft {
  std::optional<Word> purpose;
  std::vector<Word> access, clients;
  bool has_ended = false;
};

struct TestDraft {
  Position at;
  std::optional<Word> exe, script, user, group, unit;
  std::vector<Word> parents;
  std::optional<Word> access, path, port, to, moment, expect;
  bool answers = false;
  std::optional<Word> owner, reason, store, client, service, clause;
  std::optional<TestGrantDraft> grant;
};

struct SafeguardDraft {
  Word name;
  std::optional<Word> clause;
  std::vector<Word> stores, allow, options, files;
  std::optional<Word> within, free;
};

struct HeadDraft {
  Position at;
  std::optional<Word> name, version, serial, review_by;
  std::vector<Word> alert_details;
};

struct DisclosureDraft {
  Position at;
  std::vector<Word> egress;
  std::optional<Word> fades_after;
};

struct PolicyDraft {
  std::vector<HeadDraft> heads;
  std::vector<ClassDraft> classes;
  std::vector<PurposeDraft> purposes;
  std::vector<StoreDraft> stores;
  std::vector<ServiceDraft> services;
  std::vector<PermitDraft> permits;
  std::vector<DisclosureDraft> disclosures;
  std::vector<TestDraft> tests;
  std::vector<SafeguardDraft> safeguards;
};

// Adds what one file says to the draft.
void read_draft(const Node& root, PolicyDraft& draft);

}  // namespace purposewatch
