#include "common/judge/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/judge/advice_table.h"
#include "common/judge/outlook_codes.h"
#include "common/taxonomy.h"
#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/judge_cases.h"

namespace relaywatch::judge {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Explanation ExplainAs(const std::string& profile, const v1::Facts& facts) {
  const ClientProfile& found = *FindBuiltInProfile(profile);
  return Explain(facts, found, Judge(facts, found));
}

template <typename Call>
void ForEveryVerdict(Call call) {
  for (int i = v1::VERDICT_OK; i <= v1::Verdict_MAX; ++i) call(static_cast<v1::Verdict>(i));
}

TEST(Advice, HasWordsForEveryVerdictAndProfile) {
  ForEveryVerdict([](v1::Verdict verdict) {
    for (const ClientProfile& profile : BuiltInProfiles()) {
      const Judgement judgement{.verdict = verdict, .stage = v1::STAGE_RCPT};
      const Explanation explanation = Explain(v1::Facts(), profile, judgement);
      EXPECT_THAT(explanation.summary, Not(IsEmpty())) << Label(verdict);
      EXPECT_EQ(explanation.advice.empty(), verdict == v1::VERDICT_OK) << Label(verdict);
    }
  });
}

// Whatever its condition, no row has a placeholder that nobody fills.
TEST(Advice, FillsEveryPlaceholder) {
  const v1::Facts facts;
  const Judgement judgement;
  for (const ClientProfile& profile : BuiltInProfiles()) {
    const Situation situation{facts, profile, judgement};
    for (const SummaryRow& row : SummaryRows()) {
      EXPECT_THAT(Fill(row.text, situation), Not(HasSubstr("{")));
    }
    for (const AdviceRow& row : AdviceRows()) {
      EXPECT_THAT(Fill(row.text, situation), Not(HasSubstr("{")));
    }
  }
}

// The dialogues of the judge's tables, and what they do not vary.
std::vector<v1::Facts> Situations() {
  std::vector<v1::Facts> all;
  for (const JudgeCase& test : JudgeCases()) all.push_back(test.facts);
  const auto tls_to_plain = [](v1::Stage stage, v1::Failure failure) -> v1::Facts {
    return Smtp(v1::SECURITY_TLS, 587).Cut(stage, failure);
  };
  all.push_back(tls_to_plain(v1::STAGE_TLS, v1::FAILURE_RESET));
  all.push_back(tls_to_plain(v1::STAGE_TLS, v1::FAILURE_REPLY_TIMEOUT));
  all.push_back(tls_to_plain(v1::STAGE_TLS, v1::FAILURE_TLS_HANDSHAKE));
  all.push_back(Smtp().Cut(v1::STAGE_BANNER, v1::FAILURE_FOREIGN_PROTOCOL,
                           "another protocol: HTTP/1.1 400 Bad Request"));
  for (const auto error : {v1::VERIFY_ERROR_NOT_YET_VALID, v1::VERIFY_ERROR_REVOKED}) {
    all.push_back(Smtp(v1::SECURITY_TLS, 465).Certificate(error).InTls({"m", "AUTH LOGIN"}));
  }
  all.push_back(Smtp(v1::SECURITY_NONE).Plain({"m", "AUTH PLAIN"}).ForeignAccepted());
  all.push_back(Smtp(v1::SECURITY_NONE)
                    .Plain({"m", "AUTH PLAIN"})
                    .Foreign(554, "5.7.1", "Relay access denied"));
  all.push_back(Smtp(v1::SECURITY_NONE)
                    .Plain({"m", "STARTTLS"})
                    .Mail(530, "5.7.0", "Authentication required"));
  all.push_back(Smtp(v1::SECURITY_NONE).Plain({"m"}).Mail(530, "5.7.0", "Authentication required"));
  return all;
}

TEST(Advice, EveryRowIsToldInSomeSituation) {
  std::set<const AdviceRow*> told;
  for (v1::Facts facts : Situations()) {
    for (const std::uint32_t port : {25U, 465U, 587U, facts.port()}) {
      facts.set_port(port);
      for (const ClientProfile& profile : BuiltInProfiles()) {
        const Judgement judgement = Judge(facts, profile);
        for (const AdviceRow& row : AdviceRows()) {
          if (row.verdict == judgement.verdict && row.when({facts, profile, judgement})) {
            told.insert(&row);
          }
        }
      }
    }
  }
  for (const AdviceRow& row : AdviceRows()) {
    EXPECT_TRUE(told.contains(&row)) << Label(row.verdict) << ": " << row.text;
  }
}

TEST(Advice, NamesOutlooksSettingToOutlookAndToNobodyElse) {
  const v1::Facts facts = Smtp(v1::SECURITY_NONE)
                              .Plain({"m", "AUTH LOGIN"})
                              .Foreign(554, "5.7.1", "Relay access denied");
  EXPECT_THAT(ExplainAs("outlook-no-auth", facts).advice,
              Contains(HasSubstr("\"My outgoing server (SMTP) requires authentication\"")));
  const ClientProfile scanner{.name = "scanner", .authenticates = false};
  const Explanation other = Explain(facts, scanner, Judge(facts, scanner));
  EXPECT_THAT(other.advice, Not(Contains(HasSubstr("Account Settings"))));
  EXPECT_THAT(other.outlook_codes, IsEmpty());
}

TEST(Advice, TellsMismatchByName) {
  const Explanation told =
      ExplainAs("outlook", Smtp(v1::SECURITY_NONE).Plain({"m", "AUTH PLAIN CRAM-MD5"}));
  EXPECT_THAT(told.summary, HasSubstr("PLAIN, CRAM-MD5"));
  EXPECT_THAT(told.summary, HasSubstr("LOGIN, NTLM"));
  EXPECT_THAT(told.outlook_codes, ElementsAre("0x800CCC80"));
}

TEST(Advice, TellsToUntickTheBoxWhereTheServerRelaysWithoutLogin) {
  const v1::Facts office =
      Smtp(v1::SECURITY_AUTO, 25).Plain({"m", "SIZE"}).OwnAccepted().ForeignAccepted();
  EXPECT_THAT(ExplainAs("outlook", office).advice,
              Contains(HasSubstr("untick \"My outgoing server (SMTP) requires authentication\"")));
  EXPECT_THAT(ExplainAs("outlook", office).advice,
              Contains(HasSubstr("smtpd_sasl_exceptions_networks")));
  const v1::Facts home = Smtp(v1::SECURITY_AUTO, 25)
                             .Plain({"m"})
                             .OwnAccepted()
                             .Foreign(454, "4.7.1", "Relay access denied");
  EXPECT_THAT(ExplainAs("outlook", home).advice, Not(Contains(HasSubstr("untick"))));
  EXPECT_THAT(ExplainAs("outlook-no-auth", home).advice,
              Contains(HasSubstr("Tick \"My outgoing server (SMTP) requires authentication\"")));
}

TEST(Advice, TellsWhereLoginIsOffered) {
  const Explanation clear = ExplainAs("outlook", Smtp(v1::SECURITY_NONE).Plain({"m", "STARTTLS"}));
  EXPECT_THAT(clear.summary, HasSubstr("before STARTTLS"));
  EXPECT_THAT(clear.advice, Contains(HasSubstr("Turn encryption on")));
  const Explanation inside =
      ExplainAs("outlook", Smtp().Plain({"m", "STARTTLS", "AUTH LOGIN"}).StartTls().InTls({"m"}));
  EXPECT_THAT(inside.summary, HasSubstr("only before it"));
}

TEST(Advice, KnowsThePorts) {
  const auto blocked = [](std::uint32_t port) -> v1::Facts {
    return Smtp(v1::SECURITY_AUTO, port).Cut(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_TIMEOUT);
  };
  EXPECT_THAT(ExplainAs("outlook", blocked(25)).advice, Contains(HasSubstr("normal practice")));
  EXPECT_THAT(ExplainAs("outlook", blocked(587)).advice, Contains(HasSubstr("not normal")));
  const v1::Facts tls_port =
      Smtp(v1::SECURITY_NONE, 465).Cut(v1::STAGE_BANNER, v1::FAILURE_REPLY_TIMEOUT);
  EXPECT_THAT(ExplainAs("outlook", tls_port).advice, Contains(HasSubstr("choose SSL/TLS")));
  const v1::Facts plain_port =
      Smtp(v1::SECURITY_TLS, 587).Cut(v1::STAGE_TLS, v1::FAILURE_TLS_PLAINTEXT);
  EXPECT_THAT(ExplainAs("outlook", plain_port).advice, Contains(HasSubstr("choose STARTTLS")));
}

TEST(Advice, QuotesTheReplyThatDecides) {
  const v1::Facts facts = Smtp(v1::SECURITY_NONE)
                              .Plain({"m"})
                              .OwnAccepted()
                              .Foreign(454, "4.7.1", "<a@example.net>:\nRelay access denied");
  EXPECT_THAT(ExplainAs("outlook-no-auth", facts).summary,
              HasSubstr("454 4.7.1 <a@example.net>: Relay access denied"));
}

TEST(Advice, NamesTheCertificatesReason) {
  v1::Facts facts =
      Smtp().Plain({"m", "STARTTLS"}).StartTls().Certificate(v1::VERIFY_ERROR_NAME_MISMATCH);
  facts.mutable_tls()->mutable_certificate()->add_names("mail.example.com");
  const Explanation told = ExplainAs("outlook", facts);
  EXPECT_THAT(told.summary, HasSubstr("name_mismatch"));
  EXPECT_THAT(told.advice, Contains(HasSubstr("mail.example.com")));
  EXPECT_THAT(told.outlook_codes, ElementsAre("0x800CCC01", "0x800CCC02"));
  facts.mutable_tls()->set_verify_error(v1::VERIFY_ERROR_EXPIRED);
  EXPECT_THAT(ExplainAs("outlook", facts).outlook_codes, ElementsAre("0x800CCC02", "0x800CCC01"));
}

TEST(OutlookCodes, DependOnProtocolAndStage) {
  const auto codes = [](const v1::Facts& facts, v1::Verdict verdict, v1::Stage stage) {
    const auto found = OutlookCodes(facts, {.verdict = verdict, .stage = stage});
    return std::vector<std::string>(found.begin(), found.end());
  };
  const v1::Facts smtp = Smtp();
  const v1::Facts pop3 = Pop3(v1::SECURITY_NONE);
  const v1::Facts imap = Imap(v1::SECURITY_NONE);
  EXPECT_THAT(codes(smtp, v1::VERDICT_AUTH_REQUIRED, v1::STAGE_MAIL),
              ElementsAre("0x800CCC78", "0x800CCC79"));
  EXPECT_THAT(codes(smtp, v1::VERDICT_AUTH_REQUIRED, v1::STAGE_RCPT),
              ElementsAre("0x800CCC79", "0x800CCC78"));
  EXPECT_THAT(codes(smtp, v1::VERDICT_AUTH_REJECTED, v1::STAGE_AUTH), ElementsAre("0x800CCC92"));
  EXPECT_THAT(codes(pop3, v1::VERDICT_AUTH_REJECTED, v1::STAGE_AUTH), ElementsAre("0x800CCC92"));
  EXPECT_THAT(codes(imap, v1::VERDICT_AUTH_REJECTED, v1::STAGE_AUTH), ElementsAre("0x800CCCD1"));
  EXPECT_THAT(codes(pop3, v1::VERDICT_AUTH_MISMATCH, v1::STAGE_AUTH), ElementsAre("0x800CCC18"));
  EXPECT_THAT(codes(imap, v1::VERDICT_AUTH_MISMATCH, v1::STAGE_AUTH), ElementsAre("0x800CCCDF"));
  EXPECT_THAT(codes(smtp, v1::VERDICT_REPLY_TIMEOUT, v1::STAGE_EHLO),
              ElementsAre("0x800CCC19", "0x8004210B"));
  EXPECT_THAT(codes(imap, v1::VERDICT_REPLY_TIMEOUT, v1::STAGE_EHLO),
              ElementsAre("0x800CCC19", "0x8004210A"));
  EXPECT_THAT(codes(imap, v1::VERDICT_CONNECT_REFUSED, v1::STAGE_CONNECT),
              ElementsAre("0x800CCC0E", "0x80042108"));
  EXPECT_THAT(codes(smtp, v1::VERDICT_RELAY_OPEN, v1::STAGE_RCPT), IsEmpty());
}

TEST(OutlookCodes, ExistForEveryVerdictThatAUserCanSee) {
  ForEveryVerdict([](v1::Verdict verdict) {
    const bool unseen = verdict == v1::VERDICT_OK || verdict == v1::VERDICT_RELAY_OPEN;
    EXPECT_EQ(OutlookCodes(Smtp(), {.verdict = verdict}).empty(), unseen) << Label(verdict);
  });
}

TEST(Findings, TellWhatConcernsNoProfile) {
  constexpr std::int64_t kNow = 1'795'000'000;
  v1::Facts facts =
      Smtp(v1::SECURITY_AUTO, 25).Greeting("****************").HeloFallback().ForeignAccepted();
  facts.add_notes(v1::NOTE_BARE_LF);
  facts.mutable_tls()->mutable_certificate()->set_not_after(kNow + 5 * 86'400 + 10);
  EXPECT_THAT(
      Findings(facts, kNow),
      ElementsAre(HasSubstr("without login"), HasSubstr("greeting is masked"), HasSubstr("HELO"),
                  HasSubstr("expires in 5 days"), HasSubstr("line feed")));
  facts.mutable_tls()->set_verify_error(v1::VERIFY_ERROR_UNTRUSTED);
  EXPECT_THAT(Findings(facts, kNow), Contains(HasSubstr("untrusted")));
  EXPECT_THAT(Findings(Smtp().Plain({"m", "XXXXXXXA"}), kNow),
              ElementsAre(HasSubstr("overwritten")));
  EXPECT_THAT(Findings(v1::Facts(), kNow), IsEmpty());
}

TEST(Findings, DoNotTellARelayThatIsExpected) {
  for (const auto expectation : {v1::RELAY_EXPECTATION_ACCEPTED, v1::RELAY_EXPECTATION_REFUSED}) {
    EXPECT_THAT(Findings(Smtp().ForeignAccepted().Expect(expectation), 0), IsEmpty());
  }
}

}  // namespace
}  // namespace relaywatch::judge
