// Permits: the kernel's decision against judge, on policies, subjects and accesses by the dice.
//
//   always               what the kernel permits, judge permits
//   for rules that the   what judge permits, the kernel permits; and it counts it for judge's permit
//   tables hold whole
#include <gtest/gtest.h>

#include <bit>

#include "agent/kernel/compile.h"
#include "agent/subject/users.h"
#include "rules/flaggable.h"
#include "rules/judge.h"
#include "tests/bpf/host_kernel.h"
#include "tests/bpf/random_policy.h"

namespace purposewatch {
namespace {

constexpr int kPolicies = 100;
constexpr int kAccessesEach = 600;

// A process: as the kernel knows it, and as user space does. It lives on over reloads, with its cache.
struct Actor {
  pw_task task{};
  Subject subject;
  std::uint64_t cgroup = 0;
  bool has_task = true;  // memory may have been short

  // As an exec does: nothing that was decided before counts.
  void start(Dice& dice, ProgramNumbers& programs) {
    subject.script = dice.chance(40) ? dice.pick(script_paths()) : "";
    task.script = subject.script.empty() ? 0 : programs.script_number(subject.script);
    subject.ancestor_programs.clear();
    std::fill(std::begin(task.lineage), std::end(task.lineage), 0);
    const std::size_t above = dice.below(PW_LINEAGE_MAX + 1);
    for (std::size_t i = 0; i < above; ++i) {
      const bool was_script = dice.chance(40);
      const std::string& path = dice.pick(was_script ? script_paths() : program_paths());
      subject.ancestor_programs.push_back(path);
      task.lineage[i] = was_script ? programs.script_number(path) : programs.number(path);
    }
    task.generation = 0;
  }

  void move(std::size_t unit) {
    subject.unit = unit_names()[unit];
    cgroup = 100 + unit;
  }

  // As the kernel notes it; or, not tampered with any more, since another program was started.
  void tamper(bool is_tampered) {
    subject.tampered_by = is_tampered ? "ptrace by 7 (/gdb)" : "";
    task.tampering = is_tampered ? 1 : 0;
    task.generation = 0;
  }
};

std::vector<Actor> actors(ProgramNumbers& programs) {
  std::vector<Actor> all;
  for (std::size_t program = 0; program <= program_paths().size(); ++program)
    for (std::size_t unit = 0; unit < unit_names().size(); ++unit) {
      Actor actor;
      actor.subject.program = program == 0 ? "" : program_paths()[program - 1];
      actor.move(unit);
      actor.task.stamped = 1;
      actor.task.program = program == 0 ? 0 : programs.number(actor.subject.program);
      all.push_back(actor);
    }
  all.push_back({});
  all.back().move(0);
  all.back().has_task = false;
  return all;
}

struct Seen {
  long permitted = 0, left_over = 0, whole = 0, late = 0, remembered = 0, timed = 0;
};

class Trial {
 public:
  Trial(Dice& dice, std::shared_ptr<const CompiledPolicy> policy, ProgramNumbers& programs,
        const CounterSlots& slots, std::uint32_t generation)
      : dice_(dice),
        programs_(programs),
        policy_(std::move(policy)),
        slots_(slots),
        flaggable_(flaggable(*policy_->rules)),
        generation_(generation),
        kernel_(policy_, generation) {
    for (std::size_t unit = 0; unit < unit_names().size(); ++unit) {
      knows_unit_.push_back(false);
      if (dice_.chance(50)) learn(unit);
    }
    for (const pw_service& service : policy_->tables.services)
      is_whole_ = is_whole_ && !(service.flags & PW_SERVICE_UNDECIDABLE);
    is_whole_ = is_whole_ && slots.labels().size() < slots.capacity();
    kernel_.refresh_windows(now_ns_, boot_ns());
  }

  // User space tells the kernel of a cgroup when it first hears of it; tasks have been cached by then.
  void learn(std::size_t unit) { knows_unit_[unit] = kernel_.learn_cgroup(100 + unit, unit_names()[unit]); }

