// Any bytes as a grant that another system has dropped, and as one that an agent before has kept: refused, or
// a grant that ends when it has to.
#include <spdlog/spdlog.h>

#include "agent/grants/dropped_grants.h"
#include "agent/grants/grant_json.h"
#include "rules/language/policy.h"
#include "tests/fuzz/no_sync.h"
#include "tests/fuzz/target.h"

namespace purposewatch {
namespace {

constexpr GrantBook::Clocks kNow{1'800'000'000'000'000'000, 1'000'000'000'000};

const Scratch& scratch() {
  static const Scratch made("grants");
  return made;
}

std::shared_ptr<const RuleSet> rules() {
  static const auto made =
      check_policy(
          {{"p.yaml",
            "policy: {name: t, version: 1}\n"
            "classes: {mail: {clause: P2}}\n"
            "purposes:\n"
            "  warrant: {clause: P7, classes: all, requires: grant, max-duration: 30d, two-person: true}\n"
            "  review: {clause: P8, classes: all, requires: grant}\n"
            "stores: {m: {class: mail, paths: '/m/{client}'}}\n"
            "services: {s: {exe: /s}}\n"}})
          .rules;
  return made;
}

std::unique_ptr<GrantBook> open_book() {
  GrantBook::Surroundings around;
  around.directory = scratch() / "grants";
  around.boot_id = "now";
  around.clocks = [] { return kNow; };
  around.is_user = [](const std::string& name) { return name == "bob"; };
  around.tell = [](const GrantEvent& event) {
    require((event.change == GrantChange::kRefused) == !event.why.empty());
  };
  auto book = GrantBook::open(std::move(around));
  require(book.has_value());
  return std::move(*book);
}

void drop(const std::string& bytes) {
  scratch().remove("grants");
  scratch().directory("drop");
  scratch().write("drop/x.yaml", bytes);
  const auto book = open_book();
  DroppedGrants dropped(scratch() / "drop", *book, rules);
  dropped.scan();
  dropped.scan();  // once is enough
  require(book->all().size() <= 1);
  for (const StoredGrant& one : book->all()) {
    require(one.grant.holds_at(kNow.boot_ns) && one.grant.expires_wall_ns > kNow.wall_ns);
    require(is_visible_line(one.grant.reference) && !one.grant.reference.empty());
    require(one.grant.is_break_glass || !one.grant.approved_by.empty());
    const auto again = grant_from_json(grant_json(one));
    require(again && again->grant == one.grant);
  }
  scratch().remove("drop/x.yaml");
  dropped.scan();
  for (const StoredGrant& one : book->all()) require(!one.grant.holds_at(kNow.boot_ns));
}

bool can_be_file_name(const std::string& id) {
  return !id.empty() && id.size() < 200 && id.find_first_of(std::string("/\0", 2)) == std::string::npos;
}

void keep(const std::string& bytes) {
  const auto stored = grant_from_json(bytes);
  if (!stored) return;
  const auto again = grant_from_json(grant_json(*stored));
  require(again && again->grant == stored->grant);
  if (!can_be_file_name(stored->grant.id)) return;
  scratch().remove("grants");
  scratch().directory("grants");
  scratch().write("grants/" + stored->grant.id + ".json", bytes);
  const auto book = open_book();
  for (const StoredGrant& one : book->all())
    if (stored->boot_id != "now") {
      const auto lasts = static_cast<std::uint64_t>(one.grant.expires_wall_ns - one.grant.given_wall_ns);
      require(one.grant.expires_boot_ns <= kNow.boot_ns + lasts);
    }
  book->end_what_is_due();
  (void)book->counts(*rules());
}

}  // namespace
}  // namespace purposewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  spdlog::set_level(spdlog::level::off);
  const std::string bytes = text_of(data, size);
  drop(bytes);
  keep(bytes);
  return 0;
}
