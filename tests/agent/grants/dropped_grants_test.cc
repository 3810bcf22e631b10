#include "agent/grants/dropped_grants.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/agent/grants/book_of_grants.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kGood =
    "who: bob\nstore: mail\naccess: read\npurpose: warrant\nref: W-7\napproved-by: carol\nrequested-by: "
    "tickets\nfor: 60s\n";

class Dropped : public BookOfGrants {
 protected:
  Dropped() {
    fs::create_directory(dir_ / "drop");
    begin();
  }
  void begin() {
    dropped_ = std::make_unique<DroppedGrants>(dir_ / "drop", *book_, [this] { return rules_; });
    dropped_->scan();
  }
  void drop(const std::string& name, const std::string& text, mode_t mode = 0644) {
    dir_.write("drop/" + name, text);
    ASSERT_EQ(chmod((dir_ / ("drop/" + name)).c_str(), mode), 0);
  }
  std::vector<std::string> scan() {
    dropped_->scan();
    return told();
  }
  bool hears_of_something() const {
    pollfd watch{dropped_->watch_descriptor(), POLLIN, 0};
    return poll(&watch, 1, 0) == 1;
  }

  std::unique_ptr<DroppedGrants> dropped_;
};

TEST_F(Dropped, AreGrantsFromThenOnUntilTheyAreRemoved) {
  EXPECT_FALSE(hears_of_something());
  drop("t1.yaml", kGood);
  EXPECT_TRUE(hears_of_something());
  EXPECT_THAT(scan(), ElementsAre("grant-given bob by tickets"));
  EXPECT_FALSE(hears_of_something());
  EXPECT_TRUE(holds());
  EXPECT_EQ(only().requested_by, "tickets");
  EXPECT_THAT(scan(), IsEmpty()) << "once";
  fs::remove(dir_ / "drop/t1.yaml");
  EXPECT_TRUE(hears_of_something());
  EXPECT_THAT(scan(), ElementsAre("grant-revoked bob by "));
  EXPECT_FALSE(holds());
}

TEST_F(Dropped, DoNotBeginAgain) {
  drop("t1.yaml", kGood);
  scan();
  open();
  begin();
  EXPECT_THAT(told(), IsEmpty()) << "with the next agent";
  pass(60);
  book_->end_what_is_due();
  EXPECT_THAT(told(), ElementsAre("grant-expired bob by "));
  pass(30 * 24 * 3600);
  book_->end_what_is_due();
  EXPECT_THAT(scan(), IsEmpty()) << "when they have ended, however long ago";
  fs::last_write_time(dir_ / "drop/t1.yaml", fs::file_time_type::clock::now());
  EXPECT_THAT(scan(), IsEmpty()) << "when they are touched";
  fs::remove(dir_ / "drop/t1.yaml");
  scan();
  book_->end_what_is_due();
  EXPECT_THAT(book_->all(), IsEmpty()) << "and are forgotten with their file";
}

TEST_F(Dropped, ThatChangeAreOthers) {
  drop("t1.yaml", kGood);
  scan();
  drop("t1.yaml", kGood + "clients: [al]\n");
  EXPECT_THAT(scan(), ElementsAre("grant-given bob by tickets", "grant-revoked bob by "));
}

TEST_F(Dropped, ThatAreWrongAreToldOnceAndIgnored) {
  drop("t1.yaml", "who: bob\nsotre: mail\n");
  const auto told_of_it = scan();
  ASSERT_EQ(told_of_it.size(), 1U);
  EXPECT_THAT(told_of_it[0],
              HasSubstr("drop/t1.yaml:2:1: error: unknown key 'sotre' in a grant (did you mean 'store'?)"));
  EXPECT_THAT(scan(), IsEmpty());
  drop("t1.yaml", kGood + "break-glass: maybe\n");
  EXPECT_THAT(scan(), ElementsAre(HasSubstr("'break-glass' is true or false")));
  std::string nobody = kGood;
  nobody.replace(nobody.find("requested-by: tickets\n"), 22, "");
  drop("t1.yaml", nobody);
  EXPECT_THAT(scan(), ElementsAre(HasSubstr("names nobody who asks for it")));
  std::string too_long = kGood;
  too_long.replace(too_long.find("60s"), 3, "3h");
  drop("t1.yaml", too_long);
  EXPECT_THAT(scan(),
              ElementsAre("grant-refused bob by tickets: purpose 'warrant' is granted for at most 2h"));
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_THAT(book_->all(), IsEmpty());
  drop("t1.yaml", kGood);
  EXPECT_THAT(scan(), ElementsAre("grant-given bob by tickets"));
}

