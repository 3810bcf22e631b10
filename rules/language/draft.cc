#include "rules/language/draft.h"

namespace purposewatch {
namespace {

template <class Read>
void each_named(const Node& root, std::string_view key, Read read) {
  if (const Node* section = root.find(key))
    for (const Entry& entry : section->entries) read(Word{entry.key, entry.at}, entry.value);
}

template <class Read>
void each_row(const Node& root, std::string_view key, Read read) {
  if (const Node* section = root.find(key))
    for (const Node& item : section->items) read(item);
}

std::optional<LimitDraft> read_limit(const Node& of) {
  const Node* node = of.find("limit");
  if (!node) return std::nullopt;
  return LimitDraft{.at = node->at,
                    .clients = count(*node, "clients"),
                    .accesses = count(*node, "accesses"),
                    .days = count(*node, "days"),
                    .per = word(*node, "per")};
}

PurposeDraft read_purpose(Word name, const Node& node) {
  return {.name = std::move(name),
          .clause = word(node, "clause"),
          .dpv = word(node, "dpv"),
          .classes = words(node, "classes"),
          .access = words(node, "access"),
          .max_duration = word(node, "max-duration"),
          .limit = read_limit(node),
          .requires_grant = node.find("requires") != nullptr,
          .needs_two = yes(node, "two-person")};
}

StoreDraft read_store(Word name, const Node& node) {
  return {.name = std::move(name),
          .classes = words(node, "class"),
          .paths = words(node, "paths"),
          .sockets = words(node, "sockets"),
          .ports = words(node, "ports"),
          .except = words(node, "except"),
          .display = yes(node, "display")};
}

bool is_anybody(const Node& node) {
  const Node* owner = node.find("owner");
  return !node.find("exe") && !node.find("user") && !node.find("group") && !node.find("unit") &&
         (!owner || owner->text == "false");
}

ServiceDraft read_service(Word name, const Node& node) {
  return {.name = std::move(name),
          .exe = words(node, "exe"),
          .script = words(node, "script"),
          .parents = words(node, "parent"),
          .user = word(node, "user"),
          .group = word(node, "group"),
          .unit = word(node, "unit"),
          .owner = yes(node, "owner"),
          .is_anybody = is_anybody(node)};
}

PermitDraft read_permit(const Node& node) {
  return {.at = node.at,
          .services = words(node, "service"),
          .stores = words(node, "store"),
          .access = words(node, "access"),
          .windows = words(node, "window"),
          .egress = words(node, "egress"),
          .purpose = word(node, "purpose"),
          .name = word(node, "name"),
          .limit = read_limit(node)};
}

std::optional<TestGrantDraft> read_test_grant(const Node& test) {
  const Node* node = test.find("grant");
  if (!node) return std::nullopt;
  return TestGrantDraft{.purpose = word(*node, "purpose"),
                        .access = words(*node, "access"),
                        .clients = words(*node, "clients"),
                        .has_ended = yes(*node, "ended")};
}

TestDraft read_test(const Node& node) {
  static const Node kNobody;
  const Node* who = node.find("who");
  if (!who) who = &kNobody;
  return {.at = node.at,
          .exe = word(*who, "exe"),
          .script = word(*who, "script"),
          .user = word(*who, "user"),
          .group = word(*who, "group"),
          .unit = word(*who, "unit"),
          .parents = words(*who, "parent"),
          .access = word(node, "access"),
          .path = word(node, "path"),
          .port = word(node, "port"),
          .to = word(node, "to"),
          .moment = word(node, "at"),
          .expect = word(node, "expect"),
          .answers = yes(node, "answers"),
          .owner = word(node, "owner"),
          .reason = word(node, "reason"),
          .store = word(node, "store"),
          .client = word(node, "client"),
          .service = word(node, "service"),
          .clause = word(node, "clause"),
          .grant = read_test_grant(node)};
}

SafeguardDraft read_safeguard(Word name, const Node& node) {
  return {.name = std::move(name),
          .clause = word(node, "clause"),
          .stores = words(node, "stores"),
          .allow = words(node, "allow"),
          .options = words(node, "options"),
          .files = words(node, "files"),
          .within = word(node, "within"),
          .free = word(node, "free")};
}

}  // namespace

void read_draft(const Node& root, PolicyDraft& draft) {
  if (const Node* head = root.find("policy")) {
    const Node* privacy = head->find("privacy");
    draft.heads.push_back({.at = head->at,
                           .name = word(*head, "name"),
                           .version = word(*head, "version"),
                           .serial = word(*head, "serial"),
                           .review_by = word(*head, "review-by"),
                           .alert_details = privacy ? words(*privacy, "alerts") : std::vector<Word>{}});
  }
  if (const Node* node = root.find("disclosure"))
    draft.disclosures.push_back(
        {.at = node->at, .egress = words(*node, "egress"), .fades_after = word(*node, "fades-after")});
  each_named(root, "classes", [&](Word name, const Node& node) {
    draft.classes.push_back({.name = std::move(name), .is_public = yes(node, "public")});
  });
  each_named(root, "purposes", [&](Word name, const Node& node) {
    draft.purposes.push_back(read_purpose(std::move(name), node));
  });
  each_named(root, "stores",
             [&](Word name, const Node& node) { draft.stores.push_back(read_store(std::move(name), node)); });
  each_named(root, "services", [&](Word name, const Node& node) {
    draft.services.push_back(read_service(std::move(name), node));
  });
  each_named(root, "safeguards", [&](Word name, const Node& node) {
    draft.safeguards.push_back(read_safeguard(std::move(name), node));
  });
  each_row(root, "permits", [&](const Node& node) { draft.permits.push_back(read_permit(node)); });
  each_row(root, "tests", [&](const Node& node) { draft.tests.push_back(read_test(node)); });
}

}  // namespace purposewatch