  void access(Actor& actor, Seen& seen) {
    pass_time();
    if (dice_.chance(20)) actor.move(dice_.below(unit_names().size()));
    if (dice_.chance(5)) actor.tamper(dice_.chance(30));
    actor.subject.euid = dice_.pick(user_ids());
    actor.subject.user = user_name_of(actor.subject.euid);
    if (dice_.chance(5)) actor.subject.gid = dice_.pick(user_ids());
    actor.subject.group = group_name(actor.subject.gid);
    if (dice_.chance(30)) actor.start(dice_, programs_);
    Access access;
    access.path = joined(random_path(dice_, *policy_->rules));
    const auto match = match_store(*policy_->rules, access.path);
    if (!match) return;
    access.kernel_store = policy_->rules->stores[match->store].name;
    const auto kinds = static_cast<std::uint32_t>(dice_.chance(50) ? dice_.between(1, (1U << PW_KINDS) - 1)
                                                                   : 1U << dice_.below(PW_KINDS));
    // Nearly all accesses repeat one, of somebody else's file perhaps: the kernel remembers what it
    // permitted.
    for (bool again = true; again && !testing::Test::HasFailure(); again = dice_.chance(60)) {
      access.owner_uid = dice_.chance(40) ? actor.subject.euid : dice_.pick(user_ids());
      access_once(actor, access, static_cast<std::uint16_t>(match->store), kinds, seen);
    }
  }

 private:
  // Now and then, up to hours; user space comes around more seldom. The boot clock has begun at some time of
  // this week.
  void pass_time() {
    if (dice_.chance(30)) now_ns_ += static_cast<std::int64_t>(dice_.below(3)) * 1'000'000'000;
    if (dice_.chance(10)) now_ns_ += static_cast<std::int64_t>(dice_.below(4'000'000)) * 1'000'000;
    if (dice_.chance(50)) kernel_.refresh_windows(now_ns_, boot_ns());
  }
  std::uint64_t boot_ns() const { return static_cast<std::uint64_t>(now_ns_ - kBootedNs); }

  void access_once(Actor& actor, Access access, std::uint16_t store, std::uint32_t kinds, Seen& seen) {
    if (remembers(actor, store, kinds)) ++seen.remembered;
    const auto left = kernel_.undecided(
        actor.has_task ? &actor.task : nullptr,
        {actor.subject.euid, actor.subject.gid, actor.cgroup, store, *access.owner_uid, kinds, boot_ns()});
    ASSERT_EQ(left & ~kinds, 0U);
    EXPECT_EQ(kernel_.counted().size(), static_cast<std::size_t>(std::popcount(kinds & ~left)));
    for (std::uint32_t kind = 0; kind < PW_KINDS; ++kind) {
      if (!(kinds >> kind & 1)) continue;
      access.kind = static_cast<AccessKind>(kind);
      // These have no path in the store: the kernel finds it by other ways.
      access.store_is_given = access.kind >= AccessKind::kConnect;
      compare(actor, access, (left >> kind & 1) == 0, seen);
    }
  }

  bool remembers(const Actor& actor, std::size_t store, std::uint32_t kinds) const {
    const pw_task& task = actor.task;
    return actor.has_task && task.generation == generation_ && task.euid == actor.subject.euid &&
           task.egid == actor.subject.gid && task.cgroup == actor.cgroup && task.memo_store == store + 1 &&
           task.memo_kinds == kinds;
  }

  void compare(const Actor& actor, const Access& access, bool kernel_permits, Seen& seen) {
    const Verdict verdict = judge(*policy_->rules, access, actor.subject, now_ns_);
    const bool judge_permits = verdict.outcome == Outcome::kPermitted;
    ++(kernel_permits ? seen.permitted : seen.left_over);
    EXPECT_TRUE(judge_permits || !kernel_permits)
        << "the kernel permits what judge does not: " << what(actor, access);
    EXPECT_TRUE(verdict.outcome != Outcome::kFlagged || is_expected(verdict, access.kind))
        << "flagged as nobody expects: " << name_of(verdict.reason) << ": " << what(actor, access);
    const bool depends_on_time = !verdict.permit.empty() && has_window(verdict.permit);
    if (depends_on_time && kernel_permits) ++seen.timed;
    if (!holds_whole(actor) || depends_on_time) {
      if (judge_permits && !kernel_permits) ++seen.late;
      return;
    }
    ++seen.whole;
    EXPECT_EQ(kernel_permits, judge_permits) << what(actor, access);
    EXPECT_TRUE(!kernel_permits || was_counted_for(verdict, access.kind)) << what(actor, access);
  }

