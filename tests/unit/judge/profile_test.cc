#include "common/judge/profile.h"

#include <gtest/gtest.h>

#include "common/taxonomy.h"
#include "tests/unit/judge/facts_builder.h"

namespace relaywatch::judge {
namespace {

// What each client makes of AUTH lines: outlook, outlook-oauth, thunderbird, apple-mail, k9.
struct Case {
  Lines auth_lines;
  std::string outlook, oauth, thunderbird, apple, k9;
};

const std::string kOk = "ok";
const std::string kNone = "auth_not_offered";
const std::string kOther = "auth_mismatch";

class AuthLines : public testing::TestWithParam<Case> {};

TEST_P(AuthLines, AreReadInEachClientsWay) {
  const Case& test = GetParam();
  Lines lines{"mail.example.com"};
  lines.insert(lines.end(), test.auth_lines.begin(), test.auth_lines.end());
  const v1::Facts facts = Smtp(v1::SECURITY_NONE).Plain(lines);
  const auto verdict = [&facts](const char* profile) {
    return std::string(Label(JudgeAs(profile, facts).verdict));
  };
  EXPECT_EQ(verdict("outlook"), test.outlook);
  EXPECT_EQ(verdict("outlook-oauth"), test.oauth);
  EXPECT_EQ(verdict("thunderbird"), test.thunderbird);
  EXPECT_EQ(verdict("apple-mail"), test.apple);
  EXPECT_EQ(verdict("k9"), test.k9);
  EXPECT_EQ(verdict("outlook-no-auth"), kOk);
  EXPECT_EQ(verdict("outlook-pop-first"), kOk);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AuthLines,
    testing::Values(
        Case{{}, kNone, kNone, kNone, kNone, kNone},
        Case{{"AUTH"}, kNone, kNone, kNone, kNone, kNone},
        Case{{"AUTH PLAIN"}, kOther, kOther, kOk, kOk, kOk},
        Case{{"AUTH LOGIN"}, kOk, kOther, kOk, kOk, kOk},
        Case{{"auth login"}, kOk, kOther, kOk, kOk, kOk},
        Case{{"AUTH PLAIN LOGIN"}, kOk, kOther, kOk, kOk, kOk},
        Case{{"AUTH NTLM"}, kOk, kOther, kOk, kOk, kOther},
        Case{{"AUTH GSSAPI NTLM"}, kOk, kOther, kOk, kOk, kOther},
        Case{{"AUTH CRAM-MD5"}, kOther, kOther, kOk, kOk, kOk},
        Case{{"AUTH DIGEST-MD5"}, kOther, kOther, kOther, kOther, kOther},
        Case{{"AUTH XOAUTH2"}, kOther, kOk, kOk, kOther, kOk},
        Case{{"AUTH OAUTHBEARER"}, kOther, kOther, kOther, kOther, kOk},
        Case{{"AUTH EXTERNAL"}, kOther, kOther, kOther, kOther, kOk},
        Case{{"AUTH GSSAPI"}, kOther, kOther, kOk, kOther, kOther},
        Case{{"AUTH LOGIN XOAUTH2"}, kOk, kOk, kOk, kOk, kOk},
        Case{{"AUTH=LOGIN"}, kOk, kOther, kNone, kNone, kNone},
        Case{{"AUTH=LOGIN PLAIN", "AUTH PLAIN"}, kOk, kOther, kOk, kOk, kOk},
        Case{{"AUTH PLAIN", "AUTH=LOGIN PLAIN"}, kOk, kOther, kOk, kOk, kOk},
        Case{{"AUTH LOGIN", "AUTH"}, kOk, kOther, kNone, kOk, kOk},
        Case{{"AUTH LOGIN", "AUTH DIGEST-MD5"}, kOk, kOther, kOther, kOk, kOk},
        Case{{"AUTH DIGEST-MD5", "AUTH LOGIN"}, kOk, kOther, kOk, kOk, kOk},
        Case{{"AUTH=XOAUTH2"}, kOther, kOk, kNone, kNone, kNone},
        Case{{"SIZE 1000", "8BITMIME", "AUTH SCRAM-SHA-256 PLAIN"}, kOther, kOther, kOk, kOk, kOk},
        Case{{"X-AUTH LOGIN", "AUTHLOGIN"}, kNone, kNone, kNone, kNone, kNone}));

TEST(Profiles, AreTheSevenOfTheDocumentation) {
  std::vector<std::string> names;
  for (const ClientProfile& profile : BuiltInProfiles()) names.push_back(profile.name);
  EXPECT_EQ(names, (std::vector<std::string>{"outlook", "outlook-no-auth", "outlook-pop-first",
                                             "outlook-oauth", "thunderbird", "apple-mail", "k9"}));
  EXPECT_EQ(FindBuiltInProfile("lotus-notes"), nullptr);
}

TEST(Profiles, ListKnownMechanismsOnly) {
  for (const ClientProfile& profile : BuiltInProfiles()) {
    EXPECT_EQ(profile.authenticates, !profile.mechanisms.empty()) << profile.name;
    for (const std::string& name : profile.mechanisms) EXPECT_TRUE(IsKnownMechanism(name)) << name;
  }
  EXPECT_FALSE(IsKnownMechanism("login"));
  EXPECT_FALSE(IsKnownMechanism("MAGIC"));
}

TEST(Profiles, OfOperatorsAreJudgedLikeTheBuiltInOnes) {
  ClientProfile scanner{.name = "scanner", .mechanisms = {"PLAIN"}};
  EXPECT_EQ(Told(Judge(Smtp(v1::SECURITY_NONE).Plain({"m", "AUTH LOGIN"}), scanner)),
            "auth_mismatch@auth");
  scanner.mechanisms = {"LOGIN"};
  EXPECT_EQ(Told(Judge(Smtp(v1::SECURITY_NONE).Plain({"m", "AUTH LOGIN"}), scanner)), "ok");
  // Without mechanisms of its own a client still logs in to receive.
  const ClientProfile notifier{.name = "notifier", .authenticates = false};
  EXPECT_EQ(Told(Judge(Pop3(v1::SECURITY_NONE).Plain({"USER"}), notifier)), "ok");
}

}  // namespace
}  // namespace relaywatch::judge