TEST_F(Dropped, MustBeNobodyElsesToWrite) {
  drop("t1.yaml", kGood, 0664);
  EXPECT_THAT(scan(), ElementsAre(HasSubstr("is writable by others (chmod go-w)")));
  ASSERT_EQ(chmod((dir_ / "drop/t1.yaml").c_str(), 0644), 0);
  EXPECT_THAT(scan(), ElementsAre("grant-given bob by tickets"));
  if (geteuid() == 0) {
    ASSERT_EQ(chown((dir_ / "drop/t1.yaml").c_str(), 65534, 65534), 0);
    EXPECT_THAT(scan(), ElementsAre(HasSubstr("not to root"), "grant-revoked bob by "));
  }
}

TEST_F(Dropped, CountOnlyInADirectoryThatIsNobodyElsesToWrite) {
  drop("t1.yaml", kGood);
  ASSERT_EQ(chmod((dir_ / "drop").c_str(), 0777), 0);
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_THAT(book_->all(), IsEmpty());
  ASSERT_EQ(chmod((dir_ / "drop").c_str(), 0755), 0);
  EXPECT_THAT(scan(), ElementsAre("grant-given bob by tickets"));
}

TEST_F(Dropped, CountOnlyInADirectoryThatIsSoWhereItsLinkLeads) {
  fs::create_directory(dir_ / "writable");
  ASSERT_EQ(chmod((dir_ / "writable").c_str(), 0777), 0);
  fs::remove(dir_ / "drop");
  fs::create_directory_symlink(dir_ / "writable", dir_ / "drop");
  drop("t1.yaml", kGood);
  EXPECT_THAT(scan(), IsEmpty());
  ASSERT_EQ(chmod((dir_ / "writable").c_str(), 0755), 0);
  EXPECT_THAT(scan(), ElementsAre("grant-given bob by tickets"));
}

TEST_F(Dropped, AreRegularFilesOfTheirName) {
  drop("elsewhere", kGood);
  fs::create_symlink(dir_ / "drop/elsewhere", dir_ / "drop/t1.yaml");
  ASSERT_EQ(mkfifo((dir_ / "drop/t2.yaml").c_str(), 0600), 0);
  fs::create_directory(dir_ / "drop/t3.yaml");
  drop(".t4.yaml", kGood);
  drop("t5.yaml~", kGood);
  EXPECT_THAT(scan(), testing::SizeIs(3)) << "the link, the pipe, the directory";
  EXPECT_THAT(book_->all(), IsEmpty());
}

TEST_F(Dropped, AreGivenAFewAtATime) {
  for (int i = 0; i < 70; ++i) drop("t" + std::to_string(i) + ".yaml", kGood);
  std::size_t given = scan().size();
  EXPECT_LT(given, 70U);
  EXPECT_TRUE(dropped_->is_behind());
  for (int scans = 0; dropped_->is_behind() && scans < 10; ++scans) given += scan().size();
  EXPECT_EQ(given, 70U);
  EXPECT_THAT(scan(), IsEmpty());
}

TEST_F(Dropped, EndWithTheirDirectoryAndComeWithAnother) {
  drop("t1.yaml", kGood);
  scan();
  fs::remove_all(dir_ / "drop");
  EXPECT_THAT(scan(), ElementsAre("grant-revoked bob by "));
  EXPECT_THAT(scan(), IsEmpty());
  fs::create_directory(dir_ / "drop");
  drop("t2.yaml", kGood);
  EXPECT_THAT(scan(), ElementsAre("grant-given bob by tickets"));
  drop("t3.yaml", kGood);
  EXPECT_TRUE(hears_of_something()) << "it watches the new one";
}

}  // namespace
}  // namespace purposewatch
