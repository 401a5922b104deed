#include "collector/detect/answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/judge/facts_builder.h"
#include "tests/unit/judge/judge_cases.h"

namespace relaywatch::collector::detect {
namespace {

using judge::FactsBuilder;
using judge::Smtp;

FactsBuilder Submission() {
  return Smtp(v1::SECURITY_STARTTLS)
      .Greeting("mail.example.com ESMTP")
      .Plain({"mail.example.com", "SIZE 100", "STARTTLS"})
      .StartTls()
      .InTls({"mail.example.com", "SIZE 100", "AUTH PLAIN LOGIN"});
}

FacetMask DifferenceOf(const v1::Facts& one, const v1::Facts& other) {
  return Difference(ReadAnswer(one).rule, ReadAnswer(other).rule);
}

struct Case {
  std::string name;
  v1::Facts facts;
  AnswerKind kind;
  std::string rule;  // as Format writes it, ';' for line ends
};

std::vector<Case> Cases() {
  const std::string submission =
      "reach=open;admission=admitted;middlebox=none;starttls=offered;auth_plain=none;"
      "auth_tls=LOGIN PLAIN";
  return {
      {"whole", Submission().OwnAccepted().Foreign(554, "5.7.1", "Relay access denied"),
       AnswerKind::kDefinite,
       submission + ";anonymous_own=accepted;anonymous_foreign=refused:relay_denied:5 (554 5.7.1)"},
      {"a relay rule told with 4xx", Submission().Foreign(454, "4.7.1", "Relay access denied"),
       AnswerKind::kDefinite, submission + ";anonymous_foreign=refused:relay_denied:4 (454 4.7.1)"},
      {"greylisting tells nothing of relaying", Submission().Foreign(450, "4.7.1", "Greylisted"),
       AnswerKind::kDefinite, submission},
      {"a 5xx without words while the own recipient is put off",
       Submission().Own(451, "4.3.0", "Try later").Foreign(550, "", "Invalid recipient"),
       AnswerKind::kDefinite, submission},
      {"the login", Submission().LoginRefused("LOGIN", 535, "5.7.8", "Authentication failed"),
       AnswerKind::kDefinite, submission + ";login=refused:auth_rejected:5 (535 5.7.8)"},
      {"a login put off", Submission().LoginRefused("LOGIN", 454, "4.7.0", "Temporary failure"),
       AnswerKind::kDefinite, submission},
      {"421", Smtp().Refused(v1::STAGE_BANNER, 421, "4.3.2", "Too busy"), AnswerKind::kDeferred,
       "reach=open"},
      {"turned away", Smtp().Refused(v1::STAGE_BANNER, 554, "5.7.1", "Blocked"),
       AnswerKind::kDefinite, "reach=open;admission=refused:client_blocked:5 (554 5.7.1)"},
      {"RST", Smtp().Cut(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_REFUSED), AnswerKind::kDefinite,
       "reach=refused"},
      {"connect timeout", Smtp().Cut(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_TIMEOUT),
       AnswerKind::kConnectFailure, ""},
      {"ICMP unreachable", Smtp().Cut(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_UNREACHABLE),
       AnswerKind::kConnectFailure, ""},
      {"DNS", Smtp().Cut(v1::STAGE_RESOLVE, v1::FAILURE_DNS_NO_ANSWER), AnswerKind::kIndefinite,
       ""},
      {"no banner", Smtp().Cut(v1::STAGE_BANNER, v1::FAILURE_REPLY_TIMEOUT),
       AnswerKind::kIndefinite, ""},
      {"our own trouble", Smtp().Cut(v1::STAGE_CONNECT, v1::FAILURE_LOCAL), AnswerKind::kIndefinite,
       ""},
      {"reset after EHLO",
       Smtp(v1::SECURITY_STARTTLS)
           .Greeting("mail ESMTP")
           .Plain({"mail", "STARTTLS"})
           .Cut(v1::STAGE_TLS, v1::FAILURE_RESET),
       AnswerKind::kDefinite,
       "reach=open;admission=admitted;middlebox=none;starttls=offered;auth_plain=none"},
      {"a portal", Smtp().Cut(v1::STAGE_BANNER, v1::FAILURE_FOREIGN_PROTOCOL, "HTTP/1.1 302"),
       AnswerKind::kDefinite, "reach=open;middlebox=not_smtp"},
      {"masked", Smtp(v1::SECURITY_STARTTLS).Greeting("**********").Plain({"mail", "XXXXXXXA"}),
       AnswerKind::kDefinite,
       "reach=open;admission=admitted;middlebox=masked_keywords;starttls=missing;auth_plain=none"},
      {"STARTTLS put off",
       Smtp(v1::SECURITY_STARTTLS)
           .Greeting("mail ESMTP")
           .Plain({"mail", "STARTTLS"})
           .StartTls(454, "TLS not available"),
       AnswerKind::kDefinite, "reach=open;admission=admitted;middlebox=none;auth_plain=none"},
      {"AUTH= only", Smtp(v1::SECURITY_NONE).Greeting("mail").Plain({"mail", "AUTH=LOGIN PLAIN"}),
       AnswerKind::kDefinite,
       "reach=open;admission=admitted;middlebox=none;starttls=missing;auth_plain==LOGIN =PLAIN"},
  };
}

TEST(Answer, ReadsWhatWasSaidAndNothingElse) {
  for (const Case& test : Cases()) {
    const Answer answer = ReadAnswer(test.facts);
    std::string rule = Format(answer.rule);
    for (char& c : rule) c = c == '\n' ? ';' : c;
    // The builder's TLS session has a version of its own.
    if (const auto tls = rule.find("tls=TLSv1.3;"); tls != std::string::npos) rule.erase(tls, 12);
    EXPECT_EQ(rule, test.rule) << test.name;
    EXPECT_EQ(answer.kind, test.kind) << test.name;
  }
}

TEST(Answer, DoesNotReadWhatVariesByItself) {
  v1::Facts one = Submission();
  v1::Facts other = Submission();
  other.mutable_greeting()->set_text("mx7.example.com ready, session 4711");
  other.mutable_tls()->set_cipher("TLS_CHACHA20_POLY1305_SHA256");
  other.mutable_tls_capabilities()->set_lines(1, "SIZE 7");
  other.mutable_tls_capabilities()->set_lines(2, "AUTH LOGIN PLAIN");
  other.set_egress_address("192.0.2.9");
  EXPECT_EQ(DifferenceOf(one, other), 0U);
  EXPECT_EQ(DifferenceOf(one, Submission().LoginAccepted("LOGIN")), 0U);
}

TEST(Answer, ARenewedCertificateIsTheSame) {
  v1::Facts one = Submission();
  auto& certificate = *one.mutable_tls()->mutable_certificate();
  certificate.set_issuer("CN=R10,O=Let's Encrypt,C=US");
  certificate.set_not_after(1'000);
  certificate.add_names("mail.example.com");
  certificate.add_names("smtp.example.com");
  v1::Facts other = one;
  auto& renewed = *other.mutable_tls()->mutable_certificate();
  renewed.set_issuer("CN=E5,O=Let's Encrypt,C=US");
  renewed.set_not_after(2'000);
  renewed.mutable_names()->SwapElements(0, 1);
  EXPECT_EQ(DifferenceOf(one, other), 0U);
  EXPECT_EQ(ReadAnswer(one).rule.Value(Facet::kIssuer), "Let's Encrypt");
  renewed.set_issuer("O=Corporate Proxy\\, Inc");
  EXPECT_EQ(DifferenceOf(one, other), Bit(Facet::kIssuer));
  EXPECT_EQ(ReadAnswer(other).rule.Value(Facet::kIssuer), "Corporate Proxy\\, Inc");
  other.mutable_tls()->set_verify_error(v1::VERIFY_ERROR_EXPIRED);
  EXPECT_NE(DifferenceOf(one, other) & Bit(Facet::kVerification), 0U);
}

// Every dialogue that the judge is tested with has an answer, and one that history can keep.
TEST(Answer, IsTotal) {
  for (const judge::JudgeCase& test : judge::JudgeCases()) {
    const Answer answer = ReadAnswer(test.facts);
    EXPECT_TRUE(ParseRule(Format(answer.rule)).has_value()) << test.name;
    EXPECT_TRUE(answer.kind != AnswerKind::kConnectFailure || answer.rule.known() == 0)
        << test.name;
  }
  EXPECT_EQ(ReadAnswer(v1::Facts{}).rule.known(), 0U);
}

}  // namespace
}  // namespace relaywatch::collector::detect
