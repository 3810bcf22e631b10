#include "agent/incidents/incident_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/evidence/agent_records.h"
#include "agent/files/whole_file.h"
#include "agent/incidents/incident_answers.h"
#include "agent/incidents/incident_json.h"
#include "agent/incidents/recall.h"
#include "agent/incidents/severity.h"
#include "exporters/ndjson/event_json.h"
#include "tests/exporters/evidence/log_fixture.h"
#include "tests/exporters/sample_findings.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::FieldsAre;
using testing::HasSubstr;
using testing::Pair;

const std::string kId = flagged_read().incident;

Finding with_incident(std::string id) {
  Finding finding = flagged_read();
  finding.incident = std::move(id);
  return finding;
}

IncidentReview review_of(const std::string& id) {
  return {.incident = id,
          .disposition = Disposition::kJustified,
          .reference = "TICKET-7",
          .by = "carol",
          .wall_ns = flagged_read().wall_ns + 5};
}

class IncidentBookTest : public testing::Test {
 protected:
  // Of the severities that have some.
  std::string open() const {
    std::string text;
    for (const IncidentCount& count : book_.open_counts(RuleSet{}))
      if (count.open > 0) text += count.store + "/" + count.severity + "=" + std::to_string(count.open) + " ";
    return text;
  }

  std::string threats() const {
    std::string text;
    for (const ThreatCount& count : book_.open_threats(RuleSet{}))
      if (count.open > 0)
        text +=
            count.store + "/" + count.threat + "/" + count.severity + "=" + std::to_string(count.open) + " ";
    return text;
  }

  std::vector<std::string> told_;
  IncidentBook book_{[this](IncidentChange change, const Incident& incident) {
    told_.push_back(std::string(name_of(change)) + " " + incident.id);
  }};
};

TEST_F(IncidentBookTest, OpensOnceAndCountsEveryAccess) {
  Finding finding = flagged_read();
  book_.accept(finding);
  finding.count = 41;
  finding.wall_ns += 7;
  book_.accept(finding);
  EXPECT_THAT(told_, ElementsAre("opened " + kId, "grown " + kId));
  const Incident& incident = book_.all().at(kId);
  EXPECT_EQ(incident.count, 42U);
  EXPECT_EQ(incident.who, "alice");
  EXPECT_EQ(incident.executable, "/usr/bin/cat");
  EXPECT_EQ(incident.last_wall_ns, incident.first_wall_ns + 7);
  EXPECT_EQ(open(), "client-mail/critical=1 ");
}

TEST_F(IncidentBookTest, OnlyWhatIsFlaggedIsAnIncident) {
  book_.accept(permitted_read());
  Finding granted = flagged_read();
  granted.verdict.outcome = Outcome::kGranted;
  book_.accept(granted);
  EXPECT_TRUE(book_.all().empty());
}

TEST_F(IncidentBookTest, IsClosedByAReviewAndOpenedAgainByTheNextFinding) {
  book_.accept(flagged_read());
  const auto reviewed = book_.review(review_of(kId));
  ASSERT_TRUE(reviewed);
  EXPECT_EQ(reviewed->reviewed_by, "carol");
  EXPECT_EQ(open(), "");
  book_.accept(flagged_read());
  EXPECT_THAT(told_, ElementsAre("opened " + kId, "reviewed " + kId, "reopened " + kId));
  EXPECT_EQ(open(), "client-mail/critical=1 ");
  EXPECT_EQ(book_.all().at(kId).reopened, 1U);
  EXPECT_EQ(book_.all().at(kId).reference, "TICKET-7");  // of the last time
}

TEST_F(IncidentBookTest, AReviewNeedsAnOpenIncidentAndAReference) {
  EXPECT_THAT(book_.review(review_of("0\n")).error().message, HasSubstr("no incident 0\\x0a"));
  book_.accept(flagged_read());
  IncidentReview review = review_of(kId);
  review.reference = "";
  EXPECT_THAT(book_.review(review).error().message, HasSubstr("reference"));
  EXPECT_TRUE(book_.review(review_of(kId)));
  EXPECT_THAT(book_.review(review_of(kId)).error().message,
              HasSubstr("was reviewed by carol: justified, TICKET-7"));
}

