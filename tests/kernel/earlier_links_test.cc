// Hard links that are older than the agent.
#include <sys/mount.h>

#include <chrono>
#include <filesystem>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class EarlierLinksInTheKernel : public KernelTest {
 protected:
  std::string link_of(const std::string& file, const std::string& relative) const {
    const std::string link = path(relative);
    std::filesystem::create_directories(std::filesystem::path(link).parent_path());
    std::filesystem::create_hard_link(file, link);
    return link;
  }

  static std::uint64_t marks() {
    for (const MapHealth& map : agent().health().maps)
      if (map.map == "marks") return map.entries;
    return 0;
  }

  // As the event loop does, until so many are found.
  static void await_marks(std::uint64_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (marks() < count && std::chrono::steady_clock::now() < deadline) {
      agent().tick();
      agent().drain();
    }
    ASSERT_EQ(marks(), count);
  }
};

TEST_F(EarlierLinksInTheKernel, LeadToTheStoreByTheNameThatTheFileHasThere) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string link = link_of(mail, "elsewhere/copy");
  const std::string within = make_file("vmail/example.org/alice/2");
  link_of(within, "vmail/example.org/bob/2");
  const std::string innocent = make_file("elsewhere/a");
  link_of(innocent, "elsewhere/b");
  watch_afresh();
  await_marks(1);
  (void)findings();
  act({"read", link});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.store, "mail");
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.access.path, mail);
  EXPECT_EQ(told.access.accessed_through, link);
  act({"read", innocent});
  EXPECT_TRUE(findings().empty());
  act(copy_of_actor("imap"), {"read", link});
  EXPECT_TRUE(findings().empty()) << "who may read the store may read it by any name";
}

TEST_F(EarlierLinksInTheKernel, ArePermittedInTheKernelOnceTheyAreFound) {
  const std::string link = link_of(make_file("vmail/example.org/alice/1"), "elsewhere/copy");
  const std::string imap = copy_of_actor("imap");
  watch_afresh();
  await_marks(1);
  const std::uint64_t before = seen();
  act(imap, {"read", link, "read", link});
  EXPECT_EQ(permitted("imap", "read"), 2U);
  EXPECT_EQ(seen(), before) << "nothing of it went up";
}

TEST_F(EarlierLinksInTheKernel, AreLookedForAgainWhenAStoreIsNew) {
  const std::string link = link_of(make_file("cards/shop/alice/1"), "elsewhere/copy");
  watch_afresh();
  await_marks(0);
  std::string policy = usual_policy();
  const std::string old_place = path("vmail/{domain}");
  for (std::size_t at = 0; (at = policy.find(old_place)) != std::string::npos;)
    policy.replace(at, old_place.size(), path("cards/{domain}"));
  ASSERT_TRUE(reload(policy));
  await_marks(1);
  (void)findings();
  act({"read", link});
  EXPECT_EQ(finding().verdict.client, "alice");
}

}  // namespace
}  // namespace purposewatch::testing
