// A few bytes that ask for a lot: each is refused in words, at a place, and before it costs much. (Without
// its limit each of these would take minutes, gigabytes or the stack.)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "rules/language/read_yaml.h"
#include "tests/exporters/temp_dir.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;

// kHead, and "mail" for a class; "serve" for a purpose.
LoadedPolicy check(const std::string& yaml) {
  LoadedPolicy loaded = check_policy({{"p.yaml", kHead + yaml}});
  EXPECT_LE(loaded.diagnostics.size(), Diagnostics::kErrorsMax + Diagnostics::kWarningsMax + 1);
  return loaded;
}

std::string errors_of(const LoadedPolicy& loaded) {
  std::string text;
  for (const Diagnostic& one : loaded.diagnostics)
    if (one.severity == Diagnostic::Severity::kError) text += to_string(one) + "\n";
  return text;
}

std::string refusals(const std::string& yaml) {
  const LoadedPolicy loaded = check(yaml);
  EXPECT_EQ(loaded.rules, nullptr);
  return errors_of(loaded);
}

// "one, two, three, ..."
std::string list(std::size_t count, const std::function<std::string(std::size_t)>& item) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + item(i);
  return text;
}

std::string lines(std::size_t count, const std::function<std::string(std::size_t)>& line) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line(i) + "\n";
  return text;
}

std::string numbered(const std::string& word, std::size_t i) {
  return word + std::to_string(i);
}

// "m0: {class: mail, paths: /m0}, m1: ...", and services likewise.
std::string stores(std::size_t count) {
  return list(count, [](std::size_t i) {
    return numbered("m", i) + ": {class: mail, paths: " + numbered("/m", i) + "}";
  });
}

std::string services(std::size_t count) {
  return list(count, [](std::size_t i) { return numbered("s", i) + ": {exe: " + numbered("/s", i) + "}"; });
}

// "m0, m1, m2"
std::string names(const std::string& word, std::size_t count) {
  return list(count, [&](std::size_t i) { return numbered(word, i); });
}

