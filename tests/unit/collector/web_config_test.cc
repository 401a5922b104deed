// The file that says who may read the HTTP listener, and passwords against their hashes.
#include "collector/serve/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "collector/serve/basic_auth.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// "secret" at the lowest cost.
constexpr const char* kHash = "$2b$04$229zK5oTBaKiqCfy39..J.dxEOdLr.deb7/Wva6sl.vMkyHkZ3Yt6";

using Users = std::map<std::string, std::string>;

absl::StatusOr<WebConfig> Load(const std::string& text) {
  const support::ScratchDirectory scratch;
  return LoadWebConfig(scratch.Write("web.yaml", text));
}

TEST(WebConfig, AnEmptyFileMeansPlainHttpForEverybody) {
  const auto config = Load("");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->tls);
  EXPECT_TRUE(config->users.empty());
}

TEST(WebConfig, ReadsWhatPrometheusWouldRead) {
  const auto config = Load(std::string(R"(
tls_server_config:
  cert_file: server.pem
  key_file: /etc/keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS13
basic_auth_users:
  prometheus: )") + kHash);
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_TRUE(config->tls);
  EXPECT_THAT(config->tls->cert_file, EndsWith("/server.pem"));
  EXPECT_TRUE(config->tls->cert_file.starts_with('/')) << "relative to the file";
  EXPECT_EQ(config->tls->key_file, "/etc/keys/server.key");
  EXPECT_EQ(config->tls->client_auth, ClientAuth::kRequireAndVerifyClientCert);
  EXPECT_EQ(config->tls->min_version, TlsVersion::k13);
  EXPECT_EQ(config->users.at("prometheus"), kHash);
}

TEST(WebConfig, SaysWhereAndWhatIsWrong) {
  struct Case {
    const char* text;
    const char* complaint;
  };
  const Case cases[] = {
      {"tls_server_config: {key_file: a}",
       "web.yaml:1: tls_server_config: the key \"cert_file\" is missing"},
      {"tls_server_config: {cert_file: a, key_file: b, client_auth_type: Maybe}",
       "\"Maybe\" is none of NoClientCert, RequestClientCert"},
      {"tls_server_config: {cert_file: a, key_file: b, client_auth_type: "
       "RequireAndVerifyClientCert}",
       "needs client_ca_file"},
      {"tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}", "is of no use"},
      {"tls_server_config: {cert_file: a, key_file: b, min_version: TLS10}",
       "none of TLS12, TLS13"},
      {"tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}",
       "is below min_version"},
      {"tls_server_config: {cert_file: a, key_file: b, cipher_suites: [X]}", "cipher_suites"},
      {"\nbasic_auth_users: {joe: secret}", "web.yaml:2: basic_auth_users.joe: is no bcrypt hash"},
      {"http_server_config: {http2: true}", "http_server_config"},
  };
  for (const Case& bad : cases) {
    const auto config = Load(bad.text);
    EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << bad.text;
    EXPECT_THAT(std::string(config.status().message()), HasSubstr(bad.complaint));
  }
}

TEST(WebConfig, NoPasswordIsRepeatedInAMessage) {
  const auto config = Load("basic_auth_users: {joe: hunter2}");
  EXPECT_THAT(std::string(config.status().message()), ::testing::Not(HasSubstr("hunter2")));
}

TEST(BasicAuth, AdmitsWhoKnowsThePassword) {
  BasicAuth passwords(Users{{"joe", kHash}});
  ASSERT_TRUE(passwords.is_required());
  EXPECT_TRUE(passwords.Admits("joe", "secret"));
  EXPECT_TRUE(passwords.Admits("joe", "secret")) << "and remembers it";
}

TEST(BasicAuth, RefusesEverybodyElse) {
  BasicAuth passwords(Users{{"joe", kHash}, {"broken", "$2b$04$"}});
  EXPECT_TRUE(passwords.Admits("joe", "secret"));
  EXPECT_FALSE(passwords.Admits("joe", "secret2"));
  EXPECT_FALSE(passwords.Admits("joe", ""));
  EXPECT_FALSE(passwords.Admits("joe", std::string("secret\0", 7)));
  EXPECT_FALSE(passwords.Admits("jim", "secret"));
  EXPECT_FALSE(passwords.Admits("", "secret"));
  EXPECT_FALSE(passwords.Admits("broken", "secret"));
}

TEST(BasicAuth, WithoutUsersNothingIsAsked) { EXPECT_FALSE(BasicAuth(Users()).is_required()); }

}  // namespace
}  // namespace relaywatch::collector
