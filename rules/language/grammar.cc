#include "rules/language/grammar.h"

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

#include "rules/language/times.h"
#include "rules/model/access.h"
#include "rules/model/verdict.h"
#include "rules/safeguards.h"

namespace purposewatch {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  return !text.empty() && text.size() <= 64 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    for (char c : text.substr(at, length)) value = is_digit(c) ? value * 10 + (c - '0') : -100000;
    return value;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  constexpr std::array days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1970 || month < 1 || month > 12 || day < 1) return false;
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
}

bool is_clause(std::string_view text) {
  return text.size() == 2 && text[0] == 'P' && text[1] >= '1' && text[1] <= '8';
}

bool is_duration(std::string_view text) {
  return parse_duration(std::string(text)).has_value();
}

bool is_count(std::string_view text) {
  const bool is_number = !text.empty() && text.size() <= 7 && text.front() != '0' &&
                         std::all_of(text.begin(), text.end(), is_digit);
  return is_number && (text.size() < 7 || text == "1000000");
}

bool is_absolute(std::string_view text) {
  return !text.empty() && text.front() == '/';
}

bool is_unit(std::string_view text) {
  return text.size() <= 255 && text.find('.') != std::string_view::npos &&
         text.find_first_of("/ \t\n") == std::string_view::npos;
}

bool is_tcp(std::string_view text) {
  return text.substr(0, 4) == "tcp:";
}

bool is_percent(std::string_view text) {
  const std::string_view number = text.substr(0, text.size() - 1);
  return text.ends_with('%') && !number.empty() && number.size() <= 2 && number.front() != '0' &&
         std::all_of(number.begin(), number.end(), is_digit);
}

bool is_serial(std::string_view text) {
  return !text.empty() && text.size() <= 18 && text.front() != '0' &&
         std::all_of(text.begin(), text.end(), is_digit);
}

constexpr std::array<std::string_view, 3> kStoreNeeds = {"paths", "sockets", "ports"};
constexpr std::array<std::string_view, 2> kLimitNeeds = {"clients", "accesses"};
constexpr std::array<std::string_view, 3> kReviewNeeds = {"clients", "accesses", "days"};
constexpr std::array<std::string_view, 3> kTestNeeds = {"path", "port", "to"};
constexpr std::array<std::string_view, 4> kExpectWords = {"permitted", "granted", "flagged", "no-store"};
constexpr std::array<std::string_view, 5> kDetailWords = {"client-pseudonym", "client", "person",
                                                          "executable", "nothing"};
constexpr std::array<std::string_view, 1> kRequiresWords = {"grant"};