TEST(HostileSizes, AChainOfSetsIsNotFollowedToItsEnd) {
  const std::string sets =
      lines(30'000, [](std::size_t i) { return numbered("  s", i) + ": [" + numbered("$s", i + 1) + "]"; });
  EXPECT_THAT(refusals("sets:\n" + sets + "  s30000: [/a]\nstores: {m: {class: mail, paths: $s0}}\n"),
              HasSubstr("sets stand in sets more than 32 deep"));
}

TEST(HostileSizes, SetsThatStandForNothingAndDoubleAreNotTriedOut) {
  const std::string sets = lines(15, [](std::size_t i) {
    return numbered("  s", i) + ": [" + list(20, [&](auto) { return numbered("$s", i + 1); }) + "]";
  });
  EXPECT_THAT(refusals("sets:\n" + sets + "  s15: []\nstores: {m: {class: mail, paths: $s0}}\n"),
              HasSubstr("sets stand for more than 100000 items"));
}

TEST(HostileSizes, ALongItemOfASetIsNotCopiedWithoutEnd) {
  const std::string item = "/" + std::string(4000, 'a');
  EXPECT_THAT(
      refusals("sets: {a: [" + item + "], b: [" + list(90'000, [](auto) { return std::string("$a"); }) +
               "]}\nstores: {m: {class: mail, paths: $b}}\n"),
      HasSubstr("or 8 MiB of them"));
}

TEST(HostileSizes, ATextIsNoLongerThanAPath) {
  EXPECT_THAT(refusals("stores: {m: {class: mail, paths: /" + std::string(5000, 'a') + "}}\n"),
              HasSubstr("p.yaml:6:34: error: longer than 4096 bytes"));
  EXPECT_THAT(refusals("? " + std::string(5000, 'k') + "\n: 1\n"),
              HasSubstr("p.yaml:6:3: error: longer than 4096 bytes"));
}

TEST(HostileSizes, AFileHasSoManyValuesAndNoMore) {
  EXPECT_THAT(refusals("stores: [" + list(600'000, [](auto) { return std::string("a"); }) + "]\n"),
              HasSubstr("more than 500000 values in one file"));
}

TEST(HostileSizes, OfThousandsOfErrorsAThousandAreTold) {
  const LoadedPolicy loaded =
      check(lines(20'000, [](std::size_t i) { return numbered("stor", i) + ": {}"; }));
  ASSERT_EQ(loaded.rules, nullptr);
  ASSERT_EQ(loaded.diagnostics.size(), Diagnostics::kErrorsMax + 1);
  EXPECT_EQ(loaded.diagnostics.back().message, "at least 19000 more errors: mend these first");
  EXPECT_EQ(loaded.diagnostics.back().at.line, 1005);
}

TEST(HostileSizes, AHintForEachOfThousandsOfUnknownNamesIsNotLookedFor) {
  const std::string services = list(400, [](std::size_t i) {
    return numbered("service-of-the-number-", i) + ": {exe: " + numbered("/x", i) + "}";
  });
  const std::string permits = lines(10'000, [](std::size_t i) {
    return "- {service: " + numbered("servise-off-thy-nomber-", i) +
           ", store: m, access: read, purpose: serve}";
  });
  EXPECT_THAT(
      refusals("services: {" + services + "}\nstores: {m: {class: mail, paths: /m}}\npermits:\n" + permits),
      HasSubstr("did you mean 'service-of-the-number-"));
}

TEST(HostileSizes, TimeZonesThatNobodyKnowsAreNotGuessedWithoutEnd) {
  EXPECT_THAT(
      refusals("stores: {m: {class: mail, paths: /m}}\nservices: {s: {exe: /s}}\npermits:\n"
               "- {service: s, store: m, access: read, purpose: serve, window: [" +
               list(20'000, [](auto) { return std::string("'02:00-05:00 Euripe/Berlon'"); }) + "]}\n"),
      HasSubstr("did you mean 'Europe/Berlin'?"));
}

TEST(HostileSizes, PatternsThatHaveToBeComparedOneByOneHaveALimit) {
  const auto globs = [](std::size_t i) {
    return "/a" + std::to_string(i) + "*b*" + std::to_string(i) + "*c";
  };
  EXPECT_THAT(refusals("stores: {m: {class: mail, paths: [" + list(20'000, globs) + "]}}\n"),
              HasSubstr("too many patterns that have to be compared one by one"));
  EXPECT_THAT(refusals("stores: {m: {class: mail, sockets: [" + list(20'000, globs) + "]}}\n"),
              HasSubstr("too many patterns that have to be compared one by one"));
}

TEST(HostileSizes, ExceptionsOfManyPathsHaveALimit) {
  EXPECT_THAT(
      refusals("stores: {m: {class: mail, paths: [" +
               list(20'000, [](std::size_t i) { return "/a/" + std::to_string(i); }) + "], except: [" +
               list(20'000, [](std::size_t i) { return "/a/" + std::to_string(i) + "/x"; }) + "]}}\n"),
      HasSubstr("too many patterns that have to be compared one by one"));
}

TEST(HostileSizes, TenThousandStoresOfOneHostAreComparedAllTheSame) {
  const std::string stores = lines(10'000, [](std::size_t i) {
    return numbered("  s", i) + ": {class: mail, paths: ['" + numbered("/srv/", i) + "/{client}', '" +
           numbered("/home/*/", i) + "'], except: '" + numbered("/srv/", i) + "/*/tmp*'}";
  });
  EXPECT_EQ(errors_of(check("stores:\n" + stores)), "");
}

TEST(HostileSizes, ClassesAndPurposesAreFew) {
  const auto classes = [](std::size_t i) { return numbered("c", i) + ": {clause: P2}"; };
  const auto purposes = [](std::size_t i) { return numbered("p", i) + ": {clause: P4, classes: all}"; };
  const std::string head = "policy: {name: t, version: 1}\n";
  EXPECT_THAT(errors_of(check_policy(
                  {{"p.yaml", head + "classes: {" + list(10'000, classes) + "}\nstores: {m: {class: [" +
                                  names("c", 10'000) + "], paths: /m}}\n"}})),
              HasSubstr("more than 200 classes in one policy"));
  EXPECT_THAT(errors_of(check_policy({{"p.yaml", head + "classes: {" + list(200, classes) + "}\npurposes: {" +
                                                     list(10'000, purposes) + "}\n"}})),
              HasSubstr("more than 1000 purposes in one policy"));
}

TEST(HostileSizes, WindowsAndDestinationsOfAllServicesAndStoresAreNotMultipliedWithoutEnd) {
  const std::string destinations = list(3000, [](std::size_t i) { return "'" + numbered("h", i) + ":1'"; });
  EXPECT_THAT(refusals("stores: {" + stores(300) + "}\nservices: {" + services(300) +
                       "}\npermits:\n- {service: [" + names("s", 300) + "], store: [" + names("m", 300) +
                       "], access: read, purpose: serve, egress: [" + destinations + "]}\n"),
              HasSubstr("windows and destinations of so many services and stores: more than 1000000"));
}

TEST(HostileSizes, ParentsAreFew) {
  EXPECT_THAT(
      refusals("services: {top: {exe: /top, parent: [" + names("s", 101) + "]}, " + services(101) + "}\n"),
      HasSubstr("more than 100 parents"));
}

TEST(HostileSizes, OverridesAreFew) {
  EXPECT_THAT(
      refusals("stores: {" + stores(5000) + "}\noverride: {remove: {stores: [" + names("m", 5000) + "]}}\n"),
      HasSubstr("more than 1000 overrides and removals"));
}

TEST(HostileSizes, AllFilesTogetherHaveALimit) {
  const TempDir dir;
  for (int i = 0; i < 5; ++i)
    dir.write("p" + std::to_string(i) + ".yaml", "#" + std::string(kPolicyBytesMax - 100, 'x') + "\n");
  EXPECT_THAT(errors_of(load_policy({dir.path()})), HasSubstr("all files together are larger than 16 MiB"));
}

}  // namespace
}  // namespace purposewatch
