#include "exporters/http_client/client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;

std::string client_errors_of(const std::string& text) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse_client_config({"am.yml", text}, diagnostics)) << text;
  std::string all;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) all += to_string(diagnostic) + "\n";
  return all;
}

TEST(ClientConfig, SaysWhoWeAreAndWhomWeTrust) {
  const TempDir dir, elsewhere;
  for (const char* name : {"password", "agent.crt", "agent.key"}) dir.write(name, "x\n");
  const std::string ca = elsewhere.write("ca.pem", "x\n");
  Diagnostics diagnostics;
  const auto identity = parse_client_config({dir / "am.yml", R"(
basic_auth: {username: agent, password_file: password}
tls_config: {cert_file: agent.crt, key_file: agent.key, insecure_skip_verify: false, ca_file: )" +
                                                                 ca + "}\n"},
                                            diagnostics);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->user, "agent");
  EXPECT_EQ(identity->password_file, dir / "password");
  EXPECT_EQ(identity->ca_file, ca);
  EXPECT_EQ(identity->cert_file, dir / "agent.crt");
  EXPECT_EQ(identity->key_file, dir / "agent.key");
  EXPECT_FALSE(identity->trusts_anybody);
}

TEST(ClientConfig, KnowsTheOldAndTheNewWayToGiveAToken) {
  const TempDir dir;
  dir.write("token", "abc\n");
  for (const char* text : {"bearer_token_file: token", "authorization: {credentials_file: token}",
                           "authorization: {type: Bearer, credentials_file: token}"}) {
    Diagnostics diagnostics;
    const auto identity = parse_client_config({dir / "am.yml", text}, diagnostics);
    ASSERT_TRUE(identity) << text;
    EXPECT_EQ(identity->bearer_token_file, dir / "token");
  }
}

TEST(ClientConfig, MayBeEmpty) {
  Diagnostics diagnostics;
  EXPECT_TRUE(parse_client_config({"am.yml", "# nothing yet\n"}, diagnostics));
}

TEST(ClientConfig, ToldWhereWhatIsWrong) {
  EXPECT_THAT(client_errors_of("basic_auht: {}"), HasSubstr("am.yml:1:1: error: unknown key 'basic_auht'"));
  EXPECT_THAT(client_errors_of("basic_auth: {password: x}"), HasSubstr("needs username"));
  EXPECT_THAT(client_errors_of("basic_auth: {username: a, password: x, password_file: y}"),
              HasSubstr("only one"));
  EXPECT_THAT(client_errors_of("basic_auth: {username: a}\nbearer_token: x"), HasSubstr("only one"));
  EXPECT_THAT(client_errors_of("authorization: {type: Digest, credentials: x}"), HasSubstr("am.yml:1:23"));
  EXPECT_THAT(client_errors_of("authorization: {type: Bearer}"), HasSubstr("needs credentials_file"));
  EXPECT_THAT(client_errors_of("tls_config: {cert_file: a}"), HasSubstr("belong together"));
  EXPECT_THAT(client_errors_of("tls_config: {insecure_skip_verify: perhaps}"), HasSubstr("true or false"));
  EXPECT_THAT(client_errors_of("bearer_token_file: /nowhere"),
              HasSubstr("am.yml:1:20: error: 'bearer_token_file': /nowhere: No such file"));
  EXPECT_THAT(client_errors_of("oauth2: {}"), HasSubstr("not supported"));
  EXPECT_THAT(client_errors_of("tls_config: [a]"), HasSubstr("must be a map"));
  EXPECT_THAT(client_errors_of("- a"), HasSubstr("must be a map"));
}

TEST(ClientConfig, AFileThatCannotBeReadIsNoEmptyOne) {
  const TempDir dir;
  EXPECT_THAT(load_client_config(dir / "none.yml").error().message, HasSubstr("none.yml"));
  EXPECT_TRUE(load_client_config(dir.write("am.yml", "bearer_token: abc\n")));
}

}  // namespace
}  // namespace purposewatch
