// Each mechanism against the examples of its RFC.
#include "agent/probe/sasl.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>

#include "agent/probe/base64.h"
#include "agent/probe/login_choice.h"
#include "tests/unit/probe/scram_server.h"

namespace relaywatch::probe {
namespace {

const SaslService kService{"server.example.com", 143};

Credentials For(const std::string& user, const std::string& password) {
  return {.user = user, .password = Secret(std::string_view(password))};
}

std::string Said(const std::optional<Secret>& message) {
  return message ? std::string(message->view()) : "(nothing)";
}

using namespace std::string_literals;

TEST(Sasl, PlainIsThatOfRfc4616) {
  const Credentials tim = For("tim", "tanstaaftanstaaf");
  const auto client = SaslClient::Create("PLAIN", tim, kService);
  EXPECT_TRUE(client->SpeaksFirst());
  EXPECT_EQ(Said(client->Answer("")), "\0tim\0tanstaaftanstaaf"s);
  EXPECT_EQ(client->Answer("more?"), std::nullopt);
}

TEST(Sasl, LoginAnswersTwoPromptsWhateverTheySay) {
  const Credentials tim = For("tim", "tanstaaf tanstaaf");
  const auto client = SaslClient::Create("LOGIN", tim, kService);
  EXPECT_FALSE(client->SpeaksFirst());
  EXPECT_EQ(Said(client->Answer("Username:")), "tim");
  EXPECT_EQ(Said(client->Answer("")), "tanstaaf tanstaaf");
  EXPECT_EQ(client->Answer("Again:"), std::nullopt);
}

TEST(Sasl, CramMd5IsThatOfRfc2195) {
  const Credentials tim = For("tim", "tanstaaftanstaaf");
  const auto client = SaslClient::Create("CRAM-MD5", tim, kService);
  EXPECT_FALSE(client->SpeaksFirst());
  EXPECT_EQ(Said(client->Answer("<1896.697170952@postoffice.reston.mci.net>")),
            "tim b913a602c7eda7a495b4e6e7334d3890");
}

TEST(Sasl, CramMd5AnswersNoEmptyChallenge) {
  const Credentials tim = For("tim", "secret");
  EXPECT_EQ(SaslClient::Create("CRAM-MD5", tim, kService)->Answer(""), std::nullopt);
}

TEST(Sasl, OAuthBearerIsThatOfRfc7628) {
  const Credentials user = For("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
  const auto client = SaslClient::Create("OAUTHBEARER", user, kService);
  const auto message = client->Answer("");
  ASSERT_TRUE(message);
  EXPECT_EQ(
      ToBase64(message->view()).view(),
      "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVy"
      "IHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
  EXPECT_EQ(Said(client->Answer(R"({"status":"invalid_token"})")), "\x01");
}

TEST(Sasl, OAuthBearerEscapesTheName) {
  const Credentials user = For("a,b=c", "token");
  EXPECT_EQ(Said(SaslClient::Create("OAUTHBEARER", user, kService)->Answer("")),
            "n,a=a=2Cb=3Dc,\x01host=server.example.com\x01port=143\x01"
            "auth=Bearer token\x01\x01");
}

// https://developers.google.com/gmail/imap/xoauth2-protocol
TEST(Sasl, XOAuth2IsThatOfItsDocumentation) {
  const Credentials user =
      For("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
  const auto client = SaslClient::Create("XOAUTH2", user, kService);
  const auto message = client->Answer("");
  ASSERT_TRUE(message);
  EXPECT_EQ(
      ToBase64(message->view()).view(),
      "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhk"
      "SFJoZG1semRHRXVZMjl0Q2cBAQ==");
  EXPECT_EQ(Said(client->Answer(R"({"status":"400"})")), "");
}

TEST(Sasl, KnowsItsMechanismsAndNoOthers) {
  const Credentials user = For("user", "secret");
  for (const std::string_view mechanism : SupportedMechanisms()) {
    EXPECT_NE(SaslClient::Create(mechanism, user, kService), nullptr) << mechanism;
  }
  for (const char* mechanism : {"", "NTLM", "GSSAPI", "ANONYMOUS", "EXTERNAL", "plain"}) {
    EXPECT_EQ(SaslClient::Create(mechanism, user, kService), nullptr) << mechanism;
  }
}

struct ScramCase {
  const char* mechanism;
  const EVP_MD* digest;
};
const ScramCase kScramCases[] = {{"SCRAM-SHA-1", EVP_sha1()}, {"SCRAM-SHA-256", EVP_sha256()}};

// The server of these tests computes what the RFCs' examples say, so it may judge our client.
TEST(Scram, TheServerIsThatOfTheRfcs) {
  const ScramServer rfc5802(EVP_sha1(), "pencil", *FromBase64("QSXCR+Q6sek8bf92"), 4096);
  EXPECT_EQ(rfc5802.Proof("n=user,r=fyko+d2lbbFgONRv9qkxdawL,"
                          "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,"
                          "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j"),
            "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
  const ScramServer rfc7677(EVP_sha256(), "pencil", *FromBase64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  EXPECT_EQ(rfc7677.Proof(
                "n=user,r=rOprNGfwEbeRWgbNEkqO,"
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,"
                "i=4096,"
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"),
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
}

TEST(Scram, ProvesThePasswordAndWantsTheServersProof) {
  for (const ScramCase& c : kScramCases) {
    const ScramServer server(c.digest, "pencil", "a salt", 4096);
    const Credentials user = For("user", "pencil");
    const auto client = SaslClient::Create(c.mechanism, user, kService);
    EXPECT_TRUE(client->SpeaksFirst());
    ScramServer::Exchange exchange = server.Begin(Said(client->Answer("")));
    const std::string final_message = Said(client->Answer(exchange.server_first));
    EXPECT_TRUE(server.Accepts(exchange, final_message)) << c.mechanism << final_message;
    EXPECT_EQ(Said(client->Answer(server.Signature(exchange))), "") << c.mechanism;
  }
}

TEST(Scram, DoubtsAServerThatDoesNotKnowThePassword) {
  for (const ScramCase& c : kScramCases) {
    const ScramServer server(c.digest, "guessed", "a salt", 4096);
    const Credentials user = For("user", "pencil");
    const auto client = SaslClient::Create(c.mechanism, user, kService);
    ScramServer::Exchange exchange = server.Begin(Said(client->Answer("")));
    EXPECT_FALSE(server.Accepts(exchange, Said(client->Answer(exchange.server_first))));
    EXPECT_EQ(client->Answer(server.Signature(exchange)), std::nullopt) << c.mechanism;
  }
}

TEST(Scram, WorksNoMoreThanIsReasonable) {
  const Credentials user = For("user", "pencil");
  for (const std::string count : {"100001", "4294967295", "99999999999999999999999"}) {
    const auto client = SaslClient::Create("SCRAM-SHA-1", user, kService);
    const std::string first = Said(client->Answer(""));
    const std::string nonce = first.substr(first.find("r=") + 2);
    EXPECT_EQ(client->Answer("r=" + nonce + "more,s=c2FsdA==,i=" + count), std::nullopt) << count;
  }
}

TEST(Scram, AnswersNoNonsense) {
  const Credentials user = For("user", "pencil");
  for (const char* challenge : {"", "x", "r=other,s=c2FsdA==,i=4096", "e=unknown-user"}) {
    const auto client = SaslClient::Create("SCRAM-SHA-256", user, kService);
    client->Answer("");
    EXPECT_EQ(client->Answer(challenge), std::nullopt) << challenge;
  }
}

TEST(LoginChoice, TriesPasswordMechanismsInOrder) {
  using Names = std::vector<std::string>;
  struct Case {
    Names offered;
    bool has_command;
    const char* wanted;
    Names mechanisms;
    bool by_command;
    const char* obstacle;
  };
  const Case cases[] = {
      {{"PLAIN", "LOGIN"}, false, "", {"LOGIN", "PLAIN"}, false, ""},
      {{"SCRAM-SHA-1", "CRAM-MD5", "SCRAM-SHA-256"},
       false,
       "",
       {"CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-1"},
       false,
       ""},
      {{"GSSAPI", "XOAUTH2"}, false, "", {}, false, "no mechanism for a password is offered"},
      {{}, false, "", {}, false, "no mechanism is offered"},
      {{}, true, "", {"LOGIN"}, true, ""},
      {{"GSSAPI"}, true, "", {"LOGIN"}, true, ""},
      {{"PLAIN"}, true, "", {"PLAIN"}, false, ""},
      {{"PLAIN"}, true, "LOGIN", {"LOGIN"}, true, ""},
      {{"PLAIN", "XOAUTH2"}, false, "XOAUTH2", {"XOAUTH2"}, false, ""},
      {{"PLAIN"}, true, "CRAM-MD5", {}, false, "CRAM-MD5 is not offered"},
  };
  for (const Case& c : cases) {
    const LoginChoice choice = ChooseLogin(c.wanted, c.offered, c.has_command);
    EXPECT_EQ(choice.mechanisms, c.mechanisms);
    EXPECT_EQ(choice.by_command, c.by_command);
    EXPECT_EQ(choice.obstacle, c.obstacle);
  }
}

TEST(Base64, IsStrict) {
  struct Case {
    const char* text;
    std::optional<std::string> bytes;
  };
  const Case cases[] = {{"", ""},
                        {"Zg==", "f"},
                        {"Zm8=", "fo"},
                        {"Zm9v", "foo"},
                        {"Zm9vYg==", "foob"},
                        {"AAA=", "\0\0"s},
                        {"Zg", std::nullopt},
                        {"Zg=", std::nullopt},
                        {"Z===", std::nullopt},
                        {"Zg==Zg==", std::nullopt},
                        {"Zm 9", std::nullopt},
                        {"Zm9v\n", std::nullopt},
                        {"====", std::nullopt},
                        {"User", "R\xc7\xab"},
                        {"Username:", std::nullopt}};
  for (const Case& c : cases) EXPECT_EQ(FromBase64(c.text), c.bytes) << c.text;
  for (const char* bytes : {"", "f", "fo", "foo", "foob"}) {
    EXPECT_EQ(FromBase64(ToBase64(bytes).view()), bytes);
  }
}

}  // namespace
}  // namespace relaywatch::probe
