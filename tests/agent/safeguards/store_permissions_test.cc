#include <endian.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/open_to_others.h"
#include "tests/agent/safeguards/fake_host.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum SafeguardState;

class StorePermissions : public testing::Test {
 protected:
  void directory(const std::string& path, mode_t mode) const {
    host_.directory(path);
    this->mode(path, mode);
  }
  void mode(const std::string& path, mode_t mode) const {
    ASSERT_EQ(chmod((host_.view.root + path).c_str(), mode), 0) << path;
  }
  SafeguardResult check() const {
    return check_store_permissions(host_.promised("store-permissions"), host_.view);
  }

  FakeHost host_{"a: {class: mail, paths: /srv/mail, sockets: /run/a/sock}",
                 "safeguards: {store-permissions: {}}\n"};
};

TEST_F(StorePermissions, AreOkWhenOthersMayNothing) {
  directory("/srv/mail", 0750);
  EXPECT_EQ(check(), is_ok("1 stores, open to owners and their groups alone"));
}

TEST_F(StorePermissions, AreViolatedByAnyRightOfOthers) {
  for (const mode_t mode : {0751U, 0754U, 0752U, 0705U}) {
    directory("/srv/mail", mode);
    const SafeguardResult result = check();
    EXPECT_EQ(result.state, kViolated) << std::oct << mode;
    EXPECT_EQ(result.why, "/srv/mail (a) is open to everybody");
    EXPECT_THAT(result.remedy, HasSubstr("chmod o="));
  }
}

TEST_F(StorePermissions, AreOkBelowADirectoryThatShutsOthersOut) {
  directory("/srv/mail", 0777);
  mode("/srv", 0750);
  EXPECT_EQ(check().state, kOk);
  mode("/srv", 0754);
  EXPECT_EQ(check().state, kOk) << "who may list names may not pass";
  mode("/srv", 0751);
  EXPECT_EQ(check().state, kViolated);
}

TEST_F(StorePermissions, AreViolatedWhereEverybodyMayPutAnotherInTheirPlace) {
  directory("/srv/mail", 0700);
  mode("/srv", 0777);
  EXPECT_EQ(check().why, "/srv (a): everybody may exchange what is in it");
  mode("/srv", 01777);
  EXPECT_EQ(check().state, kOk) << "in a sticky directory only owners may";
}

TEST_F(StorePermissions, AreUnknownOfAStoreThatIsNotThere) {
  const SafeguardResult result = check();
  EXPECT_EQ(result.state, kUnknown);
  EXPECT_EQ(result.why, "nothing is there of a");
  EXPECT_THAT(result.remedy, HasSubstr("mounted"));
}

TEST_F(StorePermissions, OfASocketAreWhoMayWrite) {
  directory("/srv/mail", 0700);
  host_.file("/run/a/sock", "");
  mode("/run/a/sock", 0666);
  EXPECT_EQ(check().why, "/run/a/sock (a) is open to everybody");
  mode("/run/a/sock", 0664);
  EXPECT_EQ(check().state, kOk);
  mode("/run/a/sock", 0666);
  mode("/run/a", 0750);
  EXPECT_EQ(check().state, kOk);
}

TEST_F(StorePermissions, AreThoseOfWhereALinkLeads) {
  directory("/data/mail", 0755);
  host_.link("/srv/mail", "/data/mail");
  EXPECT_EQ(check().why, "/data/mail (a) is open to everybody");
  mode("/data", 0700);
  EXPECT_EQ(check().state, kOk);
}

// An entry of an ACL, as the kernel hands it out.
std::string entry(unsigned tag, unsigned rights, std::uint32_t id = 0xffffffffU) {
  const posix_acl_xattr_entry entry{htole16(static_cast<std::uint16_t>(tag)),
                                    htole16(static_cast<std::uint16_t>(rights)), htole32(id)};
  return {reinterpret_cast<const char*>(&entry), sizeof(entry)};
}
std::string acl(const std::vector<std::string>& entries) {
  const posix_acl_xattr_header header{htole32(POSIX_ACL_XATTR_VERSION)};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  for (const std::string& one : entries) bytes += one;
  return bytes;
}

TEST_F(StorePermissions, OfAnAclNameUsersAndGroups) {
  host_.view.calls.user_name = [](std::uint32_t uid) { return uid == 33 ? "www-data" : ""; };
  const auto named = [&](const std::string& bytes, unsigned rights) {
    return named_by_acl(host_.view, bytes, rights);
  };
  const std::string bytes =
      acl({entry(ACL_USER_OBJ, 7), entry(ACL_USER, 5, 33), entry(ACL_USER, 0, 34), entry(ACL_GROUP_OBJ, 5),
           entry(ACL_GROUP, 4, 1000), entry(ACL_MASK, 7), entry(ACL_OTHER, 0)});
  EXPECT_THAT(named(bytes, kMayAnything), ElementsAre("user www-data (33)", "group 1000"));
  EXPECT_THAT(named(bytes, kMayPass), ElementsAre("user www-data (33)"));
  EXPECT_THAT(named(bytes, kMayWrite), IsEmpty());
  EXPECT_THAT(named(acl({entry(ACL_USER, 7, 5), entry(ACL_MASK, 0)}), kMayAnything), IsEmpty());
}

