#include "exporters/http/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kHash = "$2y$04$" + std::string(53, 'a');

std::vector<std::string> errors_of(const std::string& yaml) {
  Diagnostics diagnostics;
  const auto config = parse_web_config({"web.yml", yaml}, diagnostics);
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) lines.push_back(to_string(diagnostic));
  EXPECT_EQ(config.has_value(), lines.empty());
  return lines;
}

TEST(WebConfig, ReadsWhatEveryExporterReads) {
  Diagnostics diagnostics;
  const auto config = parse_web_config({"/etc/purposewatch/web.yml",
                                        "tls_server_config:\n"
                                        "  cert_file: server.crt\n"
                                        "  key_file: /run/keys/server.key\n"
                                        "  client_ca_file: ca.crt\n"
                                        "  client_auth_type: RequireAndVerifyClientCert\n"
                                        "  min_version: TLS13\n"
                                        "http_server_config:\n"
                                        "  http2: false\n"
                                        "  headers: {X-Frame-Options: deny}\n"
                                        "basic_auth_users:\n"
                                        "  prometheus: " +
                                            kHash + "\n"},
                                       diagnostics);
  ASSERT_TRUE(config.has_value());
  ASSERT_TRUE(config->tls.has_value());
  EXPECT_EQ(config->tls->cert_file, "/etc/purposewatch/server.crt") << "relative to the file";
  EXPECT_EQ(config->tls->key_file, "/run/keys/server.key");
  EXPECT_EQ(config->tls->client_auth, ClientAuth::kRequireAndVerify);
  EXPECT_FALSE(config->tls->allow_tls12);
  EXPECT_TRUE(config->tls->allow_tls13);
  ASSERT_EQ(config->users.size(), 1U);
  EXPECT_EQ(config->users[0].name, "prometheus");
  EXPECT_THAT(config->headers, ElementsAre(std::pair<std::string, std::string>{"X-Frame-Options", "deny"}));
}

TEST(WebConfig, AnEmptyFileIsPlainHttp) {
  EXPECT_THAT(errors_of(""), ElementsAre());
  EXPECT_THAT(errors_of("# nothing yet\n\n"), ElementsAre());
}

TEST(WebConfig, UnknownKeysAreErrorsWithTheirPlaceAndANearMiss) {
  EXPECT_THAT(
      errors_of("tls_server_config:\n  cert_file: a\n  key_file: b\n  cert_fil: c\nbasic_auth: {}\n"),
      ElementsAre(AllOf(StartsWith("web.yml:4:3: error: unknown key 'cert_fil'"), HasSubstr("cert_file")),
                  StartsWith("web.yml:5:1: error: unknown key 'basic_auth'")));
}

TEST(WebConfig, WhatIsNotSupportedIsRefusedByName) {
  EXPECT_THAT(errors_of("rate_limit: {}\n"), ElementsAre(HasSubstr("'rate_limit'")));
  for (const char* key :
       {"cipher_suites", "curve_preferences", "client_allowed_sans", "prefer_server_cipher_suites"})
    EXPECT_THAT(errors_of("tls_server_config: {cert_file: a, key_file: b, " + std::string{key} + ": [x]}\n"),
                ElementsAre(AllOf(HasSubstr(key), HasSubstr("not supported"))));
  EXPECT_THAT(errors_of("http_server_config: {http2: true}\n"), ElementsAre(HasSubstr("http2")));
  EXPECT_THAT(errors_of("tls_server_config: {cert_file: a, key_file: b, min_version: TLS10}\n"),
              ElementsAre(HasSubstr("TLS10 is not supported")));
  EXPECT_THAT(errors_of("http_server_config: {headers: {Server: x}}\n"), ElementsAre(HasSubstr("'Server'")));
}

TEST(WebConfig, HalfATlsSectionNeverFallsBackToPlainHttp) {
  EXPECT_THAT(errors_of("tls_server_config: {cert_file: a}\n"), ElementsAre(HasSubstr("needs key_file")));
  EXPECT_THAT(errors_of("tls_server_config: {key_file: a}\n"), ElementsAre(HasSubstr("needs cert_file")));
  EXPECT_EQ(errors_of("tls_server_config:\n").size(), 2U);
  EXPECT_THAT(errors_of("tls_server_config: [a]\n"), testing::Contains(HasSubstr("must be a map")));
  EXPECT_THAT(errors_of("tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}\n"),
              ElementsAre(HasSubstr("no effect without client_auth_type")));
  EXPECT_THAT(
      errors_of(
          "tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert}\n"),
      ElementsAre(HasSubstr("needs client_ca_file")));
  EXPECT_THAT(
      errors_of("tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}\n"),
      ElementsAre(HasSubstr("above max_version")));
  EXPECT_THAT(
      errors_of("tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireAnyClientCer}\n"),
      ElementsAre(HasSubstr("RequireAnyClientCert")));
}

TEST(WebConfig, OnlyBcryptHashesOfBearableCostArePasswords) {
  for (const std::string hash : {"hunter2", "$1$abc", "$2y$10$short", "''", "[a]", "{a: b}"})
    EXPECT_EQ(errors_of("basic_auth_users: {bob: " + hash + "}\n").empty(), false) << hash;
  EXPECT_THAT(errors_of("basic_auth_users: {bob: $2y$31$" + std::string(53, 'a') + "}\n"),
              ElementsAre(HasSubstr("above 15")));
  EXPECT_THAT(errors_of("basic_auth_users:\n"), testing::SizeIs(1)) << "no users must not mean no passwords";
  EXPECT_THAT(errors_of("basic_auth_users: {}\n"), testing::SizeIs(1));
  EXPECT_THAT(errors_of("basic_auth_users: {'a:b': " + kHash + "}\n"), ElementsAre(HasSubstr("colon")));
}

TEST(WebConfig, YamlTricksAreErrors) {
  EXPECT_FALSE(errors_of("basic_auth_users: {bob: &a " + kHash + ", eve: *a}\n").empty());
  EXPECT_FALSE(errors_of("basic_auth_users: {bob: " + kHash + "}\nbasic_auth_users: {}\n").empty());
  EXPECT_FALSE(errors_of("a: 1\n---\nb: 2\n").empty());
  EXPECT_FALSE(errors_of("[[[[[[[[[[[[[[[[[[[[[[[[[[").empty());
  EXPECT_FALSE(errors_of("\xff").empty());
  EXPECT_FALSE(errors_of("just text\n").empty());
}

TEST(WebConfig, AFileThatCannotBeReadIsNotAnEmptyOne) {
  const TempDir dir;
  EXPECT_FALSE(load_web_config(dir.path()).has_value()) << "a directory";
  EXPECT_FALSE(load_web_config(dir / "absent").has_value());
  EXPECT_FALSE(load_web_config("/dev/null").has_value()) << "not a regular file";
  EXPECT_TRUE(load_web_config(dir.write("empty.yml", "")).has_value());
  const auto bad = load_web_config(dir.write("bad.yml", "a: 1\nb: 2\n"));
  ASSERT_FALSE(bad.has_value());
  EXPECT_THAT(bad.error().message, HasSubstr("bad.yml:1:1: error: unknown key 'a'"));
  EXPECT_THAT(bad.error().message, HasSubstr("bad.yml:2:1: error: unknown key 'b'"));
}

}  // namespace
}  // namespace purposewatch