const Format kAnyText = {"a text", "", {}, nullptr};
const Format kDate = {"a date like 2027-06-30", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", {}, is_date};
const Format kClause = {"a clause, P1 to P8", "^P[1-8]$", {}, is_clause};
const Format kDuration = {"a duration like 30d, 12h, 15m or 20s", "^[1-9][0-9]{0,4}[smhd]$", {}, is_duration};
const Format kCount = {"a number from 1 to 1000000", "^[1-9][0-9]{0,6}$", {}, is_count};
const Format kSerial = {"a whole number of at most 18 digits", "^[1-9][0-9]{0,17}$", {}, is_serial};
const Format kPath = {"an absolute path", "^/", {}, is_absolute};
const Format kPort = {"a port like tcp:127.0.0.1:3306, tcp:[::1]:3306 or tcp:*:3306",
                      R"(^tcp:(\*|[0-9.]+|\[[0-9A-Fa-f:.]+\]):[1-9][0-9]{0,4}$)",
                      {},
                      is_tcp};
const Format kPercent = {"a share like 10%", "^[1-9][0-9]?%$", {}, is_percent};
const Format kUnit = {"a systemd unit like dovecot.service", "^[^/\\s]+\\.[^/\\s]+$", {}, is_unit};
const Format kAccess = {"a kind of access", "", kAccessKindNames, nullptr};
const Format kWindow = {
    "a window like mon-fri 02:00-05:00", "[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}", {}, nullptr};
const Format kMoment = {
    "a moment like 2026-11-25 03:00", "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", {}, nullptr};
const Format kExpect = {"an outcome", "", kExpectWords, nullptr};
const Format kReason = {"a reason", "", kReasonNames, nullptr};
const Format kDetail = {"what an alert may tell", "", kDetailWords, nullptr};
const Format kRequires = {"what a purpose can require", "", kRequiresWords, nullptr};

const Key kPrivacyKeys[] = {
    {"alerts", Shape::kTexts, false, &kDetail, nullptr,
     "what an alert tells of people, which leaves the host with it; without: client-pseudonym"},
};
const Section kPrivacy = {"the policy's privacy", kPrivacyKeys};

const Key kPolicyKeys[] = {
    {"name", Shape::kText, true, &kNameFormat, nullptr, "what the policy is called"},
    {"version", Shape::kText, true, &kAnyText, nullptr, "which edition; every record carries it"},
    {"serial", Shape::kText, false, &kSerial, nullptr,
     "counts up: of signed policies (run --policy-key) none is taken after a later one"},
    {"review-by", Shape::kText, false, &kDate, nullptr, "when a person must have read it again"},
    {"privacy", Shape::kSection, false, nullptr, &kPrivacy, "what leaves the host"},
    {"description", Shape::kText, false, &kAnyText, nullptr, "for people"},
};
const Section kPolicy = {"the policy's head", kPolicyKeys};

const Key kClassKeys[] = {
    {"clause", Shape::kText, true, &kClause, nullptr, "the clause that names this class"},
    {"description", Shape::kText, false, &kAnyText, nullptr, "for people"},
    {"public", Shape::kYesNo, false, nullptr, nullptr, "published anyway: reads are counted, not flagged"},
};
const Section kClass = {"a class", kClassKeys};

const Key kLimitKeys[] = {
    {"clients", Shape::kText, false, &kCount, nullptr, "so many different ones"},
    {"accesses", Shape::kText, false, &kCount, nullptr, "so many"},
    {"per", Shape::kText, true, &kDuration, nullptr, "within this time, which slides"},
};
const Section kLimit = {"a limit", kLimitKeys, kLimitNeeds};

const Key kReviewKeys[] = {
    {"clients", Shape::kText, false, &kCount, nullptr, "so many different ones"},
    {"accesses", Shape::kText, false, &kCount, nullptr, "so many"},
    {"days", Shape::kText, false, &kCount, nullptr, "on so many days (UTC)"},
    {"per", Shape::kText, true, &kDuration, nullptr, "within this time, which slides"},
};
const Section kReview = {"a limit", kReviewKeys, kReviewNeeds};

const Key kPurposeKeys[] = {
    {"clause", Shape::kText, true, &kClause, nullptr, "the clause that allows this purpose"},
    {"classes", Shape::kTexts, true, &kNameFormat, nullptr, "the classes it may touch, or all"},
    {"access", Shape::kTexts, false, &kAccess, nullptr,
     "the kinds it needs; of permits that ask for more, check warns"},
    {"dpv", Shape::kText, false, &kAnyText, nullptr, "the term of the W3C Data Privacy Vocabulary"},
    {"requires", Shape::kText, false, &kRequires, nullptr, "grant: no standing permit may use it"},
    {"max-duration", Shape::kText, false, &kDuration, nullptr, "of a grant"},
    {"limit", Shape::kSection, false, nullptr, &kReview,
     "how much one person may do with all their grants for it"},
    {"two-person", Shape::kYesNo, false, nullptr, nullptr,
     "who approves a grant is neither who asks for it nor who gets it"},
    {"description", Shape::kText, false, &kAnyText, nullptr, "for people"},
};
const Section kPurpose = {"a purpose", kPurposeKeys};

const Key kStoreKeys[] = {
    {"class", Shape::kTexts, true, &kNameFormat, nullptr, "the classes of the data that lives here"},
    {"paths", Shape::kTexts, false, &kPath, nullptr,
     "{x} captures one component, * matches one; covers all beneath"},
    {"sockets", Shape::kTexts, false, &kPath, nullptr,
     "unix sockets, by patterns as in paths; to connect is an access"},
    {"ports", Shape::kTexts, false, &kPort, nullptr,
     "tcp:ADDRESS:PORT; * is any address of this host; to connect is an access"},
    {"except", Shape::kTexts, false, &kPath, nullptr, "what beneath the paths and sockets is no client data"},
    {"display", Shape::kYesNo, false, nullptr, nullptr, "note who has read it and writes to a terminal"},
    {"description", Shape::kText, false, &kAnyText, nullptr, "for people"},
};
const Section kStore = {"a store", kStoreKeys, kStoreNeeds};

const Key kServiceKeys[] = {
    {"exe", Shape::kTexts, false, &kPath, nullptr, "the programs, by path; recognised by inode"},
    {"script", Shape::kTexts, false, &kPath, nullptr,
     "the scripts that exe was started to run, by path; recognised by inode"},
    {"user", Shape::kText, false, &kAnyText, nullptr, "name or number of the effective user"},
    {"group", Shape::kText, false, &kAnyText, nullptr, "name or number of the effective group"},
    {"unit", Shape::kText, false, &kUnit, nullptr, "systemd unit; * matches any run of characters"},
    {"parent", Shape::kTexts, false, &kNameFormat, nullptr,
     "services, one of which must have started it, directly or not"},
    {"owner", Shape::kYesNo, false, nullptr, nullptr, "only files that belong to the process's user"},
    {"description", Shape::kText, false, &kAnyText, nullptr, "for people"},
};
const Section kService = {"a service", kServiceKeys};

const Key kPermitKeys[] = {
    {"service", Shape::kTexts, true, &kNameFormat, nullptr, "who"},
    {"store", Shape::kTexts, true, &kNameFormat, nullptr, "on what"},
    {"access", Shape::kTexts, true, &kAccess, nullptr, "how"},
    {"purpose", Shape::kText, true, &kNameFormat, nullptr, "why"},
    {"window", Shape::kTexts, false, &kWindow, nullptr,
     "when; [DAYS] HH:MM-HH:MM [TIME ZONE]; without: always"},
    {"limit", Shape::kSection, false, nullptr, &kLimit,
     "how much, for each person who has logged in, or the service"},
    {"name", Shape::kText, false, &kNameFormat, nullptr, "for findings; else service/store/purpose"},
    {"description", Shape::kText, false, &kAnyText, nullptr, "for people: what it is needed for"},
    {"egress", Shape::kTexts, false, &kAnyText, nullptr,
     "where what was read may go: HOST:PORT, NETWORK:PORT, unix:PATH or file:PATH, any host or port is *"},
};
const Section kPermit = {"a permit", kPermitKeys};

const Key kWhoKeys[] = {
    {"exe", Shape::kText, false, &kPath, nullptr, "the program"},
    {"script", Shape::kText, false, &kPath, nullptr, "the script that the program was started to run"},
    {"parent", Shape::kTexts, false, &kPath, nullptr, "programs and scripts that started it, nearest first"},
    {"user", Shape::kText, false, &kAnyText, nullptr, "the effective user"},
    {"group", Shape::kText, false, &kAnyText, nullptr, "the effective group"},
    {"unit", Shape::kText, false, &kUnit, nullptr, "the systemd unit"},
};
const Section kWho = {"who acts", kWhoKeys};

const Key kTestGrantKeys[] = {
    {"purpose", Shape::kText, true, &kNameFormat, nullptr, "what it is for"},
    {"access", Shape::kTexts, false, &kAccess, nullptr, "how; without: as the test does"},
    {"clients", Shape::kTexts, false, &kAnyText, nullptr, "whose data; without: everybody's"},
    {"ended", Shape::kYesNo, false, nullptr, nullptr, "true: it has ended by now"},
};
const Section kTestGrant = {"a grant", kTestGrantKeys};

const Key kTestKeys[] = {
    {"who", Shape::kSection, true, nullptr, &kWho, "the process"},
    {"access", Shape::kText, false, &kAccess, nullptr, "what it does"},
    {"path", Shape::kText, false, &kPath, nullptr, "to which file or unix socket"},
    {"port", Shape::kText, false, &kPort, nullptr, "to which port it connects"},
    {"to", Shape::kText, false, &kAnyText, nullptr,
     "where it goes with what it has read of the store: as in egress, but one place"},
    {"answers", Shape::kYesNo, false, nullptr, nullptr, "true: it was connected to from there"},
    {"at", Shape::kText, false, &kMoment, nullptr,
     "when, for permits with a window: YYYY-MM-DD HH:MM [TIME ZONE]"},
    {"expect", Shape::kText, true, &kExpect, nullptr, "what must come out"},
    {"owner", Shape::kText, false, &kAnyText, nullptr, "the user the file belongs to"},
    {"grant", Shape::kSection, false, nullptr, &kTestGrant, "a grant that the user has"},
    {"reason", Shape::kText, false, &kReason, nullptr, "why it must be flagged"},
    {"store", Shape::kText, false, &kNameFormat, nullptr, "the store that must match"},
    {"client", Shape::kText, false, &kAnyText, nullptr, "the client whose data it must be"},
    {"service", Shape::kText, false, &kNameFormat, nullptr, "the service that must be recognised"},
    {"clause", Shape::kText, false, &kClause, nullptr, "the clause that must be named"},
};
const Section kTest = {"a test", kTestKeys, kTestNeeds};

const Key kGrantKeys[] = {
    {"who", Shape::kText, true, &kAnyText, nullptr,
     "the user or service; user:NAME or service:NAME where both are there"},
    {"store", Shape::kText, true, &kNameFormat, nullptr, "on what"},
    {"clients", Shape::kTexts, false, &kAnyText, nullptr, "whose data; without: everybody's"},
    {"access", Shape::kTexts, true, &kAccess, nullptr, "how"},
    {"purpose", Shape::kText, true, &kNameFormat, nullptr, "why"},
    {"ref", Shape::kText, true, &kAnyText, nullptr, "the ticket or warrant"},
    {"approved-by", Shape::kText, false, &kAnyText, nullptr, "the person"},
    {"requested-by", Shape::kText, false, &kAnyText, nullptr,
     "the person; only of a file in the watched directory"},
    {"for", Shape::kText, true, &kDuration, nullptr, "how long from now on"},
    {"break-glass", Shape::kYesNo, false, nullptr, nullptr,
     "nobody could be asked: it counts at once, and is reviewed"},
};

const Key kDisclosureKeys[] = {
    {"egress", Shape::kTexts, false, &kAnyText, nullptr,
     "where every service may go with what it may read: resolvers, the log; as in permits"},
    {"fades-after", Shape::kText, false, &kDuration, nullptr,
     "how long a process is taken to carry what it has read; without: 1h"},
};
const Section kDisclosure = {"how disclosure is watched", kDisclosureKeys};

const Key kRemovalKeys[] = {
    {"stores", Shape::kTexts, false, &kNameFormat, nullptr, "and the permits and tests that name no other"},
    {"services", Shape::kTexts, false, &kNameFormat, nullptr, "and the permits and tests that name no other"},
    {"permits", Shape::kTexts, false, &kNameFormat, nullptr, "by name"},
    {"safeguards", Shape::kTexts, false, &kNameFormat, nullptr, "what this host cannot have"},
    {"tests", Shape::kYesNo, false, nullptr, nullptr, "true: those of all other files"},
};
const Section kRemoval = {"what is removed", kRemovalKeys};

// By SafeguardKey.
const Key kSafeguardKeys[] = {
    {"stores", Shape::kTexts, false, &kNameFormat, nullptr, "which, or all; without: all"},
    {"allow", Shape::kTexts, false, &kAnyText, nullptr, "what may be there all the same"},
    {"options", Shape::kTexts, false, &kAnyText, nullptr, "of mounts: nosuid, nodev, noexec, ..."},
    {"files", Shape::kTexts, false, &kPath, nullptr,
     "which tell it, by path; * matches any run of characters in a name"},
    {"within", Shape::kText, false, &kDuration, nullptr, "how long ago it may be, or may last"},
    {"free", Shape::kText, false, &kPercent, nullptr, "how much must be left"},
};
static_assert(std::size(kSafeguardKeys) == kSafeguardKeyNames.size());
const Key kSafeguardClause = {"clause", Shape::kText, false,
                              &kClause, nullptr,      "the clause that it serves; without: P3"};

// What is known of the sorts, as a table: each takes its own keys alone.
class SafeguardSections {
 public:
  SafeguardSections() {
    for (const SafeguardSort& sort : safeguard_sorts()) {
      std::vector<Key>& keys = keys_.emplace_back();
      for (std::size_t i = 0; i < std::size(kSafeguardKeys); ++i) {
        const SafeguardKeys bit = mask_of(static_cast<SafeguardKey>(i));
        if ((sort.keys & bit) == 0) continue;
        keys.push_back(kSafeguardKeys[i]);
        keys.back().required = (sort.needed & bit) != 0;
      }
      keys.push_back(kSafeguardClause);
      const std::string& what = whats_.emplace_back("safeguard " + std::string(sort.name));
      const Section& section = sections_.emplace_back(Section{what, keys});
      names_.push_back({sort.name, Shape::kSection, false, nullptr, &section, sort.promise});
    }
  }
  std::span<const Key> keys() const { return names_; }

 private:
  std::deque<std::vector<Key>> keys_;
  std::deque<std::string> whats_;
  std::deque<Section> sections_;
  std::vector<Key> names_;
};
const SafeguardSections kSafeguardSections;
const Section kSafeguards = {"what safeguards hold", kSafeguardSections.keys()};

const Key kOverrideKeys[] = {
    {"classes", Shape::kNamed, false, nullptr, &kClass, "keys that take the place of what another file says"},
    {"purposes", Shape::kNamed, false, nullptr, &kPurpose, "the same"},
    {"stores", Shape::kNamed, false, nullptr, &kStore, "the same"},
    {"services", Shape::kNamed, false, nullptr, &kService, "the same"},
    {"permits", Shape::kNamed, false, nullptr, &kPermit, "the same, of permits with a name"},
    {"safeguards", Shape::kSection, false, nullptr, &kSafeguards, "the same"},
    {"remove", Shape::kSection, false, nullptr, &kRemoval, "what is not there on this host"},
};
const Section kOverride = {"an override", kOverrideKeys};

const Key kFileKeys[] = {
    {"policy", Shape::kSection, false, nullptr, &kPolicy, "name and version; once in all files together"},
    {"include", Shape::kTexts, false, &kAnyText, nullptr,
     "files, or directories of *.yaml files, that are read, too"},
    {"sets", Shape::kSets, false, &kAnyText, nullptr,
     "lists with a name: $name stands for one, where a list may stand"},
    {"classes", Shape::kNamed, false, nullptr, &kClass, "kinds of client data"},
    {"purposes", Shape::kNamed, false, nullptr, &kPurpose, "what client data may be used for"},
    {"stores", Shape::kNamed, false, nullptr, &kStore, "where client data lives"},
    {"services", Shape::kNamed, false, nullptr, &kService, "who may act"},
    {"permits", Shape::kRows, false, nullptr, &kPermit, "who may do what, where, and why"},
    {"disclosure", Shape::kSection, false, nullptr, &kDisclosure,
     "where client data may go, whoever of the services has it; once in all files together"},
    {"tests", Shape::kRows, false, nullptr, &kTest, "what the policy must answer"},
    {"override", Shape::kChanges, false, nullptr, &kOverride, "changes what other files define"},
    {"safeguards", Shape::kSection, false, nullptr, &kSafeguards, "what must be so on this host"},
};

}  // namespace

const Format kNameFormat = {
    "a name of a-z, 0-9 and '-'", "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", {}, is_name};
const Section kPolicyFile = {"a policy file", kFileKeys};
const Section kGrantFile = {"a grant", kGrantKeys};

}  // namespace purposewatch