TEST_F(StorePermissions, OfBytesThatAreNoAclNameNobody) {
  for (const std::string& bytes :
       {std::string(), std::string("\2\0\0", 3), std::string(4, '\1') + entry(ACL_USER, 7, 5),
        acl({}) + entry(ACL_USER, 7, 5).substr(1), std::string(1000, '\xff')})
    EXPECT_THAT(named_by_acl(host_.view, bytes, kMayAnything), IsEmpty());
}

TEST_F(StorePermissions, GivenByAnAclAreSeen) {
  directory("/srv/mail", 0750);
  const std::string bytes = acl({entry(ACL_USER_OBJ, 7), entry(ACL_USER, 5, 33), entry(ACL_GROUP_OBJ, 5),
                                 entry(ACL_MASK, 5), entry(ACL_OTHER, 0)});
  const std::string path = host_.view.root + "/srv/mail";
  if (setxattr(path.c_str(), "system.posix_acl_access", bytes.data(), bytes.size(), 0) != 0)
    GTEST_SKIP() << "the file system of temporary files has no ACLs";
  EXPECT_EQ(check().why, "/srv/mail (a) is open to user 33");
  mode("/srv", 0700);
  EXPECT_EQ(check().state, kOk);
  const std::string above = host_.view.root + "/srv";
  ASSERT_EQ(setxattr(above.c_str(), "system.posix_acl_access", bytes.data(), bytes.size(), 0), 0);
  EXPECT_EQ(check().state, kViolated) << "who is named may pass there, too";
}

class StorePermissionsOfClients : public StorePermissions {
 protected:
  StorePermissionsOfClients() {
    host_.view.rules =
        FakeHost("a: {class: mail, paths: '/home/{client}/Maildir'}", "safeguards: {store-permissions: {}}\n")
            .view.rules;
    directory("/home", 0755);
  }
};

TEST_F(StorePermissionsOfClients, AreLookedAtClientByClientWhereTheDirectoryAboveIsOpen) {
  directory("/home/alice/Maildir", 0700);
  directory("/home/bob/Maildir", 0755);
  mode("/home/bob", 0750);
  directory("/home/empty", 0755);
  EXPECT_EQ(check().state, kOk);
  mode("/home/bob", 0755);
  EXPECT_EQ(check().why, "/home/{client}/Maildir (a) is open to everybody");
  mode("/home", 0750);
  EXPECT_EQ(check().state, kOk);
}

TEST_F(StorePermissionsOfClients, AreOkWithoutClients) {
  EXPECT_EQ(check().state, kOk);
}

TEST_F(StorePermissionsOfClients, AreViolatedWhereClientsCanBeExchanged) {
  mode("/home", 0777);
  EXPECT_EQ(check().why, "/home (a): everybody may exchange what is in it");
}

TEST_F(StorePermissionsOfClients, NameNoMoreThanAPersonReads) {
  for (int i = 0; i < 9; ++i) directory("/home/c" + std::to_string(i) + "/Maildir", 0755);
  EXPECT_THAT(check().why, HasSubstr("(9 times)"));
}

TEST_F(StorePermissionsOfClients, OfOddNamesAndLinksEndInNoCrash) {
  directory("/home/new\nline \xff/Maildir", 0700);
  host_.link("/home/loop", "/home/loop");
  host_.file("/home/file", "");
  host_.link("/home/dangling", "/nonexistent");
  ASSERT_EQ(mkfifo((host_.view.root + "/home/fifo").c_str(), 0666), 0);
  EXPECT_EQ(check().state, kOk);
}

TEST(StorePermissionsOfAStore, ThatIsPublicAreWhoMayWrite) {
  FakeHost host("a: {class: domain, paths: /srv/a}", "safeguards: {store-permissions: {}}\n");
  const auto rules = std::make_shared<RuleSet>();
  rules->safeguards.push_back({.name = "store-permissions",
                               .kind = SafeguardKind::kElectronic,
                               .clause = "P3",
                               .stores = {0},
                               .allow = {},
                               .options = {},
                               .files = {},
                               .within = {},
                               .free_percent = 0,
                               .at = {}});
  const FakeHost model("a: {class: mail, paths: /srv/a}");
  rules->stores = model.view.rules->stores;
  rules->stores[0].is_public = true;
  host.view.rules = rules;
  host.directory("/srv/a");
  ASSERT_EQ(chmod((host.view.root + "/srv/a").c_str(), 0755), 0);
  EXPECT_EQ(check_store_permissions(rules->safeguards[0], host.view).state, kOk);
  ASSERT_EQ(chmod((host.view.root + "/srv/a").c_str(), 0757), 0);
  EXPECT_EQ(check_store_permissions(rules->safeguards[0], host.view).state, kViolated);
}

TEST(StorePermissionsOfAStore, OfPortsAloneAreUnknown) {
  FakeHost host("a: {class: mail, ports: 'tcp:*:3306'}", "safeguards: {store-permissions: {}}\n");
  EXPECT_EQ(check_store_permissions(host.promised("store-permissions"), host.view).why,
            "no store has a path");
}

TEST(StorePermissionsOfThisHost, AreLookedAtWithoutACrash) {
  FakeHost host("a: {class: mail, paths: ['/home/{client}/Maildir', '/etc/*'], sockets: /run/x}",
                "safeguards: {store-permissions: {}}\n");
  host.view.root = "";
  check_store_permissions(host.promised("store-permissions"), host.view);
}

}  // namespace
}  // namespace purposewatch