TEST_F(IncidentBookTest, TakesTheSeverityOfItsWorstFindingUntilItIsReviewed) {
  Finding list = flagged_read();
  list.access.kind = AccessKind::kList;
  book_.accept(list);
  EXPECT_EQ(open(), "client-mail/warning=1 ");
  book_.accept(flagged_read());
  EXPECT_EQ(open(), "client-mail/critical=1 ");
  book_.accept(list);
  EXPECT_EQ(open(), "client-mail/critical=1 ");
  ASSERT_TRUE(book_.review(review_of(kId)));
  book_.accept(list);
  EXPECT_EQ(open(), "client-mail/warning=1 ");
}

TEST_F(IncidentBookTest, IsToldAgainAtEveryPowerOfTenAndNotBetween) {
  for (int i = 0; i < 1'234; ++i) book_.accept(flagged_read());
  const std::string grown = "grown " + kId;
  EXPECT_THAT(told_, ElementsAre("opened " + kId, grown, grown, grown));
  ASSERT_TRUE(book_.review(review_of(kId)));
  for (int i = 0; i < 10; ++i) book_.accept(flagged_read());
  EXPECT_THAT(told_,
              ElementsAre("opened " + kId, grown, grown, grown, "reviewed " + kId, "reopened " + kId, grown));
  EXPECT_EQ(book_.all().at(kId).count, 1'244U);
  EXPECT_EQ(book_.all().at(kId).accesses(), 10U);
}

TEST_F(IncidentBookTest, NamesEveryThreatThatItIs) {
  Finding finding = flagged_read();
  book_.accept(finding);
  EXPECT_EQ(threats(), "client-mail/misuse/critical=1 ");
  finding.access.kind = AccessKind::kDelete;
  book_.accept(finding);
  EXPECT_EQ(threats(), "client-mail/misuse/critical=1 client-mail/loss/critical=1 ");
  ASSERT_TRUE(book_.review(review_of(kId)));
  EXPECT_EQ(threats(), "");
  finding.access.kind = AccessKind::kAttr;
  book_.accept(finding);
  EXPECT_EQ(threats(), "client-mail/alteration/warning=1 ");
}

TEST_F(IncidentBookTest, KnowsWhetherMoreThanOneClientIsConcerned) {
  Finding finding = flagged_read();
  book_.accept(finding);
  book_.accept(finding);
  EXPECT_EQ(book_.all().at(kId).client, finding.verdict.client);
  EXPECT_FALSE(book_.all().at(kId).has_more_clients);
  finding.verdict.client = "someone else";
  book_.accept(finding);
  EXPECT_TRUE(book_.all().at(kId).has_more_clients);
  book_.forget_client(flagged_read().verdict.client);
  EXPECT_EQ(book_.all().at(kId).client, "");
}

TEST_F(IncidentBookTest, MemoryIsBounded) {
  const auto id = [](std::size_t i) { return std::to_string(1'000'000 + i); };
  for (std::size_t i = 0; i < IncidentBook::kIncidentsMax; ++i) book_.accept(with_incident(id(i)));
  ASSERT_TRUE(book_.review(review_of(id(3))));
  book_.accept(with_incident("one more"));  // in the place of the one that was reviewed
  EXPECT_FALSE(book_.all().contains(id(3)));
  EXPECT_TRUE(book_.all().contains("one more"));
  told_.clear();
  Finding finding;
  for (int i = 0; i < 50; ++i) {
    finding = with_incident("too many " + std::to_string(i));
    book_.accept(finding);
  }
  finding.verdict.store = "other";
  book_.accept(finding);
  EXPECT_EQ(book_.all().size(), IncidentBook::kIncidentsMax + 2);
  EXPECT_EQ(told_.size(), 3U) << "two are opened, and one has grown";
  for (const auto& [store, count] : {std::pair("client-mail", 50U), std::pair("other", 1U)}) {
    const auto together =
        std::find_if(book_.all().begin(), book_.all().end(), [&, name = store](const auto& item) {
          return item.second.reason == kTooManyIncidents && item.second.store == name;
        });
    ASSERT_NE(together, book_.all().end()) << store;
    EXPECT_EQ(together->second.count, count);
    EXPECT_EQ(together->second.who, "");
    ASSERT_TRUE(book_.review(review_of(together->first)));
  }
  book_.accept(with_incident("and one more"));
  EXPECT_TRUE(book_.all().contains("and one more")) << "there is room again";
}

TEST(IncidentSeverity, FollowsWhoActedAndWhatWasTouched) {
  EXPECT_EQ(severity_of(AccessKind::kRead, Reason::kUnknownService), Severity::kCritical);
  EXPECT_EQ(severity_of(AccessKind::kList, Reason::kUnknownService), Severity::kWarning);
  EXPECT_EQ(severity_of(AccessKind::kRead, Reason::kOutsideGrant), Severity::kWarning);
  EXPECT_EQ(severity_of(AccessKind::kAttr, Reason::kOutsideWindow), Severity::kNotice);
  EXPECT_EQ(severity_of(AccessKind::kMemory, Reason::kNoPermit), Severity::kCritical);
  EXPECT_EQ(severity_of(AccessKind::kList, Reason::kTampered), Severity::kCritical);
  EXPECT_EQ(severity_of(AccessKind::kConnect, Reason::kNoEgress), Severity::kCritical);
}

TEST(IncidentThreat, FollowsWhatWasDone) {
  for (const AccessKind kind :
       {AccessKind::kRead, AccessKind::kList, AccessKind::kMemory, AccessKind::kConnect})
    EXPECT_EQ(threat_of(kind, Reason::kNoPermit), Threat::kMisuse) << name_of(kind);
  for (const AccessKind kind :
       {AccessKind::kWrite, AccessKind::kRename, AccessKind::kAttr, AccessKind::kCreate})
    EXPECT_EQ(threat_of(kind, Reason::kNoPermit), Threat::kAlteration) << name_of(kind);
  EXPECT_EQ(threat_of(AccessKind::kDelete, Reason::kNoPermit), Threat::kLoss);
  EXPECT_EQ(threat_of(AccessKind::kConnect, Reason::kNoEgress), Threat::kDisclosure);
}

TEST_F(IncidentBookTest, TheFileHasAllOfIt) {
  const TempDir dir;
  const std::string path = dir / "incidents.json";
  book_.accept(flagged_read());
  book_.accept(with_incident("0123456789abcde0"));
  ASSERT_TRUE(book_.review(review_of(kId)));
  FlaggedTotals flagged;
  flagged.counts[{"client-mail", "read", "no-permit"}] = 7;
  flagged.last_timestamps["client-mail"] = 1'763'912'345.25;
  ASSERT_TRUE(write_incidents(path, book_, flagged, 17));
  const auto kept = read_incidents(path);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->evidence_records, 17U);
  EXPECT_EQ(kept->flagged.counts, flagged.counts);
  EXPECT_EQ(kept->flagged.last_timestamps, flagged.last_timestamps);
  IncidentBook again([](auto, auto&) { FAIL() << "told of the past"; });
  for (const Incident& incident : kept->incidents) again.put(incident);
  ASSERT_EQ(again.all().size(), 2U);
  for (const auto& [id, incident] : book_.all())
    EXPECT_EQ(incident_json(again.all().at(id)), incident_json(incident)) << id;
  EXPECT_EQ(again.open_counts(RuleSet{}).size(), book_.open_counts(RuleSet{}).size());
}

TEST_F(IncidentBookTest, AFileThatIsNoneIsAnErrorAndNoFileIsEmpty) {
  const TempDir dir;
  const std::string path = dir / "incidents.json";
  EXPECT_TRUE(read_incidents(path)->incidents.empty());
  for (const char* text : {"", "[]", "{}", R"({"evidence_records": "x", "incidents": []})",
                           R"({"evidence_records": 1, "incidents": [{}]})"}) {
    dir.write("incidents.json", text);
    EXPECT_FALSE(read_incidents(path)) << text;
  }
}

TEST_F(IncidentBookTest, ACountThatIsNoneIsAnError) {
  const TempDir dir;
  const std::string path = dir / "incidents.json";
  book_.accept(flagged_read());
  ASSERT_TRUE(write_incidents(path, book_, {}, 17));
  const json kept = json::parse(read_whole_file(path, 1 << 20U).value());
  for (const char* name : {"count", "count_before", "reopened"})
    for (const json& bad : {json(-1), json(1.5), json("1"), json(nullptr)}) {
      json bent = kept;
      bent["incidents"][0][name] = bad;
      dir.write("incidents.json", bent.dump());
      EXPECT_FALSE(read_incidents(path)) << name << bad;
    }
  json bent = kept;
  bent["incidents"][0]["count_before"] = 2;
  dir.write("incidents.json", bent.dump());
  EXPECT_THAT(read_incidents(path).error().message, HasSubstr("count_before is more than count"));
  bent = kept;
  bent["evidence_records"] = -1;
  dir.write("incidents.json", bent.dump());
  EXPECT_THAT(read_incidents(path).error().message, HasSubstr("evidence_records is no number of its kind"));
}

class RecallTest : public IncidentBookTest {
 protected:
  void SetUp() override { log_ = std::move(*LogWriter::open(storage_, small_settings(), clock_.now())); }

  void record(const Finding& finding) {
    RecordDraft draft;
    draft.retention = Retention::kFlagged;
    draft.wall_ns = finding.wall_ns;
    EventWriter().append_parts(draft.open, draft.personal, finding);
    record(std::move(draft));
  }
  void record(RecordDraft draft) {
    log_->commit(std::vector{std::move(draft)}, LogWriter::Sync::kNow, clock_.now());
  }

  MemoryStorage storage_;
  TestClock clock_;
  std::unique_ptr<LogWriter> log_;
  FlaggedTotals flagged_;
};

TEST_F(RecallTest, TheEvidenceKnowsWhatTheBookKnew) {
  IncidentBook original([this](IncidentChange change, const Incident& incident) {
    LogClocks now = clock_.now();
    now.wall_ns = incident.reviewed_wall_ns;
    record(incident_record(change, incident, now));
  });
  Finding many = moved_away();
  many.count = 12;
  many.incident = "00000000000000aa";
  for (const Finding& finding : {flagged_read(), many, many}) {
    record(finding);
    original.accept(finding);
  }
  ASSERT_TRUE(original.review(review_of(kId)));
  EXPECT_EQ(*recall_incidents(book_, flagged_, storage_, 1), 4U);
  EXPECT_THAT(flagged_.counts, ElementsAre(Pair(FieldsAre("client-mail", "read", "unknown-service"), 1),
                                           Pair(FieldsAre("client-mail", "rename", "tampered"), 24)));
  EXPECT_THAT(flagged_.last_timestamps,
              ElementsAre(Pair("client-mail", static_cast<double>(many.wall_ns) / 1e9)));
  EXPECT_TRUE(told_.empty());
  for (const auto& [id, incident] : original.all())
    EXPECT_EQ(incident_json(book_.all().at(id)), incident_json(incident)) << id;
}

TEST_F(RecallTest, OfBlankedFindingsItIsStillKnownThatTheyWereAnIncident) {
  Incident incident;
  incident.id = kId;
  incident.store = "client-mail";
  incident.reason = "unknown-service";
  incident.severity = Severity::kCritical;
  incident.threats = mask_of(Threat::kMisuse);
  record(incident_record(IncidentChange::kOpened, incident, clock_.now()));
  ASSERT_TRUE(recall_incidents(book_, flagged_, storage_, 1));
  EXPECT_EQ(open(), "client-mail/critical=1 ");
  EXPECT_EQ(threats(), "client-mail/misuse/critical=1 ");
}

TEST_F(RecallTest, OnlyWhatCameLater) {
  record(flagged_read());
  const std::uint64_t kept = log_->synced().records;
  record(with_incident("00000000000000aa"));
  EXPECT_EQ(*recall_incidents(book_, flagged_, storage_, kept + 1), 1U);
  EXPECT_FALSE(book_.all().contains(kId));
}

class IncidentAnswersTest : public IncidentBookTest {
 protected:
  json answer(const std::string& word, const std::string& argument) {
    return json::parse(incident_answers([this]() -> IncidentBook& { return book_; },
                                        [] { return std::int64_t{9}; })[word]("carol", argument));
  }
};

TEST_F(IncidentAnswersTest, ListAndReview) {
  book_.accept(flagged_read());
  EXPECT_EQ(answer("incidents", "")["incidents"][0]["incident"], kId);
  const json reviewed =
      answer("review-incident",
             json{{"incident", kId}, {"disposition", "misuse"}, {"reference", "T-1"}}.dump())["incident"];
  EXPECT_EQ(reviewed["disposition"], "misuse");
  EXPECT_EQ(reviewed["reviewed_by"], "carol");
  EXPECT_EQ(reviewed["reviewed_wall_ns"], 9);
}

TEST_F(IncidentAnswersTest, RefuseWhatMakesNoSense) {
  for (const char* text :
       {"", "[]", "{", R"({"disposition": 3})", R"({"disposition": "fine"})", R"({"disposition": "misuse"})"})
    EXPECT_EQ(answer("review-incident", text)["errors"].size(), 1U) << text;
}

}  // namespace
}  // namespace purposewatch
