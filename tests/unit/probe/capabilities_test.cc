#include "common/smtp/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace relaywatch::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Capabilities Lines(std::initializer_list<const char*> lines) {
  v1::Capabilities capabilities;
  for (const char* line : lines) capabilities.add_lines(line);
  return capabilities;
}

std::vector<std::string> Smtp(std::initializer_list<const char*> lines, AuthReading reading = {}) {
  return AuthMechanisms(Lines(lines), v1::PROTOCOL_SMTP, reading);
}

TEST(SmtpAuthMechanisms, AreUpperCaseInTheServersOrder) {
  EXPECT_THAT(Smtp({"mail.example.com", "SIZE", "auth  plain\tLogin CRAM-MD5 "}),
              ElementsAre("PLAIN", "LOGIN", "CRAM-MD5"));
}

TEST(SmtpAuthMechanisms, OfBothFormsAreUnited) {
  EXPECT_THAT(Smtp({"mail", "AUTH PLAIN", "AUTH=LOGIN PLAIN"}), ElementsAre("PLAIN", "LOGIN"));
}

TEST(SmtpAuthMechanisms, OfTheObsoleteFormCanBeIgnored) {
  EXPECT_THAT(Smtp({"mail", "AUTH=LOGIN"}, {.equals_form = false}), IsEmpty());
}

TEST(SmtpAuthMechanisms, MayComeFromTheLastLineOnly) {
  EXPECT_THAT(Smtp({"mail", "AUTH PLAIN", "AUTH LOGIN"}, {.last_line_only = true}),
              ElementsAre("LOGIN"));
  EXPECT_THAT(Smtp({"mail", "AUTH PLAIN", "AUTH"}, {.last_line_only = true}), IsEmpty());
  EXPECT_THAT(
      Smtp({"mail", "AUTH PLAIN", "AUTH=LOGIN"}, {.equals_form = false, .last_line_only = true}),
      ElementsAre("PLAIN"));
}

TEST(SmtpAuthMechanisms, AreNoneInAnEmptyAuthLineOrTheGreetingLine) {
  EXPECT_THAT(Smtp({"mail", "AUTH"}), IsEmpty());
  EXPECT_THAT(Smtp({"AUTH PLAIN"}), IsEmpty());
  EXPECT_THAT(Smtp({}), IsEmpty());
}

TEST(SmtpAuthMechanisms, AreOnlyWordsThatCanBeSaslNames) {
  EXPECT_THAT(
      Smtp({"mail", "AUTH PL\x01IN <LOGIN> ABCDEFGHIJKLMNOPQRSTU X_OAUTH-2", "AUTHX LOGIN"}),
      ElementsAre("X_OAUTH-2"));
}

TEST(Pop3AuthMechanisms, CountUserAsLoginAndPlain) {
  EXPECT_THAT(AuthMechanisms(Lines({"SASL CRAM-MD5 LOGIN", "USER"}), v1::PROTOCOL_POP3),
              ElementsAre("CRAM-MD5", "LOGIN", "PLAIN"));
  EXPECT_THAT(AuthMechanisms(Lines({"SASL SCRAM-SHA-1", "TOP"}), v1::PROTOCOL_POP3),
              ElementsAre("SCRAM-SHA-1"));
}

TEST(Pop3AuthMechanisms, OfAServerWithoutCapaAreLoginAndPlain) {
  EXPECT_THAT(AuthMechanisms(Lines({}), v1::PROTOCOL_POP3), ElementsAre("LOGIN", "PLAIN"));
  EXPECT_FALSE(LoginDisabled(Lines({}), v1::PROTOCOL_POP3));
  EXPECT_TRUE(LoginDisabled(Lines({"STLS"}), v1::PROTOCOL_POP3));
}

TEST(ImapAuthMechanisms, CountAnEnabledLoginAsLoginAndPlain) {
  EXPECT_THAT(AuthMechanisms(Lines({"IMAP4rev1 STARTTLS auth=cram-md5"}), v1::PROTOCOL_IMAP),
              ElementsAre("CRAM-MD5", "LOGIN", "PLAIN"));
  EXPECT_THAT(AuthMechanisms(Lines({"IMAP4rev1 AUTH=PLAIN LOGINDISABLED"}), v1::PROTOCOL_IMAP),
              ElementsAre("PLAIN"));
  EXPECT_THAT(AuthMechanisms(Lines({"IMAP4rev1", "LoginDisabled"}), v1::PROTOCOL_IMAP), IsEmpty());
}

TEST(OffersStartTls, ReadsEachProtocolsOwnWord) {
  EXPECT_TRUE(OffersStartTls(Lines({"mail", "SIZE 1", "starttls "}), v1::PROTOCOL_SMTP));
  EXPECT_FALSE(OffersStartTls(Lines({"STARTTLS", "XSTARTTLS", "X STARTTLS"}), v1::PROTOCOL_SMTP));
  EXPECT_TRUE(OffersStartTls(Lines({"STLS"}), v1::PROTOCOL_POP3));
  EXPECT_FALSE(OffersStartTls(Lines({"STARTTLS"}), v1::PROTOCOL_POP3));
  EXPECT_TRUE(OffersStartTls(Lines({"IMAP4rev1 ID StartTLS"}), v1::PROTOCOL_IMAP));
}

TEST(EchoedAddress, IsTheLastLiteralAfterTheServersName) {
  struct Case {
    const char* line;
    const char* address;
  };
  for (const Case& c : {
           Case{"mail.example.com Hello client.example.com [192.0.2.7]", "192.0.2.7"},
           Case{"mx.example.com at your service, [2001:DB8:0::7]", "2001:db8::7"},
           Case{"mail Hello [10.0.0.1] [IPv6:2001:db8::1], pleased to meet you", "2001:db8::1"},
           Case{"[192.0.2.1] Hello [192.0.2.7]", "192.0.2.7"},
           Case{"mail Hello [192.0.2.7] [what]", "192.0.2.7"},
       }) {
    EXPECT_EQ(EchoedAddress(c.line), c.address) << c.line;
  }
}

TEST(EchoedAddress, IsNoneWithoutALiteral) {
  for (const char* line : {"", "mail", "[192.0.2.1]", "mail 192.0.2.7", "mail [192.0.2]",
                           "mail ]192.0.2.7[", "mail ]]"}) {
    EXPECT_EQ(EchoedAddress(line), std::nullopt) << line;
  }
}

TEST(IsMaskedKeyword, TakesThreeXAndAtMostOneOtherLetter) {
  for (const char* line : {"XXX", "XXXXXXXA", "XXXXXXXX ", "AXXX"}) {
    EXPECT_TRUE(IsMaskedKeyword(line)) << line;
  }
  for (const char* line : {"", "XX", "XEXCH50", "XSHADOW", "XXLSIZE", "XXXAB", "XXX 8", "xxxx"}) {
    EXPECT_FALSE(IsMaskedKeyword(line)) << line;
  }
}

TEST(IsMaskedBanner, TakesTenOrMoreMaskingCharacters) {
  EXPECT_TRUE(IsMaskedBanner("**********"));
  EXPECT_TRUE(IsMaskedBanner("****************0*2****** 200 **0***"));
  EXPECT_FALSE(IsMaskedBanner("*********"));
  EXPECT_FALSE(IsMaskedBanner("********** ESMTP"));
  EXPECT_FALSE(IsMaskedBanner(""));
}

}  // namespace
}  // namespace relaywatch::smtp
