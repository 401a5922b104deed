#include "tests/sim/variants.h"

#include <utility>

#include "tests/unit/judge/facts_builder.h"

namespace relaywatch::sim {
namespace {

using collector::detect::ReadAnswer;
using judge::FactsBuilder;
using judge::Lines;

constexpr std::int64_t kConnectTimeoutMs = 10'000;
constexpr std::int64_t kReplyTimeoutMs = 20'000;
constexpr std::int64_t kDialogueMs = 700;

FactsBuilder InTls(const Lines& plain, const Lines& inside) {
  FactsBuilder facts = judge::Smtp(v1::SECURITY_STARTTLS);
  return facts.Greeting("mail.example.com ESMTP Postfix")
      .Plain(plain)
      .StartTls()
      .InTls(inside)
      .OwnAccepted();
}

FactsBuilder Submission(const std::string& mechanisms = "LOGIN PLAIN") {
  const std::string auth = "AUTH " + mechanisms;
  return InTls({"mail.example.com", "PIPELINING", "STARTTLS"}, {"mail.example.com", auth});
}

FactsBuilder RelayDenied(FactsBuilder facts) {
  return facts.Foreign(554, "5.7.1", "<b@example.net>: Relay access denied");
}

FactsBuilder Greylisted(FactsBuilder facts) {
  return facts.Foreign(450, "4.7.1", "<b@example.net>: Recipient address rejected: Greylisted");
}

FactsBuilder Stripped() {
  FactsBuilder facts = judge::Smtp(v1::SECURITY_STARTTLS);
  return facts.Greeting("mail.example.com ESMTP Postfix").Plain({"mail.example.com", "PIPELINING"});
}

FactsBuilder Masked() {
  FactsBuilder facts = judge::Smtp(v1::SECURITY_STARTTLS);
  return facts.Greeting("**********").Plain({"mail.example.com", "XXXXXXXA", "XXXXXXXB"});
}

FactsBuilder Cut(v1::Stage stage, v1::Failure failure) {
  FactsBuilder facts = judge::Smtp(v1::SECURITY_STARTTLS);
  return facts.Cut(stage, failure);
}

// Numbers of outcomes: one for each answer that is made.
std::int64_t NextOutcome() {
  static std::int64_t last = 0;
  return ++last;
}

Variant Make(std::string name, const v1::Facts& facts, const v1::Facts& greylisted,
             std::int64_t lasts_ms = kDialogueMs) {
  return {.name = std::move(name),
          .answer = ReadAnswer(facts),
          .greylisted = ReadAnswer(greylisted),
          .outcome = NextOutcome(),
          .greylisted_outcome = NextOutcome(),
          .lasts_ms = lasts_ms};
}

Variant Make(std::string name, const FactsBuilder& facts) {
  return Make(std::move(name), RelayDenied(facts), Greylisted(facts));
}

Variant Same(std::string name, const v1::Facts& facts, std::int64_t lasts_ms = kDialogueMs) {
  return Make(std::move(name), facts, facts, lasts_ms);
}

Passing Lost(v1::Stage stage, v1::Failure failure, std::int64_t lasts_ms) {
  return {ReadAnswer(Cut(stage, failure)), NextOutcome(), lasts_ms};
}

Passing PutOff(v1::Stage stage, int code, const std::string& enhanced, const std::string& text) {
  FactsBuilder facts = judge::Smtp(v1::SECURITY_STARTTLS);
  if (stage != v1::STAGE_BANNER) facts.Greeting("mail.example.com ESMTP Postfix");
  facts.Refused(stage, code, enhanced, text);
  return {ReadAnswer(facts), NextOutcome(), kDialogueMs};
}

}  // namespace

const std::vector<Variant>& Variants() {
  static const std::vector<Variant> variants{
      Make("as usual", Submission()),
      Make("no LOGIN", Submission("PLAIN")),
      Make("XOAUTH2 only", Submission("XOAUTH2")),
      Make("no AUTH", InTls({"mail.example.com", "STARTTLS"}, {"mail.example.com", "DSN"})),
      Same("relay open", Submission().ForeignAccepted()),
      Same("authentication required",
           Submission().Foreign(530, "5.7.0", "Authentication required")),
      Make("AUTH before TLS", InTls({"mail.example.com", "STARTTLS", "AUTH LOGIN PLAIN"},
                                    {"mail.example.com", "AUTH LOGIN PLAIN"})),
      Same("STARTTLS stripped", Stripped()),
      Same("masked", Masked()),
      Same("turned away", Cut(v1::STAGE_BANNER, v1::FAILURE_UNSPECIFIED)
                              .Refused(v1::STAGE_BANNER, 554, "5.7.1",
                                       "Service unavailable; client host blocked")),
      Same("refused", Cut(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_REFUSED), 30),
      Same("blocked", Cut(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_TIMEOUT), kConnectTimeoutMs),
  };
  return variants;
}

std::size_t BlockedVariant() { return Variants().size() - 1; }

const std::vector<Passing>& Losses() {
  static const std::vector<Passing> losses{
      // A lost SYN is the only loss that looks like a rule, so it is as frequent as all the others.
      Lost(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_TIMEOUT, kConnectTimeoutMs),
      Lost(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_TIMEOUT, kConnectTimeoutMs),
      Lost(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_TIMEOUT, kConnectTimeoutMs),
      Lost(v1::STAGE_RESOLVE, v1::FAILURE_DNS_NO_ANSWER, kReplyTimeoutMs),
      Lost(v1::STAGE_BANNER, v1::FAILURE_REPLY_TIMEOUT, kReplyTimeoutMs),
      Lost(v1::STAGE_EHLO, v1::FAILURE_RESET, kDialogueMs),
  };
  return losses;
}

const std::vector<Passing>& StormReplies() {
  static const std::vector<Passing> replies{
      PutOff(v1::STAGE_BANNER, 421, "4.3.2", "Too busy, try again later"),
      PutOff(v1::STAGE_BANNER, 421, "4.7.0", "Too many connections from your host"),
      PutOff(v1::STAGE_EHLO, 451, "4.3.0", "Temporary server error"),
  };
  return replies;
}

const Passing& RestartRefusal() {
  static const Passing refusal = Lost(v1::STAGE_CONNECT, v1::FAILURE_CONNECT_REFUSED, 30);
  return refusal;
}

}  // namespace relaywatch::sim
