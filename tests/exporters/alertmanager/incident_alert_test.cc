#include "exporters/alertmanager/incident_alert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/agent/paging/sample_incident.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

std::string text_of(const Alert& alert) {
  return alerts_json({alert});
}

Alert alert_with(AlertDetails details, const Incident& incident = sample_incident()) {
  IncidentAlertSettings settings = sample_alert_settings();
  settings.details = details;
  return incident_alert(incident, settings);
}

TEST(IncidentAlert, IsKnownByWhatDoesNotChange) {
  Incident incident = sample_incident();
  const Alert first = incident_alert(incident, sample_alert_settings());
  EXPECT_THAT(first.labels, ElementsAre(Pair("alertname", "PurposewatchIncident"), Pair("clause", "P7"),
                                        Pair("incident", "00000000000000aa"), Pair("instance", "web1:9807"),
                                        Pair("reason", "unknown-service"), Pair("severity", "critical"),
                                        Pair("store", "client-mail")));
  incident.count = 100'000;
  incident.last_wall_ns += 1;
  incident.has_more_clients = true;
  EXPECT_EQ(incident_alert(incident, sample_alert_settings()).labels, first.labels);
}

TEST(IncidentAlert, OfTooManySaysHowToFindThem) {
  Incident incident = sample_incident();
  incident.reason = kTooManyIncidents;
  incident.opened_wall_ns = 1'700'000'000'000'000'000;
  const std::string text = incident_alert(incident, sample_alert_settings()).annotations.at("description");
  EXPECT_THAT(text,
              HasSubstr("`purposewatch events --store client-mail --since 2023-11-14T22:13:20.000000000Z "
                        "--verdict flagged`"));
  EXPECT_THAT(text, Not(HasSubstr("--incident")));
}

TEST(IncidentAlert, OurOwnLabelsCanBeReplaced) {
  IncidentAlertSettings settings = sample_alert_settings();
  settings.labels = {{"instance", "mail7"}, {"datacentre", "fra"}, {"severity", "page"}};
  const Alert alert = incident_alert(sample_incident(), settings);
  EXPECT_EQ(alert.labels.at("instance"), "mail7");
  EXPECT_EQ(alert.labels.at("datacentre"), "fra");
  EXPECT_EQ(alert.labels.at("severity"), "page");
}

TEST(IncidentAlert, TellsNamesOnlyWhereThePolicyAllowsThem) {
  const std::string usual = text_of(alert_with(kUsualAlertDetails));
  EXPECT_THAT(usual, HasSubstr("pseudonym of alice"));
  for (const char* name : {"mallory", "/usr/bin/less", "\"alice\""}) EXPECT_THAT(usual, Not(HasSubstr(name)));
  const std::string nothing = text_of(alert_with(0));
  for (const char* name : {"mallory", "less", "alice"}) EXPECT_THAT(nothing, Not(HasSubstr(name)));
  EXPECT_EQ(alert_with(mask_of(AlertDetail::kPerson)).annotations.at("person"), "mallory");
  EXPECT_EQ(alert_with(mask_of(AlertDetail::kExecutable)).annotations.at("executable"), "/usr/bin/less");
  const AlertDetails both = kUsualAlertDetails | mask_of(AlertDetail::kClient);
  EXPECT_EQ(alert_with(both).annotations.at("client"), "alice");
}

TEST(IncidentAlert, SaysThatMoreClientsAreConcerned) {
  Incident incident = sample_incident();
  incident.has_more_clients = true;
  EXPECT_EQ(alert_with(mask_of(AlertDetail::kClient), incident).annotations.at("client"), "alice and others");
  incident.client = "";
  EXPECT_THAT(alert_with(kUsualAlertDetails, incident).annotations, Not(testing::Contains(Key("client"))));
}

TEST(IncidentAlert, SaysHowOftenInStepsOfTen) {
  const auto description = [](std::uint64_t count) {
    Incident incident = sample_incident();
    incident.count = count;
    return incident_alert(incident, sample_alert_settings()).annotations.at("description");
  };
  EXPECT_THAT(description(1), HasSubstr("An access that no purpose covers"));
  EXPECT_EQ(description(9), description(1));
  EXPECT_THAT(description(10), HasSubstr("At least 10 accesses"));
  EXPECT_EQ(description(99), description(10));
  EXPECT_THAT(description(123'456), HasSubstr("At least 100000 accesses"));
}

TEST(IncidentAlert, NamesEveryThreatAndWhatToDo) {
  Incident incident = sample_incident();
  incident.threats |= mask_of(Threat::kLoss);
  const auto annotations = incident_alert(incident, sample_alert_settings()).annotations;
  EXPECT_EQ(annotations.at("summary"), "client-mail misuse and loss on web1:9807: unknown-service");
  EXPECT_EQ(annotations.at("runbook_url"),
            "https://prometheus/consoles/purposewatch-runbook.html#purposewatchincident");
  EXPECT_THAT(annotations.at("description"), HasSubstr("purposewatch events --incident 00000000000000aa"));
}

TEST(AlertsJson, IsWhatAlertmanagerTakes) {
  Alert alert = incident_alert(sample_incident(), sample_alert_settings());
  alert.ends_wall_ns = alert.starts_wall_ns + 1'500'000'000;
  const auto json = nlohmann::json::parse(alerts_json({alert, alert}));
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0]["startsAt"], "2025-11-23T15:39:05.000000000Z");
  EXPECT_EQ(json[0]["endsAt"], "2025-11-23T15:39:06.500000000Z");
  EXPECT_EQ(json[0]["generatorURL"], "http://web1:9807/status");
  EXPECT_EQ(json[0]["labels"]["store"], "client-mail");
}

TEST(AlertsJson, IsAlwaysValid) {
  Alert alert;
  alert.labels["store"] = "\xff\"\\\n";
  EXPECT_NO_THROW(nlohmann::json::parse(alerts_json({alert})));
  EXPECT_EQ(alerts_json({}), "[]");
}

}  // namespace
}  // namespace purposewatch
