#include "common/facts/normalise.h"

#include <gtest/gtest.h>

#include "common/smtp/capabilities.h"
#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/reply_cases.h"

namespace relaywatch::facts {
namespace {

using judge::Imap;
using judge::Smtp;

struct Case {
  std::string_view text;
  std::string_view normalised;
};

class NormaliseText_ : public testing::TestWithParam<Case> {};

TEST_P(NormaliseText_, TakesOutWhatVaries) {
  EXPECT_EQ(NormaliseText(GetParam().text), GetParam().normalised);
}

TEST_P(NormaliseText_, IsIdempotent) {
  EXPECT_EQ(NormaliseText(GetParam().normalised), GetParam().normalised);
}

INSTANTIATE_TEST_SUITE_P(
    Table, NormaliseText_,
    testing::Values(
        // Nothing varies.
        Case{"", ""}, Case{"Relay access denied", "Relay access denied"},
        Case{"2.0.0 Ready to start TLS", "2.0.0 Ready to start TLS"},
        Case{"line one\nline two", "line one\nline two"}, Case{"  two  blanks ", "  two  blanks "},
        Case{"Requested action (#5.7.1)", "Requested action (#5.7.1)"},
        Case{"status 5.7.139, sorry.", "status 5.7.139, sorry."},
        Case{"8BITMIME SMTPUTF8 IMAP4rev1 BASE64 XOAUTH2 POP3",
             "8BITMIME SMTPUTF8 IMAP4rev1 BASE64 "
             "XOAUTH2 POP3"},
        Case{"You May try 5 times", "You May try 5 times"},
        // Dates.
        Case{"ready at Sun, 22 Nov 2026 10:00:00 +0100", "ready at #"},
        Case{"ready at Sun, 22 Nov 2026 10:00:00 +0100 (CET); go", "ready at # go"},
        Case{"ready Sun Nov  1 10:00:00 2026", "ready #"},
        Case{"ready 22-Nov-2026 10:00 GMT bye", "ready # bye"},
        Case{"ready 2026-11-22T10:00:00.123Z", "ready #"},
        Case{"ready at 2026-11-22 10:00:00", "ready at # #"},
        Case{"Monday is closed", "Monday is closed"},
        // Ids.
        Case{"queued as 4XyZ1k2QbMz9s", "queued as #"}, Case{"queued as A1B2C3D4E5", "queued as #"},
        Case{"OK id=1tXyZ0-0001Ab-2C", "OK id=#"},
        Case{"gsmtp a640c23a62f3a-aa20df569a5si1234567b.55 - gsmtp", "gsmtp # - gsmtp"},
        Case{"<1896.697170952@pop.example.com>", "<#@pop.example.com>"},
        Case{"[QgBMADAAUABSADAANABDAEEAMAAwADEA]", "[#]"},
        // Numbers, addresses, names.
        Case{"retry in 299 seconds", "retry in # seconds"}, Case{"try 5 times", "try 5 times"},
        Case{"client [192.0.2.7]:42114 blocked", "client [#]:# blocked"},
        Case{"client [IPv6:2001:db8::1] hello", "client [IPv6:#] hello"},
        Case{"client 2001:db8::1 hello", "client # hello"},
        Case{"mx12.example.com ESMTP", "mx#.example.com ESMTP"},
        Case{"mx1.example.com ESMTP", "mx#.example.com ESMTP"},
        Case{"BYAPR11CA0001.outlook.example.com Hello", "#.outlook.example.com Hello"},
        Case{"mail-yw1-f41.example.com", "mail-yw#-f#.example.com"},
        Case{"<user12@example.com>: no", "<#@example.com>: no"},
        Case{"<user@example.com>: no", "<user@example.com>: no"}));

TEST(NormaliseText, LeavesEnhancedCodesInEveryTableCase) {
  for (const auto& test : judge::TransactionReplyCases()) {
    const std::string once = NormaliseText(test.text);
    EXPECT_EQ(NormaliseText(once), once);
  }
}

TEST(Normalise, MakesTwoRunsAgainstOneServerTheSame) {
  const auto run = [](const std::string& host, const std::string& date, const std::string& id) {
    v1::Facts facts = Smtp(v1::SECURITY_NONE, 25)
                          .Greeting(host + " ESMTP Service ready at " + date)
                          .Plain({host + " Hello [192.0.2.7]", "SIZE 37748736", "AUTH LOGIN"})
                          .Foreign(550, "5.7.54", "Unable to relay [" + host + " " + id + "]");
    Normalise(facts);
    return Digest(facts);
  };
  const std::string one =
      run("AM0PR02CA0012.mail.example.com", "Sun, 22 Nov 2026 10:00:00 +0000", "08DD0A1B2C3D4E5F");
  EXPECT_EQ(one.size(), 32U);
  EXPECT_EQ(one, run("DB8P189CA0023.mail.example.com", "Mon, 1 Mar 2027 09:59:01 +0100",
                     "08DD99990000AAAA"));
  EXPECT_NE(one, run("AM0PR02CA0012.post.example.com", "Sun, 22 Nov 2026 10:00:00 +0000",
                     "08DD0A1B2C3D4E5F"));
}

TEST(Normalise, KeepsCapabilitiesAndOurAddress) {
  v1::Facts facts = Smtp().Plain({"mx1.example.com", "SIZE 37748736", "X-ID 4XyZ1k2QbMz9s"});
  facts.set_egress_address("192.0.2.7");
  Normalise(facts);
  EXPECT_EQ(facts.plain().lines(0), "mx#.example.com");
  EXPECT_EQ(facts.plain().lines(1), "SIZE 37748736");
  EXPECT_EQ(facts.plain().lines(2), "X-ID 4XyZ1k2QbMz9s");
  EXPECT_EQ(facts.egress_address(), "192.0.2.7");
  // IMAP has no greeting line in its answer.
  v1::Facts imap = Imap(v1::SECURITY_NONE).Plain({"IMAP4rev1 APPENDLIMIT=35651584"});
  Normalise(imap);
  EXPECT_EQ(imap.plain().lines(0), "IMAP4rev1 APPENDLIMIT=35651584");
}

TEST(Normalise, DoesNotMakeUpWhatWasNotSeen) {
  v1::Facts facts;
  facts.set_protocol(v1::PROTOCOL_SMTP);
  const std::string before = facts.SerializeAsString();
  Normalise(facts);
  EXPECT_EQ(facts.SerializeAsString(), before);
}

TEST(Normalise, KeepsAMaskedBannerMasked) {
  v1::Facts facts = Smtp().Greeting("*******************2******200**00");
  v1::Facts longer = Smtp().Greeting("**************0*********************2******200**00");
  Normalise(facts);
  Normalise(longer);
  EXPECT_TRUE(smtp::IsMaskedBanner(facts.greeting().text()));
  EXPECT_EQ(Digest(facts), Digest(longer));
}

}  // namespace
}  // namespace relaywatch::facts