  bool has_window(const std::string& permit) const {
    const auto& permits = policy_->rules->permits;
    return std::any_of(permits.begin(), permits.end(),
                       [&](const Permit& one) { return one.name == permit && !one.windows.empty(); });
  }

  bool is_expected(const Verdict& verdict, AccessKind kind) const {
    // These have no path in the store, and the dice do not ask whether it has sockets.
    if (kind == AccessKind::kConnect) return true;
    return std::any_of(flaggable_.begin(), flaggable_.end(), [&](const Flaggable& one) {
      return one.store == verdict.store && one.kind == kind && one.reason == verdict.reason;
    });
  }

  // Nothing about this actor is more than the tables hold or know.
  bool holds_whole(const Actor& actor) const {
    const auto& candidates = policy_->tables.candidates;
    const auto row = candidates.find(actor.task.program);
    const pw_candidates& mine = row == candidates.end() ? candidates.at(0) : row->second;
    return is_whole_ && actor.has_task && !mine.overflow && knows_unit_[actor.cgroup - 100];
  }

  bool was_counted_for(const Verdict& verdict, AccessKind kind) const {
    const CounterLabel wanted{verdict.store, verdict.service, verdict.permit, verdict.purpose, kind};
    return std::any_of(kernel_.counted().begin(), kernel_.counted().end(),
                       [&](std::uint32_t slot) { return slots_.labels().at(slot).tie() == wanted.tie(); });
  }

  static const std::string& user_name_of(std::uint32_t euid) {
    static Users users;
    return users.name_of(euid);
  }

  static std::string what(const Actor& actor, const Access& access) {
    return std::string(name_of(access.kind)) + " of " + testing::PrintToString(access.path) + " (owner " +
           std::to_string(*access.owner_uid) + ") by '" + actor.subject.program + "' of user " +
           std::to_string(actor.subject.euid) + " in unit '" + actor.subject.unit + "'";
  }

  Dice& dice_;
  ProgramNumbers& programs_;
  std::shared_ptr<const CompiledPolicy> policy_;
  const CounterSlots& slots_;
  const std::vector<Flaggable> flaggable_;
  std::uint32_t generation_;
  HostKernel kernel_;
  static constexpr std::int64_t kBootedNs = 1'700'000'000'500'000'000;
  std::int64_t now_ns_ = kBootedNs + 3'600'000'000'000;
  std::vector<bool> knows_unit_;
  bool is_whole_ = true;
};

TEST(TheKernelsDecision, NeverPermitsWhatJudgeDoesNotAndCountsForItsPermit) {
  Dice dice(20260102);
  ProgramNumbers programs;
  std::vector<Actor> all = actors(programs);
  Seen seen;
  for (int round = 0; round < kPolicies; ++round) {
    std::string text;
    const auto rules = random_policy(dice, &text);
    SCOPED_TRACE(text);
    CounterSlots slots(dice.chance(10) ? 7 : 4096);
    const auto policy = compile(rules, {user_id_of_policy, group_id_of_policy}, programs, slots);
    Trial trial(dice, policy, programs, slots, static_cast<std::uint32_t>(round + 1));
    for (int i = 0; i < kAccessesEach; ++i) {
      if (i % 50 == 49) trial.learn(dice.below(unit_names().size()));
      trial.access(all[dice.below(all.size())], seen);
      if (testing::Test::HasFailure()) return;  // the first one says it all
    }
  }
  // A property that held only because nothing was tried would be no news.
  EXPECT_GT(seen.permitted, 10000);
  EXPECT_GT(seen.left_over, 30000);
  EXPECT_GT(seen.whole, 30000);
  EXPECT_GT(seen.late, 100);
  EXPECT_GT(seen.remembered, 500);
  EXPECT_GT(seen.timed, 100);
  RecordProperty("permitted", static_cast<int>(seen.permitted));
  RecordProperty("left_over", static_cast<int>(seen.left_over));
  RecordProperty("whole", static_cast<int>(seen.whole));
  RecordProperty("late", static_cast<int>(seen.late));
}

}  // namespace
}  // namespace purposewatch
